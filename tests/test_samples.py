"""`Samples`: what it accepts, how it is cut, and how it goes to other libraries."""

import json
import os
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from handwriting_workshop.samples import Samples, check_labels, class_folder, remove_picture, written_pictures
from handwriting_workshop.sources import from_dataset, load_samples


def test_a_slice_keeps_images_labels_and_writers_together() -> None:
    """samples[2:4] holds the images, labels and writers 2 and 3."""
    images = torch.arange(5, dtype=torch.uint8).view(5, 1, 1, 1)
    samples = Samples(images, torch.tensor([0, 1, 0, 1, 0]), ("a", "b"), writers=torch.tensor([7, 7, 8, 9, 9]))
    part = samples[2:4]
    assert part.images.flatten().tolist() == [2, 3]
    assert part.labels.tolist() == [0, 1]
    assert part.writers is not None
    assert part.writers.tolist() == [8, 9]


@pytest.mark.parametrize(
    "index", [[1, 3], torch.tensor([1, 3]), torch.tensor([False, True, False, True])], ids=["list", "indices", "mask"]
)
def test_positions_can_be_given_as_list_indices_or_mask(index: object) -> None:
    """A list, an index tensor and a Boolean mask choose the same samples."""
    images = torch.arange(4, dtype=torch.uint8).view(4, 1, 1, 1)
    part = Samples(images, torch.zeros(4, dtype=torch.int64), ("a",))[index]
    assert part.images.flatten().tolist() == [1, 3]


def test_one_sample_and_none_can_be_taken() -> None:
    """samples[1] and samples[-1] hold one image, samples[[]] none; iterating gives them one by one."""
    images = torch.arange(3, dtype=torch.uint8).view(3, 1, 1, 1)
    samples = Samples(images, torch.zeros(3, dtype=torch.int64), ("a",))
    assert samples[1].images.flatten().tolist() == [1]
    assert samples[-1].images.flatten().tolist() == [2]
    assert len(samples[[]]) == 0
    assert [int(sample.images) for sample in samples] == [0, 1, 2]
    with pytest.raises(IndexError):
        samples[3]


def test_a_digest_is_that_of_the_contents() -> None:
    """Equal samples have equal digests; another pixel, label or class name gives another."""
    images, labels = torch.zeros(2, 1, 2, 2, dtype=torch.uint8), torch.tensor([0, 1])
    changed = images.clone()
    changed[0, 0, 0, 0] = 1
    variants = [
        Samples(images, labels, ("a", "b")),
        Samples(changed, labels, ("a", "b")),
        Samples(images, labels.flip(0), ("a", "b")),
        Samples(images, labels, ("a", "c")),
    ]
    assert len({variant.digest() for variant in variants}) == 4
    assert Samples(images.clone(), labels.clone(), ("a", "b")).digest() == variants[0].digest()


def test_class_counts_include_classes_without_images() -> None:
    """A class that never occurs counts 0."""
    samples = Samples(torch.zeros(3, 1, 2, 2, dtype=torch.uint8), torch.tensor([0, 2, 2]), ("a", "b", "c"))
    assert samples.class_counts().tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ("images", "labels", "classes", "message"),
    [
        ([[[[0]]]], torch.zeros(1, dtype=torch.int64), ("a",), r"one tensor, got a list: torch.stack\(images\)"),
        (torch.zeros(1, 1, 4, 4, dtype=torch.uint8), [0], ("a",), r"labels must be one tensor.*torch.tensor\(labels\)"),
        (torch.zeros(2, 1, 4, 4), torch.zeros(2, dtype=torch.int64), ("a",), "images must be uint8"),
        (torch.zeros(2, 4, 4, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64), ("a",), r"shape \(N, C, H, W\)"),
        (torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(2), ("a",), "labels must be int64"),
        (torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64), ("a",), r"2 images need labels"),
        (torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.tensor([0, 5]), ("a", "b"), r"labels must lie in 0…1.*0…5"),
        (torch.zeros(0, 1, 4, 4, dtype=torch.uint8), torch.zeros(0, dtype=torch.int64), ("a", "a"), "more than once: a"),
    ],
    ids=[
        "images in a list",
        "labels in a list",
        "float images",
        "no channel axis",
        "float labels",
        "other length",
        "label without class",
        "class twice",
    ],
)
def test_what_does_not_belong_together_is_refused(
    images: torch.Tensor, labels: torch.Tensor, classes: tuple[str, ...], message: str
) -> None:
    """Each wrong part is named in the error, with the value that is wrong."""
    with pytest.raises((TypeError, ValueError), match=message):
        Samples(images, labels, classes)


def test_a_dataset_has_the_same_pictures_labels_and_names(samples: Samples) -> None:
    """to_dataset gives image, label and class names unchanged."""
    dataset = samples.to_dataset()
    assert dataset.features["label"].names == list(samples.classes)
    assert dataset["label"][:] == samples.labels.tolist()
    restored = torch.tensor(list(dataset[5]["image"].tobytes()), dtype=torch.uint8).view(16, 16)
    assert torch.equal(restored, samples.images[5, 0])


def test_an_image_folder_has_one_png_per_image_and_one_folder_per_class(samples: Samples, tmp_path) -> None:
    """to_image_folder writes 80 PNGs into the folders a, b, c and d."""
    folder = samples.to_image_folder(tmp_path / "set")
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["a", "b", "c", "d"]
    assert len(list(folder.glob("*/*.png"))) == 80
    with Image.open(folder / "b" / "000001.png") as picture:
        assert (picture.mode, picture.size) == ("L", (16, 16))


def test_an_image_folder_is_never_written_over_another(samples: Samples, tmp_path) -> None:
    """A folder with something in it is refused, and what is in it stays."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="not empty"):
        samples.to_image_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_class_folders_differ_where_case_does_not_count() -> None:
    """No two characters share a folder on a file system that ignores case, and none leaves its parent."""
    names = [chr(code) for code in range(33, 127)] + ["..", "é", "É", "ß", "con", "CON", "Nul", "nul", "com1", "lpt0"]
    folders = [class_folder(name) for name in names]
    assert not {"con", "nul", "com1", "lpt0"} & {folder.lower() for folder in folders}, "devices on Windows"
    assert len({folder.lower() for folder in folders}) == len(names)
    assert not any(set(folder) & set('/\\:*?"<>|.') for folder in folders)
    assert class_folder("7") == "7"
    assert class_folder("a") == "a"


# --- Other class lists, other libraries and back ---


def test_labels_can_count_by_another_list_of_classes() -> None:
    """Samples of c, a and a, seen by a model that knows a, b and c: the labels are 2, 0 and 0, all else stays."""
    images = torch.arange(3, dtype=torch.uint8).view(3, 1, 1, 1)
    samples = Samples(images, torch.tensor([0, 1, 1]), ("c", "a"), writers=torch.tensor([4, 5, 6]))
    seen = samples.with_classes(["a", "b", "c"])
    assert seen.labels.tolist() == [2, 0, 0]
    assert seen.classes == ("a", "b", "c")
    assert seen.images is samples.images
    assert seen.writers is samples.writers


def test_an_unknown_class_matters_only_where_it_has_samples() -> None:
    """The class z without a sample may be missing from the list; with one, it is named beside the known ones."""
    images = torch.zeros(2, 1, 1, 1, dtype=torch.uint8)
    assert Samples(images, torch.tensor([0, 0]), ("a", "z")).with_classes(["b", "a"]).labels.tolist() == [1, 1]
    with pytest.raises(ValueError, match="unknown here: z; known are: b, a"):
        Samples(images, torch.tensor([0, 1]), ("a", "z")).with_classes(["b", "a"])


def test_no_samples_have_no_unknown_class() -> None:
    """An empty set, even one without classes, takes any list."""
    empty = Samples(torch.zeros(0, 1, 4, 4, dtype=torch.uint8), torch.zeros(0, dtype=torch.int64), ())
    assert empty.with_classes(["a"]).classes == ("a",)


@pytest.mark.parametrize(("label", "shown"), [(10, "10"), (-1, "-1")])
def test_a_label_that_a_model_does_not_have_is_named(label: int, shown: str) -> None:
    """The error gives the first label outside, the model's classes, and what to build instead; others pass."""
    check_labels(torch.tensor([0, 9]), 10)
    check_labels(torch.zeros(0, dtype=torch.int64), 10)
    with pytest.raises(ValueError, match=rf"label {shown} does not fit a model with 10 classes \(labels 0…9\).*num_classes="):
        check_labels(torch.tensor([0, label, 77]), 10)


def test_a_dataset_keeps_writers_and_colours() -> None:
    """Where writers are known, the data set has them in a column; three channels are an RGB picture."""
    images = torch.randint(0, 256, (2, 3, 4, 5), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    dataset = Samples(images, torch.tensor([0, 1]), ("a", "b"), writers=torch.tensor([7, 3])).to_dataset()
    assert dataset["writer"][:] == [7, 3]
    first = dataset[0]["image"]
    assert (first.mode, first.size) == ("RGB", (5, 4))
    assert list(first.tobytes()) == images[0].permute(1, 2, 0).flatten().tolist()


def test_colours_come_back_from_a_dataset_where_they_are_asked_for() -> None:
    """With colour=True the three channels are as they were; without it they become one."""
    images = torch.zeros(2, 3, 32, 32, dtype=torch.uint8)
    images[0, 0, 8:20, 8:20], images[1, 2, 10:30, 4:9] = 250, 200  # a red square, a blue stroke
    samples = Samples(images, torch.tensor([0, 1]), ("a", "b"))
    again = from_dataset(samples.to_dataset(), colour=True)
    assert again.digest() == samples.digest()
    assert from_dataset(samples.to_dataset()).images.shape == (2, 1, 32, 32)


def test_a_class_without_images_gets_no_folder(tmp_path) -> None:
    """Folders are made for a and c only; the card knows all three."""
    samples = Samples(torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.tensor([2, 0]), ("a", "b", "c"))
    folder = samples.to_image_folder(tmp_path / "set")
    assert sorted(path.name for path in folder.iterdir()) == ["a", "c", "samples.json"]
    assert json.loads((folder / "samples.json").read_text(encoding="utf-8"))["classes"] == {"a": "a", "b": "b", "c": "c"}


def test_channels_that_no_picture_has_are_refused(tmp_path) -> None:
    """Two channels cannot be a PNG: the error says which numbers can."""
    with pytest.raises(ValueError, match="1 channel"):
        Samples(torch.zeros(1, 2, 4, 4, dtype=torch.uint8), torch.tensor([0]), ("a",)).to_image_folder(tmp_path / "set")


def test_a_data_set_that_was_left_as_it_was_written_is_replaced(samples: Samples, tmp_path) -> None:
    """Running a notebook twice works: the second data set stands in the place of the first."""
    folder = samples.to_image_folder(tmp_path / "set")
    samples[:8].to_image_folder(folder)
    assert len(list(folder.glob("*/*.png"))) == 8


@pytest.mark.parametrize("change", ["added", "changed", "deleted"])
def test_a_data_set_that_was_changed_by_hand_is_never_replaced(samples: Samples, tmp_path, change: str) -> None:
    """One's own picture in it, a retouched one, or a weeded one: refused, and all of it is still there."""
    folder = samples.to_image_folder(tmp_path / "set")
    picture = folder / "b" / "000001.png"
    if change == "added":
        (folder / "a" / "mine.png").write_bytes(picture.read_bytes())
    elif change == "changed":
        picture.write_bytes((folder / "b" / "000005.png").read_bytes())
    else:
        picture.unlink()
    before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    with pytest.raises(FileExistsError, match="not empty"):
        samples[:8].to_image_folder(folder)
    assert sorted(path.relative_to(folder) for path in folder.rglob("*")) == before


def test_an_interrupt_while_a_data_set_is_replaced_keeps_the_old_one(
    samples: Samples, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C between taking the old folder away and putting the new one there: the old one is back."""
    folder = samples.to_image_folder(tmp_path / "set")
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if self.name == ".set.part":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        samples[:8].to_image_folder(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    assert len(list(folder.glob("*/*.png"))) == 80


def test_a_kill_while_a_data_set_is_replaced_loses_nothing(samples: Samples, tmp_path) -> None:
    """The old folder was put aside, and the new one not yet in its place: what is added next is added to the old one."""
    folder = samples.to_image_folder(tmp_path / "set")
    folder.rename(tmp_path / ".set.old")
    samples[:2].add_to_image_folder(folder)
    assert len(load_samples(folder)) == 82
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def remove_newest(folder: Path, *, keep: Collection[str] = ()) -> str:
    """Take the image that was added last out of a data set."""
    return remove_picture(folder, written_pictures(folder)[-1].relative_to(folder).as_posix(), keep=keep)


def test_a_data_set_behind_a_link_is_written_where_the_link_leads(samples: Samples, tmp_path) -> None:
    """A new one, one that replaces it, and one that is added to: the link stays, and nothing lies beside it."""
    (tmp_path / "disk").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "disk" / "set")
    for _ in range(2):
        samples.to_image_folder(link)
    samples[:2].add_to_image_folder(link)
    assert link.is_symlink()
    assert len(load_samples(tmp_path / "disk" / "set")) == 82
    assert sorted(path.name for path in (*tmp_path.iterdir(), *link.parent.joinpath("disk").iterdir())) == ["disk", "link", "set"]
    while remove_newest(link) and (tmp_path / "disk" / "set").exists():
        pass
    assert list((tmp_path / "disk").iterdir()) == []


def test_the_folder_that_one_is_in_is_never_replaced(samples: Samples, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.` is refused with a sentence that names another folder."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="is the folder that you are in"):
        samples.to_image_folder(".")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_is_never_replaced(samples: Samples, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a volume of a container: it is empty, but another folder cannot take its place."""
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == tmp_path)
    with pytest.raises(ValueError, match="is a disk of its own"):
        samples.to_image_folder(tmp_path)
    assert tmp_path.is_dir()


def test_a_file_is_never_replaced_by_a_data_set(samples: Samples, tmp_path) -> None:
    """A sentence, and the file stays."""
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(FileExistsError, match="notes is a file; choose a new folder"):
        samples.to_image_folder(tmp_path / "notes")
    assert (tmp_path / "notes").read_text() == "mine"


def test_files_that_a_system_puts_into_folders_are_no_change(samples: Samples, tmp_path) -> None:
    """What Finder and Explorer leave behind: the data set can be read, added to, taken back from, and replaced."""
    folder = samples[:1].to_image_folder(tmp_path / "set")
    (place,) = (path for path in folder.iterdir() if path.is_dir())
    for dropping in (folder / ".DS_Store", place / ".DS_Store", place / "._000000.png", place / "Thumbs.db"):
        dropping.write_bytes(b"no picture")
    samples[1:3].add_to_image_folder(folder)
    assert load_samples(folder).digest() == samples[:3].digest()
    remove_newest(folder)
    remove_newest(folder, keep=samples.classes)
    assert load_samples(folder).images.equal(samples[:1].images)
    samples.to_image_folder(folder)
    assert load_samples(folder).digest() == samples.digest()


def test_programs_that_add_at_once_wait_for_each_other(samples: Samples, tmp_path) -> None:
    """Two at the same data set, such as `workshop draw` twice: all that was added is there."""
    folder = samples[:1].to_image_folder(tmp_path / "set")
    program = (
        "import sys, torch; from handwriting_workshop.samples import Samples\n"
        "for _ in range(15): Samples(torch.full((1, 1, 16, 16), 9, dtype=torch.uint8), torch.tensor([0]), ('a',))"
        ".add_to_image_folder(sys.argv[1])"
    )
    started = [subprocess.Popen([sys.executable, "-c", program, str(folder)]) for _ in range(2)]
    assert [process.wait(60) for process in started] == [0, 0]
    assert len(load_samples(folder)) == 31


def test_a_full_disk_leaves_no_half_data_set(samples: Samples, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the tenth picture cannot be written, the error goes on and neither the folder nor a part of it is there."""
    written: list[object] = []
    save = Image.Image.save

    def failing(self: Image.Image, path: object) -> None:
        if len(written) == 9:
            raise OSError(28, "No space left on device")
        written.append(path)
        save(self, path)

    monkeypatch.setattr(Image.Image, "save", failing)
    with pytest.raises(OSError, match="No space left"):
        samples.to_image_folder(tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


def test_samples_are_added_to_a_data_set(samples: Samples, tmp_path) -> None:
    """Two of a's pictures and a new class b' by writer 7 come after the 80 that were there, whose writers stay unknown."""
    folder = samples.to_image_folder(tmp_path / "set")
    more = Samples(samples.images[:3], torch.tensor([1, 1, 0]), ("b'", "a"), torch.tensor([7, 7, 8]))
    more.add_to_image_folder(folder)
    both = load_samples(folder)
    assert both.classes == (*samples.classes, "b'")
    torch.testing.assert_close(both.images, torch.cat([samples.images, more.images]), rtol=0, atol=0)
    assert both.labels.tolist() == [*samples.labels.tolist(), 0, 0, 4]
    assert both.writers is not None
    assert both.writers.tolist() == [-1] * 80 + [7, 7, 8]
    more.add_to_image_folder(folder)  # the folder still counts as untouched
    assert len(load_samples(folder)) == 86


def test_what_was_collected_is_not_replaced_by_what_can_be_made_again(samples: Samples, tmp_path) -> None:
    """Scans and drawings, whether they began the data set or were added to one; once they are taken back, it is as before."""
    made, collected = samples[:2].to_image_folder(tmp_path / "made"), samples[:2].add_to_image_folder(tmp_path / "collected")
    samples[2:3].add_to_image_folder(made)
    for folder in (made, collected):
        with pytest.raises(FileExistsError, match="has scans or drawings in it; choose a new folder"):
            samples.to_image_folder(folder)
    remove_newest(made, keep=samples.classes)
    assert load_samples(samples.to_image_folder(made)).digest() == samples.digest()


def test_what_is_written_beside_images_comes_with_them_or_not_at_all(samples: Samples, tmp_path) -> None:
    """A disk that is full at the last moment leaves the data set as it was, or none."""
    seen: list[list[str]] = []

    def full(folder: Path, paths: Sequence[str]) -> None:
        seen.append([*paths])
        assert all((folder / path).is_file() for path in paths)
        raise OSError("no space left")

    folder = tmp_path / "set"
    for _ in range(2):
        with pytest.raises(OSError, match="no space left"):
            samples[:2].add_to_image_folder(folder, full)
        assert len(written_pictures(folder)) in (0, 3)
        if not folder.exists():
            samples[:3].to_image_folder(folder)
    numbers = [[Path(path).stem for path in paths] for paths in seen]
    assert numbers == [["000000", "000001"], ["000003", "000004"]]


@pytest.mark.parametrize("there", ["nothing", "empty", "new"])
def test_an_older_version_that_a_kill_left_neither_is_lost_nor_stands_in_the_way(samples: Samples, tmp_path, there: str) -> None:
    """It comes back if there is nothing in its place, and goes if the new one is there."""
    folder = samples[:3].to_image_folder(tmp_path / "set")
    folder.rename(tmp_path / ".set.old")
    if there == "new":
        samples[:4].to_image_folder(tmp_path / "other").rename(folder)
    if there == "empty":
        folder.mkdir()
    samples[:1].add_to_image_folder(folder)
    assert len(load_samples(folder)) == (5 if there == "new" else 4)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_mask_may_be_a_list_or_an_array(samples: Samples) -> None:
    """Not only a tensor; an empty list takes nothing."""
    mask = [label == 3 for label in samples.labels.tolist()]
    expected = samples[samples.labels == 3]
    assert samples[mask].digest() == samples[np.array(mask)].digest() == expected.digest()
    assert len(samples[[]]) == 0


def test_adding_begins_a_data_set_where_there_is_none(samples: Samples, tmp_path) -> None:
    """add_to_image_folder with a new folder is to_image_folder."""
    assert load_samples(samples.add_to_image_folder(tmp_path / "new")).digest() == samples.digest()


def test_the_image_that_was_added_last_can_be_removed(tmp_path, samples: Samples) -> None:
    """Back to the data set before it, to the byte; the last image of all takes the folder with it; then there is none."""
    folder = samples[:2].to_image_folder(tmp_path / "data")
    before = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    samples[2:3].add_to_image_folder(folder)
    assert remove_newest(folder, keep=samples.classes) == samples.classes[int(samples.labels[2])]
    assert {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    emptied = remove_newest(folder)
    assert emptied not in json.loads((folder / "samples.json").read_text())["classes"].values()
    remove_newest(folder)
    assert not folder.exists()
    with pytest.raises(FileNotFoundError, match="no data set"):
        remove_picture(folder, "1/000000.png")


def test_only_what_fits_is_added(samples: Samples, tmp_path) -> None:
    """Pictures of another size, and a folder changed by hand, are refused, and the folder is as it was."""
    folder = samples.to_image_folder(tmp_path / "set")
    with pytest.raises(ValueError, match=r"1×16×16.*1×8×8"):
        Samples(torch.zeros(1, 1, 8, 8, dtype=torch.uint8), torch.tensor([0]), ("a",)).add_to_image_folder(folder)
    assert load_samples(folder).digest() == samples.digest()
    (folder / "a" / "000000.png").unlink()
    with pytest.raises(FileExistsError):
        samples.add_to_image_folder(folder)


def test_a_full_disk_while_adding_keeps_the_data_set(samples: Samples, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a new picture cannot be written, the data set is the old one, card included."""
    folder = samples.to_image_folder(tmp_path / "set")

    def failing(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", failing)
    with pytest.raises(OSError, match="No space left"):
        samples[:2].add_to_image_folder(folder)
    monkeypatch.undo()
    assert load_samples(folder).digest() == samples.digest()
    assert [path.name for path in tmp_path.iterdir()] == ["set"]

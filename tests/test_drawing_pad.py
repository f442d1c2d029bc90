"""The drawing pad: a page in a real browser, real models, a real data set; and what it refuses."""

import _thread
import contextlib
import io
import json
import re
import shutil
import socket
import struct
import sys
import threading
import urllib.request
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from flask import Flask
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect, sync_playwright

from handwriting_workshop import drawing_server
from handwriting_workshop.checkpoints import load_checkpoint, save_checkpoint
from handwriting_workshop.cli import build_parser
from handwriting_workshop.data_loader import make_loaders
from handwriting_workshop.dataset_creator import normalize_picture
from handwriting_workshop.devices import isolated_random_state
from handwriting_workshop.drawing_pad import find_checkpoints
from handwriting_workshop.drawing_server import create_app, listening, serve
from handwriting_workshop.images import to_grey
from handwriting_workshop.models import create_model
from handwriting_workshop.samples import Samples
from handwriting_workshop.sources import embedded_mnist, load_samples
from handwriting_workshop.trainer import ModelTrainer

ONE = [(0.5, 0.15), (0.5, 0.5), (0.5, 0.85)]
"""A vertical stroke, in shares of the canvas."""

SEVEN = [(0.25, 0.2), (0.5, 0.2), (0.75, 0.2), (0.6, 0.5), (0.45, 0.85)]
ADDRESS = "http://127.0.0.1"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two models, `first` and `second`, that have seen 700 real digits four times, from different seeds."""
    folder = tmp_path_factory.mktemp("demo_results")
    digits = embedded_mnist(28)[::5]  # they come sorted by class
    paths = []
    for seed, name in enumerate(("first", "second")):
        loaders = make_loaders(digits, augmentation=None, seed=seed)
        with isolated_random_state(seed):
            model = create_model("fast_cnn", 10, image_size=28)
        trainer = ModelTrainer(model, device="cpu", learning_rate=0.01, seed=seed, folder=folder / name)
        trainer.train(loaders.train, loaders.validation, epochs=4)
        paths.append(folder / name / "best.safetensors")
    return paths


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window: the system's, or the one that playwright has downloaded."""
    with sync_playwright() as playwright:
        system = system_browser()
        if system is None and not Path(playwright.chromium.executable_path).exists():
            pytest.fail("no browser for this test: install Chromium, or run `playwright install chromium`", pytrace=False)
        browser = playwright.chromium.launch(executable_path=system, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def system_browser() -> str | None:
    """Where the system has a Chromium."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextlib.contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address of a server that answers meanwhile."""
    with listening(app, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"{ADDRESS}:{server.port}"
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def opened(browser: Browser, app: Flask, **context: object) -> Iterator[Page]:
    """The page in a browser; at the end, no script has failed and no policy was violated."""
    with serving(app) as address, contextlib.closing(browser.new_context(**context)) as context:
        page = context.new_page()
        page.set_default_timeout(10_000)
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("console", lambda message: failures.append(message.text) if message.type == "error" else None)
        page.goto(address)
        expect(page.locator("#models")).not_to_be_empty()  # the script has run, and has been answered
        yield page
        assert [text for text in failures if "Failed to load resource" not in text] == []  # that is a refusal, as expected


def draw(page: Page, points: list[tuple[float, float]]) -> None:
    """One stroke with the mouse."""
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def first_guess(page: Page, model: str) -> str:
    """What stands at the top of a model's guesses, once there is one."""
    place = page.locator(f".model[data-name='{model}'] li:first-child .class")
    expect(place).not_to_have_text("–")
    return place.inner_text()


def png(size: tuple[int, int] = (448, 448), line: bool = True) -> bytes:
    """A drawing as the page would send it: a vertical black line on white, or nothing."""
    picture = Image.new("L", size, 255)
    if line:
        ImageDraw.Draw(picture).line((size[0] // 2, 60, size[0] // 2, size[1] - 60), fill=0, width=32)
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def post(app: Flask, address: str, content: bytes, **headers: str) -> tuple[int, dict[str, object]]:
    """Status and JSON of an answer, without a browser."""
    given = {"Content-Type": "image/png"} | {name.replace("_", "-"): value for name, value in headers.items()}
    answer = app.test_client().post(address, data=content, base_url=ADDRESS, headers=given)
    return answer.status_code, answer.get_json()


# --- Drawing and guessing, in a browser ---


def test_two_models_read_a_stroke_of_the_mouse(
    browser: Browser, checkpoints: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vertical stroke is a 1 to both models, side by side, with the probabilities that `predict` gives for the PNG sent."""
    app = create_app(checkpoints, None)
    sent: list[bytes] = []
    guess = app.extensions["drawing_pad"].guess
    monkeypatch.setattr(app.extensions["drawing_pad"], "guess", lambda drawing: (sent.append(drawing), guess(drawing))[1])
    with opened(browser, app) as page:
        draw(page, ONE)
        assert {first_guess(page, name) for name in ("first", "second")} == {"1"}
        expect(page.locator("#verdict")).to_have_text("Both read 1.")
        shown = page.locator(".model[data-name='first'] li .percent").all_inner_texts()
        assert page.evaluate("document.getElementById('seen').naturalWidth") == 28
    with Image.open(io.BytesIO(sent[-1])) as picture:
        image = normalize_picture(to_grey(picture), 28)
    best = load_checkpoint(checkpoints[0]).predict(image[None])[0].topk(5).values.tolist()
    assert [float(re.sub("[^0-9.]", "", text)) for text in shown] == pytest.approx([100 * share for share in best], abs=0.11)


def test_each_stroke_is_guessed_anew_and_clearing_forgets(browser: Browser, checkpoints: list[Path]) -> None:
    """A bar on top of a 1 changes the guess to what the models now see; Escape leaves an empty canvas and no guess."""
    with opened(browser, create_app(checkpoints, None)) as page:
        draw(page, [(0.6, 0.2), (0.45, 0.85)])
        assert first_guess(page, "first") == "1"
        draw(page, [(0.2, 0.2), (0.6, 0.2)])
        expect(page.locator("#verdict")).to_have_text("Both read 7.")
        page.keyboard.press("Escape")
        expect(page.locator(".model[data-name='first'] li:first-child .class")).to_have_text("–")
        assert page.evaluate("canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.every(v => v === 0)")


@pytest.mark.parametrize("kind", ["finger", "pen"])
def test_a_finger_and_a_pen_draw_on_a_phone(browser: Browser, checkpoints: list[Path], kind: str) -> None:
    """A stroke on a screen of 360 pixels draws and does not scroll; nothing is wider than the screen, and ink is sharp."""
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "device_scale_factor": 3}
    with opened(browser, create_app(checkpoints, None), **phone) as page:
        box = page.locator("#canvas").bounding_box()
        assert box is not None
        page.evaluate("kinds = []; canvas.addEventListener('pointerdown', (event) => kinds.push(event.pointerType))")
        devices = page.context.new_cdp_session(page)
        for number, (x, y) in enumerate(reversed(ONE)):  # upwards, as one scrolls down
            place = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
            if kind == "finger":
                devices.send(
                    "Input.dispatchTouchEvent", {"type": "touchMove" if number else "touchStart", "touchPoints": [place]}
                )
            else:
                event = {"type": "mouseMoved" if number else "mousePressed", "button": "left", "buttons": 1, "pointerType": "pen"}
                devices.send("Input.dispatchMouseEvent", event | place)
        if kind == "finger":
            devices.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        else:
            devices.send("Input.dispatchMouseEvent", {"type": "mouseReleased", "button": "left", "pointerType": "pen"} | place)
        assert first_guess(page, "second") == "1"
        assert page.evaluate("kinds") == ["touch" if kind == "finger" else "pen"]
        assert page.evaluate("scrollY") == 0
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert page.evaluate("canvas.width") == pytest.approx(3 * box["width"], abs=3)


def test_without_a_model_the_page_collects_and_says_how_to_get_one(browser: Browser, tmp_path) -> None:
    """No guesses, a hint at `workshop demo`, and adding works, with any label."""
    with opened(browser, create_app([], tmp_path / "mine")) as page:
        expect(page.locator("#models")).to_contain_text("workshop demo")
        draw(page, ONE)
        page.get_by_label("or another").fill("ß")
        page.keyboard.press("Enter")
        expect(page.locator("#kept")).to_have_text("Added ß: 1 of it now, 1 in all.")
    assert load_samples(tmp_path / "mine").classes == ("ß",)


# --- Keeping drawings, in a browser ---


def test_drawings_are_kept_with_their_label(browser: Browser, checkpoints: list[Path], tmp_path) -> None:
    """Choose 7 once, then draw, Enter, draw, Enter: `load_samples` reads two 7s of writer 0, as the models saw them."""
    with opened(browser, create_app(checkpoints, tmp_path / "mine")) as page:
        page.get_by_role("radio", name="7, 0 in the data set").check(force=True)
        for count in (1, 2):
            draw(page, SEVEN)
            page.keyboard.press("Enter")
            expect(page.locator("#kept")).to_have_text(f"Added 7: {count} of it now, {count} in all.")
            expect(page.locator(".paper")).not_to_have_class(re.compile("drawn"))
        expect(page.get_by_role("radio", name="7, 2 in the data set")).to_be_checked()
    samples = load_samples(tmp_path / "mine")
    assert samples.classes == ("7",)
    assert samples.images.shape == (2, 1, 28, 28)
    assert samples.writers is not None
    assert samples.writers.tolist() == [0, 0]
    assert load_checkpoint(checkpoints[0]).predict(samples.images).argmax(dim=1).tolist() == [7, 7]


def test_what_was_added_by_mistake_can_be_taken_back(browser: Browser, tmp_path) -> None:
    """Draw a 1 and a 7, and take back the 7, then the 1; what was in the data set before this session is not offered."""
    folder = tmp_path / "mine"
    embedded_mnist(32)[:3].to_image_folder(folder)
    before = load_samples(folder).digest()
    with opened(browser, create_app([], folder)) as page:
        take_back = page.get_by_role("button", name="Take it back")
        expect(take_back).to_be_hidden()
        for label, points in (("1", ONE), ("7", SEVEN)):
            page.get_by_label("or another").fill(label)
            draw(page, points)
            page.get_by_role("button", name="Add").click()
            expect(page.locator("#kept")).to_contain_text(f"Added {label}")
        take_back.click()
        expect(page.locator("#kept")).to_have_text("Took back 7: 0 of it left.")
        assert len(load_samples(folder)) == 4
        take_back.click()
        expect(page.locator("#kept")).to_have_text("Took back 1: 0 of it left.")
        expect(take_back).to_be_hidden()
    assert load_samples(folder).digest() == before


def test_what_could_not_be_kept_stays_on_the_canvas(browser: Browser, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, and then a folder changed by hand: a sentence each, the drawing stays, and later it is added after all."""
    folder = tmp_path / "mine"
    with opened(browser, create_app([], folder)) as page:
        page.get_by_label("or another").fill("1")
        draw(page, ONE)
        with monkeypatch.context() as patched:
            patched.setattr(Samples, "add_to_image_folder", full_disk)
            page.get_by_role("button", name="Add").click()
            expect(page.get_by_role("alert")).to_contain_text("could not be written (No space left on device)")
            expect(page.get_by_role("button", name="Add")).to_be_focused()  # the next Enter is heard
        page.get_by_role("button", name="Add").click()
        expect(page.locator("#kept")).to_contain_text("1 in all")
        expect(page.get_by_role("alert")).to_be_empty()

        draw(page, ONE)
        (folder / "1" / "note.txt").write_text("mine")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("were changed by something else")
        expect(page.locator(".paper")).to_have_class(re.compile("drawn"))
        (folder / "1" / "note.txt").unlink()
        page.keyboard.press("Enter")
        expect(page.locator("#kept")).to_contain_text("2 in all")
    assert len(load_samples(folder)) == 2


def full_disk(*_: object) -> None:
    """In place of a function that writes."""
    raise OSError(28, "No space left on device")


def test_an_empty_canvas_and_a_missing_label_are_told(browser: Browser, checkpoints: list[Path], tmp_path) -> None:
    """Enter on an empty canvas, and Enter before a label is chosen, say what is missing; nothing is written."""
    with opened(browser, create_app(checkpoints[:1], tmp_path / "mine")) as page:
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("Nothing is drawn yet.")
        draw(page, ONE)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("Choose or type what you drew, then add it.")
    assert list(tmp_path.iterdir()) == []


def test_the_next_label_can_be_the_rarest(browser: Browser, checkpoints: list[Path], tmp_path) -> None:
    """With the box ticked, a 5 that was added is followed by 0, the first of those with the fewest drawings, not by 6."""
    with opened(browser, create_app(checkpoints[:1], tmp_path / "mine")) as page:
        page.get_by_role("radio", name="5, 0 in the data set").check(force=True)
        page.get_by_label("with the fewest").check()
        draw(page, ONE)
        page.keyboard.press("Enter")
        expect(page.get_by_role("radio", name="0, 0 in the data set")).to_be_checked()


def test_all_but_drawing_works_by_keyboard(browser: Browser, checkpoints: list[Path], tmp_path) -> None:
    """Tab leads through the buttons, the labels (then arrows), the field and the box; Enter on a label adds the drawing as it."""
    with opened(browser, create_app(checkpoints[:1], tmp_path / "mine")) as page:
        reached = []
        for _ in range(5):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.id || document.activeElement.value"))
        assert reached == ["clear", "add", "0", "other", "rarest"]
        draw(page, ONE)
        page.get_by_role("radio", name="0, 0 in the data set").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(page.locator("#kept")).to_have_text("Added 1: 1 of it now, 1 in all.")


# --- Who may ask ---


def test_nothing_comes_from_elsewhere(browser: Browser, checkpoints: list[Path], tmp_path) -> None:
    """While one draws and adds, every request goes to the server itself, and the policy allows no other."""
    with serving(create_app(checkpoints, tmp_path / "mine")) as address, contextlib.closing(browser.new_context()) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        answer = page.goto(address)
        draw(page, ONE)
        first_guess(page, "first")
        page.get_by_role("radio", name="1, 0 in the data set").check(force=True)
        page.keyboard.press("Enter")
        expect(page.locator("#kept")).to_contain_text("1 in all")
    assert answer is not None
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert {url.removeprefix(address).partition("?")[0] for url in asked if not url.startswith("data:")} == {
        "/",
        "/drawing_pad.css",
        "/drawing_pad.js",
        "/state",
        "/guess",
        "/add",
    }


def test_another_web_page_cannot_add(browser: Browser, tmp_path) -> None:
    """A script of another origin in the same browser that posts a drawing gets nothing added, whatever type it claims."""
    page_elsewhere = Flask("elsewhere")
    page_elsewhere.add_url_rule("/", view_func=lambda: "<title>elsewhere</title>")
    script = """async ([address, bytes]) => {
        for (const type of ["image/png", "text/plain"]) {
            const body = new Blob([new Uint8Array(bytes)], {type});
            for (const mode of ["cors", "no-cors"]) await fetch(address, {method: "POST", mode, body}).catch(() => 0);
            navigator.sendBeacon(address, body);
        }
        return 1;
    }"""
    app = create_app([], tmp_path / "mine")
    with serving(app) as address, serving(page_elsewhere) as elsewhere, contextlib.closing(browser.new_context()) as context:
        page = context.new_page()
        page.goto(elsewhere)
        assert page.evaluate(script, [f"{address}/add?label=1", list(png())]) == 1
        page.goto(address)  # it was answered after what was sent before
        expect(page.locator("#models")).not_to_be_empty()
    assert list(tmp_path.iterdir()) == []
    assert app.extensions["drawing_pad"].added == []


def test_it_listens_on_this_computer_only() -> None:
    """Unless one asks for more, `workshop draw` is bound to 127.0.0.1, and not to an address of the network."""
    with listening(create_app([], None), build_parser().parse_args(["draw"]).host, 0) as server:
        assert server.socket.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("headers", "status", "sentence"),
    [
        ({"Host": "evil.example"}, 400, "Host 'evil.example' is not trusted."),
        ({"Host": "127.0.0.1.evil.example"}, 400, "Host '127.0.0.1.evil.example' is not trusted."),
        ({"Origin": "http://evil.example"}, 403, "This was sent by another web page."),
        ({"Origin": "null"}, 403, "This was sent by another web page."),
        ({"Origin": "http://127.0.0.1:9999"}, 403, "This was sent by another web page."),
        ({"Content_Type": "text/plain"}, 415, "A drawing is sent as a PNG."),
    ],
    ids=["a foreign host", "a host that begins like ours", "a foreign page", "a page from a file", "another port", "a form"],
)
def test_strangers_are_refused(tmp_path, headers: dict[str, str], status: int, sentence: str) -> None:
    """Nothing is added for a request that another web page caused, and the answer is a sentence in JSON."""
    assert post(create_app([], tmp_path / "mine"), "/add?label=1", png(), **headers) == (status, {"error": sentence})
    assert list(tmp_path.iterdir()) == []


def test_our_own_page_is_no_stranger(tmp_path) -> None:
    """The origin that the address has is accepted, by number and by name."""
    for name in ("127.0.0.1:8000", "localhost:8000"):
        status, _ = post(create_app([], tmp_path / name[:3]), "/add?label=1", png(), Host=name, Origin=f"http://{name}")
        assert status == 200


# --- What is sent ---


def bomb() -> bytes:
    """A PNG of a few kilobytes that claims 30,000 × 30,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        (b"", 422, "A drawing is sent as a PNG, and this is none."),
        (b"GIF89a" + bytes(100), 422, "A drawing is sent as a PNG, and this is none."),
        (png()[:20], 422, "A drawing is sent as a PNG, and this is none."),
        (png()[:-100], 422, "The PNG is damaged or incomplete"),
        (png().replace(b"IDAT", b"IDAX"), 422, "The PNG is damaged or incomplete"),
        (bomb(), 422, "30000 × 30000 pixels are too many for a drawing (at most 2000 × 2000)."),
        (png((0x7D0 + 1, 1)), 422, "2001 × 1 pixels are too many for a drawing (at most 2000 × 2000)."),
        (png(line=False), 422, "Nothing is drawn yet."),
        (png((1, 1), line=False), 422, "Nothing is drawn yet."),
        (png() + bytes(2_000_000), 413, "The drawing is too large (at most 2 megabytes)."),
    ],
    ids=["nothing", "GIF", "cut in its header", "cut", "damaged", "bomb", "too wide", "empty", "one pixel", "too large"],
)
def test_what_is_no_drawing_is_refused_in_a_sentence(
    checkpoints: list[Path], tmp_path, content: bytes, status: int, sentence: str
) -> None:
    """Both for a guess and to be added."""
    app = create_app(checkpoints[:1], tmp_path / "mine")
    for address in ("/guess", "/add?label=1"):
        answered, text = post(app, address, content)
        assert answered == status
        assert str(text["error"]).startswith(sentence)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("query", ["", "?label=", "?label=%20%09", "?label=a%00b", "?label=a%0Ab", f"?label={'x' * 21}"])
def test_a_label_is_a_short_printable_name(tmp_path, query: str) -> None:
    """Anything else is refused, with what to do."""
    status, text = post(create_app([], tmp_path / "mine"), f"/add{query}", png())
    assert status == 422
    assert re.search("choose or type what you drew|at most 20 printable characters", str(text["error"]), re.IGNORECASE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("label", ["..", "/etc/x", "A", "con", "a b", "✓" * 20, "🙂" * 20, "%", "_"])
def test_any_printable_label_comes_back(tmp_path, label: str) -> None:
    """Names that mean something to a file system stay inside the data set and are read back as they were."""
    status, text = post(create_app([], tmp_path / "mine"), "/add?label=" + urllib.request.pathname2url(label), png())
    assert (status, text) == (200, {"added": 1, "counts": {label: 1}, "label": label})
    assert load_samples(tmp_path / "mine").classes == (label,)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("address", ["/nothing", "/drawing_pad.html2", "/report.html.j2", "/../drawing_pad.py", "/add"])
def test_unknown_addresses_are_refused_in_json(address: str) -> None:
    """Nothing but the page and its two files can be read."""
    answer = create_app([], None).test_client().get(address, base_url=ADDRESS)
    assert answer.status_code in (404, 405)
    assert set(answer.get_json()) == {"error"}


# --- Data sets that are there already ---


def test_a_data_set_grows_by_another_writer(tmp_path, samples: Samples) -> None:
    """Drawings take the data set's size and the next writer's number; its classes and counts are shown at once."""
    known = Samples(samples.images, samples.labels, samples.classes, torch.arange(80) % 3)
    known.to_image_folder(tmp_path / "mine")
    app = create_app([], tmp_path / "mine")
    assert app.extensions["drawing_pad"].state()["counts"] == dict.fromkeys("abcd", 20)
    status, text = post(app, "/add?label=z", png())
    assert (status, text["counts"]) == (200, {"a": 20, "b": 20, "c": 20, "d": 20, "z": 1})
    grown = load_samples(tmp_path / "mine")
    assert grown.images.shape == (81, 1, 16, 16)
    assert grown.writers is not None
    assert int(grown.writers[-1]) == 3


def test_a_data_set_of_another_shape_is_left_alone(tmp_path) -> None:
    """Grey drawings do not go into a data set of colour images; the answer gives both shapes."""
    colour = Samples(torch.zeros(1, 3, 16, 16, dtype=torch.uint8), torch.tensor([0]), ("a",))
    colour.to_image_folder(tmp_path / "mine")
    status, text = post(create_app([], tmp_path / "mine"), "/add?label=a", png())
    assert status == 422
    assert "are 3×16×16, and the new ones 1×16×16" in str(text["error"])


def test_a_folder_that_is_no_data_set_is_refused_at_once(tmp_path) -> None:
    """Before the page opens, not after the first drawing."""
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(FileExistsError, match="is not empty; choose a new folder"):
        create_app([], tmp_path)


def test_only_ones_own_drawing_is_taken_back(tmp_path) -> None:
    """Others may add to the same data set meanwhile: a scan, or a second page."""
    app = create_app([], tmp_path / "mine")
    pad = app.extensions["drawing_pad"]
    for label in "ab":
        post(app, f"/add?label={label}", png())
    others = Samples(torch.zeros(1, 1, 32, 32, dtype=torch.uint8), torch.tensor([0]), ("z",))
    others.add_to_image_folder(tmp_path / "mine")
    assert pad.take_back()["label"] == "b"
    assert load_samples(tmp_path / "mine").classes == ("a", "z")


def test_who_draws_may_be_told(tmp_path) -> None:
    """As the same writer on another day; else each start is a new one."""
    for writer, expected in ((None, 0), (None, 1), (1, 1), (7, 7)):
        app = create_app([], tmp_path / "mine", writer)
        post(app, "/add?label=a", png())
        writers = load_samples(tmp_path / "mine").writers
        assert writers is not None
        assert writers.tolist()[-1] == expected
    with pytest.raises(ValueError, match="writers are numbered from 0"):
        create_app([], tmp_path / "mine", -1)


def test_many_at_once_are_all_added(tmp_path) -> None:
    """Twelve requests at the same time: twelve images, each whole."""
    app = create_app([], tmp_path / "mine")
    threads = [threading.Thread(target=post, args=(app, f"/add?label={number % 3}", png())) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert load_samples(tmp_path / "mine").class_counts().tolist() == [4, 4, 4]
    assert app.extensions["drawing_pad"].counts == {"0": 4, "1": 4, "2": 4}


# --- Starting and ending ---


def test_it_opens_the_page_and_ends_with_a_count(tmp_path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """`serve` prints its address, opens it in the browser, and after Ctrl-C says how many drawings were added."""
    monkeypatch.chdir(tmp_path)
    seen: list[str] = []

    def visit(address: str) -> None:
        with urllib.request.urlopen(address) as page:
            seen.append(page.read().decode())
        request = urllib.request.Request(f"{address}/add?label=1", png(), {"Content-Type": "image/png"})
        with urllib.request.urlopen(request) as answer:
            seen.append(json.load(answer)["label"])
        _thread.interrupt_main()

    monkeypatch.setattr(drawing_server.webbrowser, "open", visit)
    assert serve(data_set=Path("mine"), port=0) == 1
    assert "<canvas" in seen[0]
    printed = capsys.readouterr().out
    assert re.search(r"draw at http://127\.0\.0\.1:\d+ ", printed)
    assert "`workshop demo` trains four" in printed
    assert printed.endswith("1 drawing added to mine, by writer 0\n")
    assert len(load_samples("mine")) == 1


def test_a_port_that_is_taken_leads_to_the_next() -> None:
    """While one program has the port, the page is one or a few further; a port that cannot exist is an error."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with listening(create_app([], None), "127.0.0.1", taken) as server:
            assert taken < server.port < taken + drawing_server.PORTS_TRIED
    with pytest.raises(ValueError, match="from 0 to 65535, got 65536"), listening(create_app([], None), "127.0.0.1", 65536):
        pass
    with pytest.raises(OSError, match=r"cannot listen on 192\.0\.2\.1, port 0"), listening(create_app([], None), "192.0.2.1", 0):
        pass


def test_other_addresses_than_loopback_come_with_a_warning(tmp_path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """With host 0.0.0.0 one line says that others can add; this computer's address in the network is then no strange host."""
    statuses: list[int] = []

    def visit(address: str) -> None:
        with urllib.request.urlopen(address) as page:
            statuses.append(page.status)
        _thread.interrupt_main()

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(drawing_server.webbrowser, "open", visit)
    serve(data_set=Path("mine"), host="0.0.0.0", port=0)
    assert statuses == [200]
    assert "warning: others in this network can open the page as well, and add to mine\n" in capsys.readouterr().out


def test_models_of_the_demo_are_found(tmp_path, checkpoints: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """`demo_results` and `my_workshop_results` are looked through; two models of one name are told apart by their folders."""
    for results, name in (
        ("demo_results", "cnn"),
        ("my_workshop_results", "cnn"),
        ("my_workshop_results", "vit"),
        ("others", "x"),
    ):
        (tmp_path / results / name).mkdir(parents=True)
        shutil.copy(checkpoints[0], tmp_path / results / name)
    assert len(find_checkpoints(tmp_path)) == 3
    monkeypatch.chdir(tmp_path)
    pad = create_app(find_checkpoints(), None).extensions["drawing_pad"]
    assert list(pad.models) == ["demo_results/cnn", "my_workshop_results/cnn", "my_workshop_results/vit"]


def test_a_missing_library_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flask comes with the extra `draw`; without it, the error says so in one sentence."""
    monkeypatch.setitem(sys.modules, "flask", None)
    with pytest.raises(ValueError, match=re.escape('needs flask; install it with: pip install "handwriting-workshop[draw]"')):
        create_app([], None)


def test_a_checkpoint_that_cannot_be_used_is_an_error_at_once(checkpoints: list[Path], tmp_path) -> None:
    """One that is not there, and one that does not say how its images were normalised, before the page opens."""
    with pytest.raises(FileNotFoundError, match="no checkpoint at"):
        create_app([tmp_path / "best.safetensors"], None)
    known = load_checkpoint(checkpoints[0])
    save_checkpoint(tmp_path / "best.safetensors", known.model.state_dict(), replace(known.card, mean=None))
    with pytest.raises(ValueError, match="does not say how its images were normalised"):
        create_app([tmp_path / "best.safetensors"], None)

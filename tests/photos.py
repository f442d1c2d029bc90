"""Photos of filled-in sheets, simulated: real digits pasted into the boxes, then a camera, its lens, light, noise and JPEG.

Of the workshop it uses the printed page, `SheetLayout` and the embedded digits, and nothing that reads sheets.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from PIL import Image

from handwriting_workshop.samples import Samples
from handwriting_workshop.sheets import MM_PER_INCH, PageCode, SheetLayout, _draw_page

PAGE_SCALE = 300 / MM_PER_INCH
"""Pixels per millimetre of the page before it is photographed."""

PAPER_COLOURS = ((255, 255, 255), (250, 245, 228), (252, 240, 170), (205, 226, 245), (246, 214, 220), (214, 212, 205))
INKS = {"black": (28, 28, 32), "blue": (36, 56, 150), "pencil": (104, 104, 108)}
EMPTY, FILLED, STRUCK_OUT = "empty", "filled", "struck out"

Line = Sequence[tuple[float, float]]
"""Points in millimetres."""


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """How a page is written on and photographed. The defaults: a good pen, from straight above, in good light."""

    ink: str = "black"
    paper_colour: tuple[int, int, int] = (255, 255, 255)
    dpi: float = 200
    rotation: float = 0
    """Degrees, in the picture's plane; 180 is upside down."""
    tilt: float = 0
    """Degrees between the camera's axis and straight down."""
    tilt_direction: float = 0
    distance: float = 450
    """Millimetres between lens and page."""
    barrel: float = 0
    """Share by which a point at one focal length from the axis is drawn inwards."""
    curl: float = 0
    """Millimetres by which the page's middle is higher than its edges."""
    curl_direction: float = 0
    gradient: float = 0
    """Share of the light that is lost from one side of the picture to the other."""
    shadow: float = 0
    """Share of the light that a cast shadow takes."""
    shadow_softness: float = 6
    """Millimetres from full light to full shadow."""
    brightness: float = 0.9
    blur: float = 0.5
    """Standard deviation in pixels."""
    noise: float = 2
    """Standard deviation in grey levels."""
    quality: int = 85
    """Of the JPEG."""
    neighbour: str = "none"
    """What lies beside the page: none, blank paper, or another sheet, with its edge in the picture."""
    margin: float = 15
    """Millimetres of table around the page in the picture."""
    table: str = "wood"
    """wood, dark, or pale."""


def random_conditions(seed: int) -> Conditions:
    """As bad as the reader has to bear, drawn by the seed."""
    random = np.random.default_rng([seed, 1])
    return Conditions(
        ink=str(random.choice(list(INKS))),
        paper_colour=PAPER_COLOURS[random.integers(len(PAPER_COLOURS))],
        dpi=float(random.uniform(100, 300)),
        rotation=float(random.uniform(0, 360)),
        tilt=float(random.uniform(0, 35)),
        tilt_direction=float(random.uniform(0, 360)),
        distance=float(random.uniform(380, 700)),
        barrel=float(random.uniform(0, 0.08)),
        curl=float(random.uniform(-6, 10)),
        curl_direction=float(random.choice([0, 90])),
        gradient=float(random.uniform(0, 0.45)),
        shadow=float(random.choice([0, random.uniform(0.2, 0.5)])),
        shadow_softness=float(random.uniform(2, 15)),
        brightness=float(random.uniform(0.6, 1)),
        blur=float(random.uniform(0.3, 1.2)),
        noise=float(random.uniform(1, 7)),
        quality=int(random.integers(30, 96)),
        neighbour=str(random.choice(["none", "blank", "sheet"])),
        margin=float(random.uniform(8, 35)),
        table=str(random.choice(["wood", "dark", "pale"])),
    )


@dataclass(frozen=True)
class Cell:
    """What was put into a box."""

    row: int
    column: int
    kind: str
    sample: int | None
    """Which digit was written, if one was."""


@dataclass(frozen=True)
class Written:
    """A page that was written on: how much printer's and writer's ink is where, (H, W) in [0, 1] each."""

    code: PageCode
    print: np.ndarray
    ink: np.ndarray
    cells: tuple[Cell, ...]


@lru_cache(maxsize=4)
def printed(code: PageCode) -> np.ndarray:
    """(H, W, 3) float32 in [0, 1]: the printed page at 300 dots per inch."""
    buffer = io.BytesIO()
    _draw_page(code).savefig(buffer, format="png", dpi=300)
    with Image.open(buffer) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.float32) / 255


# --- Writing --------------------------------------------------------------------------------------------------------------


def write_page(code: PageCode, digits: Samples, seed: int, *, empty: float = 0.12, struck_out: float = 0.08) -> Written:
    """Paste a digit into most boxes of the rows that are for digits, and nothing into other rows."""
    random = np.random.default_rng([seed, 2])
    layout = SheetLayout(code.paper)
    page = printed(code)
    ink = np.zeros(page.shape[:2], np.float32)
    members = {name: np.flatnonzero(digits.labels.numpy() == label) for label, name in enumerate(digits.classes)}
    cells = []
    for row, character in enumerate(code.characters):
        for column in range(layout.columns):
            box = layout.box(row, column)
            kind = str(random.choice([EMPTY, STRUCK_OUT, FILLED], p=[empty, struck_out, 1 - empty - struck_out]))
            kind = kind if character in members else EMPTY
            sample = None
            if kind == FILLED or (kind == STRUCK_OUT and random.random() < 0.7):
                sample = int(random.choice(members[character]))
                _paste(ink, digits.images[sample, 0].numpy(), box, random)
            if kind == STRUCK_OUT:
                for diagonal in ((0,), (1,), (0, 1))[random.integers(3)]:
                    _strike_out(ink, box, diagonal, random)
            cells.append(Cell(row, column, kind, sample if kind == FILLED else None))
    return Written(code, page, ink, tuple(cells))


def draw_page(code: PageCode, strokes: Mapping[tuple[int, int], Sequence[Line]], width: float = 0.6) -> Written:
    """A page with lines drawn into some boxes: millimetres from the box's upper left corner, and the pen's width."""
    page = printed(code)
    ink = np.zeros(page.shape[:2], np.float32)
    for (row, column), lines in strokes.items():
        left, top, _, _ = SheetLayout(code.paper).box(row, column)
        for line in lines:
            _draw(ink, np.array([(x + left, y + top) for x, y in line]), width)
    return Written(code, page, ink, ())


def _paste(ink: np.ndarray, digit: np.ndarray, box: tuple[float, ...], random: np.random.Generator) -> None:
    """A digit 7 to 11 mm high, somewhere in the box, with the edges of a pen's stroke."""
    ys, xs = np.nonzero(digit > 0)
    digit = digit[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].astype(np.float32) / 255
    scale = random.uniform(7, 11) * PAGE_SCALE / max(digit.shape)
    size = [max(1, round(side * scale)) for side in digit.shape[::-1]]
    digit = cv2.resize(np.pad(digit, 1), [size[0] + round(2 * scale), size[1] + round(2 * scale)], interpolation=cv2.INTER_CUBIC)
    digit = np.clip((digit - 0.2) / 0.5, 0, 1)
    height, width = digit.shape
    left, top, right, bottom = (round(at * PAGE_SCALE) for at in box)
    room = round(0.4 * PAGE_SCALE) - round(scale)  # the padding may lie on the border, the ink not
    x = random.integers(left + room, max(left + room + 1, right - room - width))
    y = random.integers(top + room, max(top + room + 1, bottom - room - height))
    part = ink[y : y + height, x : x + width]
    np.maximum(part, digit, out=part)


def _strike_out(ink: np.ndarray, box: tuple[float, ...], diagonal: int, random: np.random.Generator) -> None:
    """A slightly bent line from one corner to the other; each end up to 1.2 mm off, within or outside."""
    left, top, right, bottom = box
    corners = ((left, top), (right, bottom)) if diagonal == 0 else ((left, bottom), (right, top))
    start, end = (np.array(corner) + random.uniform(-1.2, 1.2, 2) for corner in corners)
    along = np.linspace(0, 1, 20)[:, None]
    line = start + (end - start) * along + np.sin(np.pi * along) * random.uniform(-0.7, 0.7, 2)
    _draw(ink, line, random.uniform(0.4, 0.9))


def _draw(ink: np.ndarray, line: np.ndarray, width: float) -> None:
    """A line through points in page millimetres."""
    x, y = ((line.min(axis=0) - 2) * PAGE_SCALE).astype(int)
    layer = np.zeros(((np.ptp(line, axis=0) + 4) * PAGE_SCALE).astype(int)[::-1], np.uint8)
    points = ((line * PAGE_SCALE - [x, y]) * 16).round().astype(np.int32)
    cv2.polylines(layer, [points], False, 255, max(1, round(width * PAGE_SCALE)), cv2.LINE_AA, shift=4)
    part = ink[y : y + layer.shape[0], x : x + layer.shape[1]]
    np.maximum(part, layer / np.float32(255), out=part)


# --- Photographing --------------------------------------------------------------------------------------------------------


def take_photo(page: Written, conditions: Conditions, seed: int = 0) -> np.ndarray:
    """The photo as (H, W, 3) uint8, RGB, as it is after the JPEG."""
    with Image.open(io.BytesIO(take_jpeg(page, conditions, seed))) as picture:
        return np.asarray(picture)


def take_jpeg(page: Written, conditions: Conditions, seed: int = 0, **metadata: Any) -> bytes:
    """The photo as the camera's file."""
    random = np.random.default_rng([seed, 3])
    layout = SheetLayout(page.code.paper)
    table, origin = _lay_on_table(page, conditions, random)
    xs, ys = _where_each_pixel_looks(layout, conditions)  # page millimetres
    blur = 0.45 * PAGE_SCALE / (conditions.dpi / MM_PER_INCH)
    if blur > 0.5:  # the sensor's pixels are larger than the page's
        table = cv2.GaussianBlur(table, (0, 0), blur)
    columns, rows = ((at - np.float32(start)) * np.float32(PAGE_SCALE) - 0.5 for at, start in zip((xs, ys), origin, strict=True))
    photo = cv2.remap(table, columns, rows, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE).astype(np.float32)
    light = _light(layout, conditions, xs[::4, ::4], ys[::4, ::4], random)
    photo *= np.asarray(cv2.resize(light, photo.shape[1::-1]))[..., None]
    photo = np.asarray(cv2.GaussianBlur(photo, (0, 0), conditions.blur)) if conditions.blur else photo
    grain = random.normal(0, 0.7 * conditions.noise, (512, 512, 4)).astype(np.float32)
    grain = grain[..., :3] + grain[..., 3:]
    across, down = (-(-side // 512) for side in photo.shape[1::-1])
    photo += np.tile(grain, (down, across, 1))[: photo.shape[0], : photo.shape[1]]
    picture = Image.fromarray(np.clip(photo, 0, 255, out=photo).round().astype(np.uint8))
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=conditions.quality, **metadata)
    return buffer.getvalue()


def _lay_on_table(page: Written, conditions: Conditions, random: np.random.Generator) -> tuple[np.ndarray, tuple[float, float]]:
    """(H, W, 3) uint8, and the page millimetres of its upper left corner."""
    around = round((conditions.margin + 45) * PAGE_SCALE)
    height, width = (side + 2 * around for side in page.ink.shape)
    table = _table(conditions.table, height, width, random)
    colour = np.array(conditions.paper_colour, np.float32) / 255
    grain = cv2.resize(random.normal(1, 0.012, (1200, 900)).astype(np.float32), page.ink.shape[::-1])
    ink = page.ink * np.clip(grain * 8 - 7.2, 0.55, 1) if conditions.ink == "pencil" else page.ink
    ink_colour = np.array(INKS[conditions.ink], np.float32) / 255
    sheet = (page.print * (1 - ink[..., None] * (1 - ink_colour)) * grain[..., None] * colour * 255).clip(0, 255).astype(np.uint8)
    if conditions.neighbour != "none":
        beside = page.print if conditions.neighbour == "sheet" else np.ones_like(page.print)
        gap, shift = round(random.uniform(3, 10) * PAGE_SCALE), round(random.uniform(-40, 40) * PAGE_SCALE)
        part = table[max(0, around + shift) :, around + sheet.shape[1] + gap :][: sheet.shape[0]]
        part[:] = (beside[: part.shape[0], : part.shape[1]] * colour * 255).astype(np.uint8)
    table[around : around + sheet.shape[0], around : around + sheet.shape[1]] = sheet
    return table, (-around / PAGE_SCALE, -around / PAGE_SCALE)


def _table(kind: str, height: int, width: int, random: np.random.Generator) -> np.ndarray:
    colour = {"wood": (0.55, 0.38, 0.24), "dark": (0.13, 0.13, 0.15), "pale": (0.8, 0.78, 0.74)}[kind]
    rough = random.normal(1, 0.12, (height // 400 + 2, width // 12 + 2)).astype(np.float32)
    grain = cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)
    return cv2.merge([np.clip(grain * (255 * level), 0, 255).astype(np.uint8) for level in colour])


def _where_each_pixel_looks(layout: SheetLayout, conditions: Conditions) -> tuple[np.ndarray, np.ndarray]:
    """Page millimetres (x, y) that each pixel of the photo shows, (H, W) float32 each."""
    focal = conditions.dpi / MM_PER_INCH * conditions.distance  # pixels
    turn, direction, tilt = (np.deg2rad(angle) for angle in (conditions.rotation, conditions.tilt_direction, conditions.tilt))
    axis = np.array([np.cos(direction), np.sin(direction), 0.0]) * tilt
    camera = cv2.Rodrigues(axis)[0] @ cv2.Rodrigues(np.array([0.0, 0.0, turn]))[0]  # page -> camera
    away = np.array([0.0, 0.0, conditions.distance])
    m = conditions.margin
    edge = np.array([[-m, -m], [layout.width + m, -m], [layout.width + m, layout.height + m], [-m, layout.height + m]])
    centred = np.c_[edge - [layout.width / 2, layout.height / 2], np.zeros(4)]
    seen = centred @ camera.T + away
    seen = seen[:, :2] / seen[:, 2:]
    seen = seen * (1 - conditions.barrel * (seen**2).sum(axis=1, keepdims=True))
    low, high = seen.min(axis=0), seen.max(axis=0)
    width, height = np.ceil((high - low) * focal).astype(int)
    step = 16
    columns, rows = np.meshgrid(np.arange(0, width + step, step), np.arange(0, height + step, step))
    rays = np.stack([columns / focal + low[0], rows / focal + low[1]], axis=-1)
    undistorted = rays
    for _ in range(6):
        undistorted = rays / (1 - conditions.barrel * (undistorted**2).sum(axis=-1, keepdims=True))
    rays = np.concatenate([undistorted, np.ones((*columns.shape, 1))], axis=-1) @ camera  # in the page's frame
    eye = -away @ camera
    lift = np.zeros(columns.shape)
    angle = np.deg2rad(conditions.curl_direction)
    half = abs(np.cos(angle)) * layout.width / 2 + abs(np.sin(angle)) * layout.height / 2
    for _ in range(8):
        distance = (-lift - eye[2]) / rays[..., 2]
        x, y = eye[0] + distance * rays[..., 0], eye[1] + distance * rays[..., 1]
        across = np.clip((x * np.cos(angle) + y * np.sin(angle)) / half, -1, 1)
        lift = conditions.curl * (1 - across**2)
    longer = 2 / 3 * conditions.curl**2 / half * across**3  # along the bent paper, compared with its shadow on the table
    x, y = x + longer * np.cos(angle), y + longer * np.sin(angle)
    offset = (step - 1) // 2  # cv2.resize puts a coarse value in the middle of step × step fine ones
    x, y = (
        np.asarray(cv2.resize((at + side / 2).astype(np.float32), None, fx=step, fy=step))[offset:, offset:][:height, :width]
        for at, side in ((x, layout.width), (y, layout.height))
    )
    return x, y


def _light(
    layout: SheetLayout, conditions: Conditions, xs: np.ndarray, ys: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """(H, W): how much light falls on what each pixel shows."""
    angle, shadow_angle = random.uniform(0, 2 * np.pi, 2)
    across = ((xs - layout.width / 2) * np.cos(angle) + (ys - layout.height / 2) * np.sin(angle)) / layout.height
    light = conditions.brightness * (1 - conditions.gradient * np.clip(across + 0.5, 0, 1))
    if conditions.shadow:
        through = random.uniform(0.25, 0.75, 2) * [layout.width, layout.height]
        behind = (xs - through[0]) * np.cos(shadow_angle) + (ys - through[1]) * np.sin(shadow_angle)
        behind += 12 * np.sin(((xs - through[0]) * np.sin(shadow_angle) - (ys - through[1]) * np.cos(shadow_angle)) / 25)
        light *= 1 - conditions.shadow * np.clip(behind / conditions.shadow_softness + 0.5, 0, 1)
    return light.astype(np.float32)


def simulate(code: PageCode, digits: Samples, seed: int, **changes: Any) -> tuple[Written, Conditions, np.ndarray]:
    """A page written and photographed under random conditions, some of which may be given."""
    page = write_page(code, digits, seed)
    conditions = replace(random_conditions(seed), **changes)
    return page, conditions, take_photo(page, conditions, seed)

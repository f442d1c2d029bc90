"""Finding a printed sheet in a photo: its markers say where the page lies, its code says which page it is.

The result is the page as it was printed, seen from straight above in even light, or a `SheetError` that says what to do. A page
is given only if its markers and boxes are where the layout has them: a cell must never get the label of another row.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import torch
import zxingcpp
from torch import Tensor

from handwriting_workshop.images import PictureError
from handwriting_workshop.sheets import MARKER, PAPERS, SCALE, Box, PageCode, SheetLayout

DETECTION_SIDE = 2000
"""Markers are looked for in a copy with at most so many pixels on its longer side."""

FEWEST_MARKERS = 9
"""Of 14: with less, a bend of the paper between them would go unnoticed."""

LARGEST_MISFIT = 0.5
"""Millimetres by which markers may lie beside the fitted page, and boxes beside their place."""

LARGEST_BLUR = 0.75
"""Millimetres (standard deviation): more makes a thin stroke too faint to be told from dirt."""

LARGEST_GRAIN = 0.09
"""Standard deviation of blank paper, in parts of its brightness."""


QR_CODE = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)

LEAST_GUIDE = 0.008
"""How much darker than paper the boxes' borders must be, in the middle of a row's borders laid upon each other."""


class SheetError(PictureError):
    """A photo that cannot be read as a sheet; the text says why, and what to do."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Page:
    """A page found in a photo, seen from straight above in even light.

    Shape:
        image: (height, width) float32, `SCALE` pixels per millimetre; paper 1, black 0
    """

    image: Tensor
    code: PageCode
    misfit: float
    """Root mean square distance in millimetres between the markers' corners and where the fitted page has them."""

    @property
    def layout(self) -> SheetLayout:
        """Where everything is on this page."""
        return SheetLayout(self.code.paper)


def find_page(grey: Tensor) -> Page:
    """The one sheet in a photo, whichever way up it lies.

    Shape:
        grey: (H, W) uint8, 255 is white

    Raises:
        SheetError: no sheet, or more than one; one that is too dark, blurred, bent or cut off; or a code that cannot be read.
    """
    photo = np.ascontiguousarray(grey.numpy())
    layout, markers = _choose_sheet(photo, _find_markers(photo))
    pixels_per_mm = _pixels_per_mm(markers)
    if pixels_per_mm > 1.5 * SCALE:  # sampling would skip pixels
        shrink = SCALE / pixels_per_mm
        photo = cv2.resize(photo, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        markers = {number: (corners + 0.5) * shrink - 0.5 for number, corners in markers.items()}
        pixels_per_mm = float(SCALE)
    fitted, misfit = _fit(layout, markers, pixels_per_mm)
    if misfit > LARGEST_MISFIT:
        raise SheetError(f"the page is bent or crumpled (markers are {misfit:.1f} mm off); lay it flat and photograph it again")
    image = _even_light(_rectify(photo, layout, fitted)[0])
    blur, grain = _blur(image, layout, markers), _grain(image)
    if blur > LARGEST_BLUR:
        raise SheetError(f"the picture is blurred (edges are {2.5 * blur:.1f} mm wide); hold the camera still, and let it focus")
    if grain > LARGEST_GRAIN:
        raise SheetError("the picture is too dark or too grainy; photograph the page in brighter light")
    code = _read_code(photo, layout, fitted)
    if code.paper != layout.paper:
        raise SheetError(f"the code says {code.paper} paper, and the markers say {layout.paper}; photograph one page alone")
    _check_boxes(image, code)
    return Page(image=torch.from_numpy(image), code=code, misfit=misfit)


# --- Markers --------------------------------------------------------------------------------------------------------------

Markers = dict[int, np.ndarray]
"""A marker's number -> its corners in photo pixels, (4, 2), clockwise from its own upper left one."""


def _find_markers(photo: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """All markers in a photo, whichever sheets they belong to, with corners to a fraction of a pixel."""
    known = {number for paper in PAPERS for number in SheetLayout(paper).markers}
    shrink = min(1.0, DETECTION_SIDE / max(photo.shape))
    if min(photo.shape) * shrink < 40:
        raise SheetError(f"the picture is too small ({photo.shape[1]} × {photo.shape[0]} pixels) to show a sheet")
    small = cv2.resize(photo, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) if shrink < 1 else photo
    return [
        (number, _refine(photo, (corners + 0.5) / shrink - 0.5) if shrink < 1 else corners)
        for number, corners in _detect(small)
        if number in known
    ]


def _detect(picture: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """OpenCV's detector: (number, (4, 2) float64 corners) of each marker."""
    parameters = cv2.aruco.DetectorParameters()
    parameters.minMarkerPerimeterRate = 0.015
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50), parameters)
    corners, numbers, _ = detector.detectMarkers(picture)
    if numbers is None:
        return []
    return [
        (int(number), place.reshape(4, 2).astype(np.float64))
        for number, place in zip(numbers.ravel().tolist(), corners, strict=True)
    ]


def _refine(photo: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Corners that are known to a pixel or two, to a fraction of a pixel."""
    window = max(2, round(_side(corners) / 12))  # half of a cell of the marker
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.01)
    start = corners.astype(np.float32).reshape(4, 1, 2)
    return np.asarray(cv2.cornerSubPix(photo, start, (window, window), (-1, -1), criteria)).reshape(4, 2).astype(np.float64)


def _choose_sheet(photo: np.ndarray, found: list[tuple[int, np.ndarray]]) -> tuple[SheetLayout, Markers]:
    """The markers of the one whole sheet; those of another page that reaches into the picture are dropped."""
    if not found:
        raise SheetError(_why_nothing_is_found(photo))
    groups = [_largest_group(SheetLayout(paper), found) for paper in PAPERS]
    layout, markers, homography = max(groups, key=lambda group: len(group[1]))
    others = [(number, corners) for number, corners in found if not any(corners is own for own in markers.values())]
    for paper in PAPERS:
        other_layout, other, _ = _largest_group(SheetLayout(paper), others)
        if len(set(other) & set(other_layout.corners)) >= 3:
            raise SheetError("there are two sheets in the picture; photograph each one alone")
    if homography is None or len(markers) < 4:
        raise SheetError("only a small part of a sheet can be seen; photograph the whole page, with all four corners")
    markers = _look_again(photo, layout, markers)
    if missing := [number for number in layout.corners if number not in markers]:
        names = " and ".join(layout.corners[number] for number in missing)
        middle = cv2.perspectiveTransform(np.array([[_middle(layout.markers[missing[0]])]]), homography).ravel()
        inside = bool((middle > 0).all() and (middle < photo.shape[::-1]).all())
        corner, are = ("corner", "is") if len(missing) == 1 else ("corners", "are")
        why = "cannot be seen (covered, folded, blurred, or in glaring light?)" if inside else f"{are} not in the picture"
        raise SheetError(f"the page's {names} {corner} {why}; photograph the whole page, with all four corners")
    if len(markers) < FEWEST_MARKERS:
        raise SheetError(
            f"only {len(markers)} of the page's {len(layout.markers)} black markers can be seen; uncover its edges, "
            "and photograph it in even light"
        )
    return layout, markers


def _look_again(photo: np.ndarray, layout: SheetLayout, markers: Markers) -> Markers:
    """The markers and those that were too small, too slanted or too far from a flat page's, looked for where they should be."""
    markers = dict(markers)
    fitted, _ = _fit(layout, markers, _pixels_per_mm(markers))
    for number in [number for number in layout.markers if number not in markers]:
        left, top, right, bottom = layout.markers[number]
        around = (left - MARKER, top - MARKER, right + MARKER, bottom + MARKER)
        patch, places = _rectify(photo, layout, fitted, around, 2 * SCALE)
        for found, corners in (*_detect(_sharper(patch, 2 * SCALE)), *_detect(patch)):
            if found == number:
                at = corners.round().astype(int).clip(0, np.array(patch.shape[::-1]) - 1)
                start = places[at[:, 1], at[:, 0]]
                markers[number] = _refine(photo, start)
    return markers


def _largest_group(layout: SheetLayout, found: list[tuple[int, np.ndarray]]) -> tuple[SheetLayout, Markers, np.ndarray | None]:
    """The markers that lie as on one page of this layout, give or take a bend, and page millimetres -> pixels."""
    own = [(number, corners) for number, corners in found if number in layout.markers]
    if len({number for number, _ in own}) < 4:
        return layout, dict(own), None
    on_page = np.array([_middle(layout.markers[number]) for number, _ in own])
    in_photo = np.array([corners.mean(axis=0) for _, corners in own])
    tolerance = float(np.median([_side(corners) for _, corners in own]))  # a marker's side
    homography, near = cv2.findHomography(on_page, in_photo, cv2.RANSAC, tolerance, maxIters=5000, confidence=0.9999)
    if homography is None:
        return layout, {}, None
    predicted = cv2.perspectiveTransform(on_page[:, None], homography)[:, 0]
    distances = np.linalg.norm(predicted - in_photo, axis=1)
    group: Markers = {}
    for at in np.argsort(-distances):  # the nearest of equal numbers comes last, and stays
        if near[at]:
            group[own[at][0]] = own[at][1]
    return layout, group, homography


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _side(corners: np.ndarray) -> float:
    """A marker's mean side in pixels."""
    return float(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).mean())


def _pixels_per_mm(markers: Markers) -> float:
    return float(np.median([_side(corners) for corners in markers.values()])) / MARKER


def _why_nothing_is_found(photo: np.ndarray) -> str:
    shrink = min(1.0, 1000 / max(photo.shape))
    small = cv2.resize(photo, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    dark, bright = np.percentile(small, [1, 99])
    if bright < 50:
        return "the picture is too dark; photograph the page in brighter light"
    fine = float(np.abs(cv2.Laplacian(cv2.GaussianBlur(small, (0, 0), 1), cv2.CV_32F)).max())
    if bright - dark > 40 and fine < 0.25 * (bright - dark):
        return "the picture is blurred; hold the camera still, and let it focus on the page"
    return "there is no sheet of the workshop in the picture: its black markers cannot be found; photograph the whole page"


# --- From page millimetres to photo pixels --------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _PageMap:
    """A perspective view, plus a cubic polynomial for the lens's distortion and the paper's bend."""

    layout: SheetLayout
    homography: np.ndarray
    bend: np.ndarray
    """(10, 2) pixels."""

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) page millimetres -> (N, 2) photo pixels."""
        flat = cv2.perspectiveTransform(points[:, None].astype(np.float64), self.homography)[:, 0]
        return flat + _cubic_terms(points, self.layout) @ self.bend


def _cubic_terms(points: np.ndarray, layout: SheetLayout) -> np.ndarray:
    """(N, 2) -> (N, 10): all products of x and y up to the third degree, with x and y in [-1, 1]."""
    x, y = (points / [layout.width / 2, layout.height / 2] - 1).T
    return np.stack([x**i * y**j for i in range(4) for j in range(4 - i)], axis=1)


def _fit(layout: SheetLayout, markers: Markers, pixels_per_mm: float) -> tuple[_PageMap, float]:
    """The map that fits the markers' corners best, and its root mean square error in millimetres; odd markers count less."""
    on_page = np.concatenate([_corners(layout.markers[number]) for number in markers])
    in_photo = np.concatenate(list(markers.values()))
    homography, _ = cv2.findHomography(on_page, in_photo)
    terms = _cubic_terms(on_page, layout)
    rest = in_photo - cv2.perspectiveTransform(on_page[:, None], homography)[:, 0]
    weights = np.ones(len(on_page))
    for _ in range(5):
        weighted = terms * weights[:, None]
        bend = np.linalg.solve(weighted.T @ terms + 1e-3 * np.eye(terms.shape[1]), weighted.T @ rest)
        errors = np.linalg.norm(rest - terms @ bend, axis=1) / pixels_per_mm
        weights = 1 / np.maximum(1, errors / 0.15)  # Huber's, for errors above 0.15 mm
    return _PageMap(layout, homography, bend), float(np.sqrt((errors**2).mean()))


def _corners(box: Box) -> np.ndarray:
    left, top, right, bottom = box
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _rectify(
    photo: np.ndarray, layout: SheetLayout, fitted: _PageMap, box: Box | None = None, scale: int = SCALE
) -> tuple[np.ndarray, np.ndarray]:
    """A part of the page, or all of it, with so many pixels per millimetre, and where in the photo each pixel is.

    Shape:
        (height, width) uint8, (height, width, 2) float32
    """
    left, top, right, bottom = box or (0, 0, layout.width, layout.height)
    width, height = round((right - left) * scale), round((bottom - top) * scale)
    step = 2 * scale  # the map is smooth: one point every 2 mm is enough
    columns, rows = np.arange(0, width + step, step), np.arange(0, height + step, step)
    x, y = np.meshgrid((columns + step / 2) / scale + left, (rows + step / 2) / scale + top)
    coarse = fitted(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(*x.shape, 2).astype(np.float32)
    # the outermost half step becomes a copy of its neighbour; it lies in the paper's blank edge
    places = np.asarray(cv2.resize(coarse, None, fx=step, fy=step, interpolation=cv2.INTER_LINEAR))[:height, :width]
    return cv2.remap(photo, places[..., 0], places[..., 1], cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE), places


# --- Light and sharpness --------------------------------------------------------------------------------------------------


def _even_light(page: np.ndarray) -> np.ndarray:
    """Each pixel divided by the brightness of the paper around it: (H, W) uint8 -> float32, paper 1, also under a shadow.

    Strokes are thinner than the window in which the brightest spot is looked for, and shadows are wider.
    """
    small = cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    small = cv2.medianBlur(small, 5)  # or else the brightest spot would be one of noise
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (SCALE * 7 // 2, SCALE * 7 // 2))  # 7 mm
    brightest = cv2.morphologyEx(small, cv2.MORPH_CLOSE, window).astype(np.float32)
    paper = np.asarray(cv2.resize(brightest, page.shape[::-1], interpolation=cv2.INTER_LINEAR))
    even = page / np.maximum(paper, 1)
    return np.minimum(even / np.median(even), 1.2).astype(np.float32)


def _blur(image: np.ndarray, layout: SheetLayout, markers: Iterable[int]) -> float:
    """Standard deviation in millimetres of the blur at the markers' edges: of the page's worst quarter."""
    reach = round(1.2 * SCALE)
    blurs = []
    for number in markers:
        left, top, right, bottom = (round(at * SCALE) for at in layout.markers[number])
        for profile in (
            image[top + SCALE : bottom - SCALE, left - reach : left + reach].mean(axis=0),
            image[top - reach : top + reach, left + SCALE : right - SCALE].mean(axis=1),
        ):
            steepest = -np.diff(profile).min() * SCALE  # per millimetre
            blurs.append((profile[:4].mean() - profile[-4:].mean()) / max(steepest, 1e-6) / np.sqrt(2 * np.pi))
    return float(np.quantile(blurs, 0.75))


def _grain(image: np.ndarray) -> float:
    """Standard deviation of blank paper, from the differences of neighbouring pixels: half of them are smaller than this."""
    differences = np.abs(image[::4, 2::4] - image[::4, :-2:4])
    return float(np.median(differences) / 0.6745 / np.sqrt(2))


def _sharper(patch: np.ndarray, scale: int) -> np.ndarray:
    """Unsharp masking by half a millimetre."""
    return np.asarray(cv2.addWeighted(patch, 2.5, cv2.GaussianBlur(patch, (0, 0), 0.5 * scale), -1.5, 0))


# --- The code, and whether everything is where it should be ---------------------------------------------------------------


def _read_code(photo: np.ndarray, layout: SheetLayout, fitted: _PageMap) -> PageCode:
    """The code in its place, looked at in several ways: only there, for another page's code may be in the picture."""
    left, top, right, bottom = layout.code
    for scale in (SCALE, 2 * SCALE, SCALE // 2):
        patch, _ = _rectify(photo, layout, fitted, (left - 4, top - 4, right + 4, bottom + 4), scale)
        low, high = np.percentile(patch, [1, 99])
        patch = ((patch - low) * (255 / max(high - low, 1))).clip(0, 255).astype(np.uint8)
        for picture in (patch, _sharper(patch, scale)):
            for binarizer in (zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram):
                for barcode in zxingcpp.read_barcodes(picture, formats=QR_CODE, binarizer=binarizer):
                    try:
                        return PageCode.from_bytes(barcode.bytes)
                    except ValueError as error:
                        raise SheetError(str(error)) from None
    raise SheetError("the page's code (upper right) cannot be read; is it covered, stained or in glaring light?")


def _check_boxes(image: np.ndarray, code: PageCode) -> None:
    """Raise a SheetError unless the printed boxes of each row are where the layout says."""
    layout = SheetLayout(code.paper)
    for row in range(len(code.characters)):
        boxes = [[round(at * SCALE) for at in layout.box(row, column)] for column in range(layout.columns)]
        reach = 2 * SCALE
        across = [
            image[edge - reach : edge + reach, left + SCALE : right - SCALE]
            for left, top, right, bottom in boxes
            for edge in (top, bottom)
        ]
        down = [
            image[top + SCALE : bottom - SCALE, edge - reach : edge + reach].T
            for left, top, right, bottom in boxes
            for edge in (left, right)
        ]
        for strips in (across, down):
            profile = 1 - np.median(np.concatenate(strips, axis=1), axis=1)  # (2 * reach,): ink covers less than half of it
            profile = np.convolve(profile, np.full(SCALE // 2, 2 / SCALE), mode="valid")
            line = profile - np.median(profile)
            offset = (line.argmax() - (len(line) - 1) / 2) / SCALE
            if line.max() < LEAST_GUIDE or abs(offset) > LARGEST_MISFIT:
                raise SheetError(
                    f"the boxes of row {row + 1} are not where they should be; lay the page flat, and photograph it again"
                )

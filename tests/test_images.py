"""Opening pictures: any kind of file gives an upright grey image, or one sentence that names the file and says why not."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from handwriting_workshop.images import MAX_PIXELS, PictureError, edge_brightness, open_picture, to_grey, to_picture

DARK_LEFT = np.array([[0, 255, 255], [0, 255, 255]], dtype=np.uint8)
"""2×3 pixels: the left column is ink, the others are paper."""


def saved(path: Path, picture: Image.Image, **options: object) -> Path:
    """The path of a picture that was just written."""
    picture.save(path, **options)
    return path


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has almost no pixels: 1 bit per pixel."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in (header, pixels)
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


# --- Files that are no pictures ---


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.png", b"", "the file is empty"),
        ("text.png", b"this is a shopping list, not a picture", "not a picture in a format that can be read"),
        ("script.jpg", b"#!/bin/sh\necho hello\n", "not a picture"),
        ("header-only.png", b"\x89PNG\r\n\x1a\n", "not a picture|damaged or incomplete"),
    ],
    ids=["zero bytes", "text", "script", "signature without picture"],
)
def test_a_file_that_is_no_picture_is_refused_by_name(tmp_path, name: str, content: bytes, message: str) -> None:
    """The error begins with the file's path and says what is wrong with it."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PictureError, match=message) as caught:
        open_picture(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "tif", "webp"])
def test_a_truncated_picture_is_refused_by_name(tmp_path, suffix: str) -> None:
    """Half of a file, in any format, gives an error that names it, never half of a picture."""
    noise = torch.randint(0, 256, (40, 40), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    path = saved(tmp_path / f"half.{suffix}", Image.fromarray(noise.numpy()))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(PictureError) as caught:
        open_picture(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_corrupt_picture_is_refused_by_name(tmp_path) -> None:
    """A PNG with zeros in the middle of its pixels is called damaged."""
    noise = torch.randint(0, 256, (40, 40), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    path = saved(tmp_path / "scratched.png", Image.fromarray(noise.numpy()))
    content = bytearray(path.read_bytes())
    content[200:400] = bytes(200)
    path.write_bytes(content)
    with pytest.raises(PictureError, match=r"scratched\.png: damaged or incomplete"):
        open_picture(path)


@pytest.mark.parametrize("seed", range(8))
def test_no_damage_gives_another_error_than_a_picture_error(tmp_path, seed: int) -> None:
    """Random bytes changed in the head of a TIFF, PNG or JPEG: either a picture comes back, or a PictureError."""
    generator = np.random.default_rng(seed)
    for suffix in ("tif", "png", "jpg"):
        path = saved(tmp_path / f"x.{suffix}", Image.fromarray(DARK_LEFT.repeat(8, axis=0).repeat(8, axis=1)))
        whole = path.read_bytes()
        for _ in range(10):
            content = bytearray(whole)
            for at in generator.integers(8, min(len(content), 300), size=3):
                content[at] = generator.integers(256)
            path.write_bytes(content)
            refused = False
            try:
                grey = to_grey(open_picture(path))
            except PictureError as error:
                refused = str(path) in str(error)
            assert refused or (grey.dtype, grey.ndim) == (torch.uint8, 2)


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path) -> None:
    """Both get the sentence that there is no such file."""
    for path in (tmp_path / "nowhere.png", tmp_path):
        with pytest.raises(PictureError, match="there is no such file") as caught:
            open_picture(path)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("side", [11_000, 12_500, 20_000])
def test_a_decompression_bomb_is_refused_before_it_is_unpacked(tmp_path, side: int) -> None:
    """More than 120 million pixels in a file of 150 bytes: an error that names the file and the limit, and no warning."""
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(side, side))
    assert path.stat().st_size < 200
    with pytest.raises(PictureError, match=rf"bomb\.png: .*at most {MAX_PIXELS // 10**6} million.*make it smaller") as caught:
        open_picture(path)
    if side * side < 2 * 89_000_000:  # beyond, Pillow itself refuses, without a size
        assert f"{side} × {side}" in str(caught.value)


def test_a_phone_picture_of_108_million_pixels_is_no_bomb(tmp_path) -> None:
    """12,000 × 9,000 pixels pass the limit (and this one, which claims them and lacks them, is called incomplete)."""
    path = tmp_path / "phone.png"
    path.write_bytes(png_header(12_000, 9_000))
    with pytest.raises(PictureError, match="damaged or incomplete"):
        open_picture(path)


# --- Every mode gives the same grey ---


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "HSV", "RGBX", "I", "F"])
def test_a_picture_in_any_mode_has_its_brightness(mode: str) -> None:
    """Black stays 0 and white stays 255."""
    picture = Image.fromarray(DARK_LEFT)
    picture = picture if mode == "L" else picture.convert("RGB").convert(mode) if mode in ("HSV", "P") else picture.convert(mode)
    assert to_grey(picture).tolist() == DARK_LEFT.tolist()


@pytest.mark.parametrize(
    ("suffix", "mode", "tolerance"), [("jpg", "CMYK", 3), ("tif", "CMYK", 0), ("gif", "P", 0), ("png", "P", 0), ("bmp", "1", 0)]
)
def test_a_file_in_any_mode_has_its_brightness(tmp_path, suffix: str, mode: str, tolerance: int) -> None:
    """Written and opened again, black is 0 and white is 255 (JPEG loses up to 3 levels)."""
    big = Image.fromarray(DARK_LEFT.repeat(8, axis=0).repeat(8, axis=1))
    grey = to_grey(open_picture(saved(tmp_path / f"x.{suffix}", big.convert(mode))))
    assert grey.shape == (16, 24)
    assert grey[:, 1:6].max() <= tolerance
    assert grey[:, 10:].min() >= 255 - tolerance


def test_a_lab_picture_has_its_lightness(tmp_path) -> None:
    """A TIFF in the LAB colour space, which Pillow does not convert: black 0, white 255."""
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = ImageCms.applyTransform(
        Image.fromarray(DARK_LEFT).convert("RGB"), ImageCms.buildTransform(*profiles, inMode="RGB", outMode="LAB")
    )
    assert to_grey(open_picture(saved(tmp_path / "x.tif", lab))).tolist() == DARK_LEFT.tolist()


@pytest.mark.parametrize("order", ["<u2", ">u2"], ids=["little-endian", "big-endian"])
def test_sixteen_bits_become_eight(tmp_path, order: str) -> None:
    """0, 257, 32,896 and 65,535 of 65,535 are 0, 1, 128 and 255 of 255."""
    levels = np.array([[0, 257, 32_896, 65_535]], dtype=np.uint16)
    if order == "<u2":
        path = saved(tmp_path / "x.png", Image.fromarray(levels))
    else:
        path = saved(tmp_path / "x.tif", Image.frombytes("I;16B", (4, 1), levels.astype(order).tobytes()))
    assert to_grey(open_picture(path)).tolist() == [[0, 1, 128, 255]]


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 51.0, 255.0], [0, 51, 255]),
        ([0.0, 13_107.0, 65_535.0], [0, 51, 255]),
        ([-3.0, 0.2, 1.0], [0, 51, 255]),
        ([float("nan"), 0.2, 1.0], [0, 51, 255]),
    ],
    ids=["up to 1", "up to 255", "up to 65,535", "below 0", "not a number"],
)
def test_float_pictures_are_scaled_by_their_range(tmp_path, levels: list[float], expected: list[int]) -> None:
    """Whether white is 1, 255 or 65,535 is seen from the brightest pixel; what is out of range is cut off."""
    path = saved(tmp_path / "x.tif", Image.fromarray(np.array([levels], dtype=np.float32)))
    assert to_grey(open_picture(path)).tolist() == [expected]


@pytest.mark.parametrize("levels", [[0, 51, 255], [0, 13_107, 65_535]], ids=["8-bit values", "16-bit values"])
def test_whole_number_pictures_are_scaled_by_their_range(levels: list[int]) -> None:
    """32-bit pictures hold 8-bit or 16-bit values; both give 0, 51 and 255."""
    assert to_grey(Image.fromarray(np.array([levels], dtype=np.int32))).tolist() == [[0, 51, 255]]


# --- Transparency and rotation ---


@pytest.mark.parametrize(("ink", "expected"), [(0, [[0, 255, 255]]), (255, [[255, 0, 0]])], ids=["dark ink", "white ink"])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_ink_on_transparent_paper_is_seen(mode: str, ink: int, expected: list[list[int]]) -> None:
    """Dark ink gets white paper, white ink black paper, whatever colour the transparent pixels have."""
    for hidden in (0, 255):
        pixels = np.array([[[ink, ink, ink, 255], [hidden] * 3 + [0], [hidden] * 3 + [0]]], dtype=np.uint8)
        assert to_grey(Image.fromarray(pixels).convert(mode)).tolist() == expected


def test_a_transparent_colour_of_a_palette_is_paper(tmp_path) -> None:
    """A GIF-like PNG whose palette says that colour 1 is transparent: that pixel is white, not the palette's red."""
    picture = Image.new("P", (2, 1))
    picture.putpalette([0, 0, 0, 255, 0, 0])
    picture.putpixel((1, 0), 1)
    path = saved(tmp_path / "x.png", picture, transparency=1)
    assert to_grey(open_picture(path)).tolist() == [[0, 255]]


def test_an_empty_transparent_picture_is_plain() -> None:
    """Nothing but transparency is one grey level, so that nothing seems to be written on it."""
    assert to_grey(Image.new("RGBA", (3, 2), (0, 0, 0, 0))).unique().numel() == 1


ROTATIONS = {1: "as it is", 2: "mirrored", 3: "180°", 4: "flipped", 5: "transposed", 6: "90°", 7: "transversed", 8: "270°"}


@pytest.mark.parametrize("orientation", ROTATIONS, ids=ROTATIONS.values())
def test_a_picture_is_turned_as_the_camera_noted(tmp_path, orientation: int) -> None:
    """However the pixels lie in the file, the EXIF orientation brings the same upright picture back."""
    turned_away = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,  # counter-clockwise, so that the viewer has to turn it clockwise
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    upright = Image.fromarray(np.array([[0, 50, 100], [150, 200, 250]], dtype=np.uint8))
    stored = upright.transpose(turned_away[orientation]) if orientation in turned_away else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / "x.png", stored, exif=exif)
    assert to_grey(open_picture(path)).tolist() == [[0, 50, 100], [150, 200, 250]]


# --- Small helpers ---


def test_the_paper_is_the_median_of_the_edges() -> None:
    """A 5×5 picture with one black corner and a black middle has white paper."""
    grey = torch.full((5, 5), 255, dtype=torch.uint8)
    grey[0, 0] = grey[2, 2] = 0
    assert edge_brightness(grey) == 255


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_a_tensor_becomes_a_picture_and_comes_back(channels: int, mode: str) -> None:
    """1 channel is a grey picture, 3 are an RGB one; a PNG of it has the same pixels."""
    image = torch.randint(0, 256, (channels, 4, 5), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    buffer = io.BytesIO()
    to_picture(image).save(buffer, "PNG")
    with Image.open(buffer) as picture:
        assert (picture.mode, picture.size) == (mode, (5, 4))
        assert np.array_equal(np.asarray(picture).reshape(4, 5, channels), image.permute(1, 2, 0).numpy())


def test_a_tensor_of_other_channels_is_no_picture() -> None:
    """2 channels are refused, with the numbers that work."""
    with pytest.raises(ValueError, match=r"1 channel \(grey\) or 3 \(RGB\), got 2"):
        to_picture(torch.zeros(2, 4, 4, dtype=torch.uint8))


@pytest.mark.parametrize("error", [struct.error("unpack requires 4 bytes"), IndexError("no profile"), AttributeError("no tag")])
def test_whatever_a_decoder_makes_of_broken_bytes_is_a_damaged_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Pillow raises these for odd EXIF, colour profiles and the like; one such file must not end a whole collection."""

    def broken(_picture: Image.Image) -> None:
        raise error

    monkeypatch.setattr("PIL.ImageOps.exif_transpose", broken)
    with pytest.raises(PictureError, match=f"a.png: damaged or incomplete .{error}."):
        open_picture(saved(tmp_path / "a.png", Image.new("L", (4, 4))))

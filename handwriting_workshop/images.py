"""Opening pictures: whatever a file holds, either an upright grey image or one sentence that says why not."""

import os
import warnings
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

MAX_PIXELS = 120_000_000
"""A phone makes up to 108 million; more is a mistake, or an attempt to fill the memory (decompression bomb)."""

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"})
"""File names with another ending are not taken for pictures."""


class PictureError(ValueError):
    """A picture that cannot be used; the text says which one and why."""


def count_pages(path: str | os.PathLike[str]) -> int:
    """Pages of a TIFF, as scanners make them; 1 for any other file, whatever is in it."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as picture:
            return int(getattr(picture, "n_frames", 1)) if picture.format == "TIFF" else 1
    except Exception:  # `open_picture` says what is wrong with it
        return 1


def open_picture(path: str | os.PathLike[str], page: int = 0) -> Image.Image:
    """The picture in a file, fully decoded, turned upright where the camera noted how it was held.

    Of a file with several, the first, or that of another `page`, counted from 0.

    Raises:
        PictureError: no such file, no picture, a damaged or truncated one, or one of more than `MAX_PIXELS`.
    """
    path = Path(path)
    if not path.is_file():
        raise PictureError(f"{path}: there is no such file")
    if path.stat().st_size == 0:
        raise PictureError(f"{path}: the file is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MAX_PIXELS is the limit here, and odd metadata does no harm
            with Image.open(path) as picture:
                if page:
                    picture.seek(page)
                if picture.width * picture.height > MAX_PIXELS:
                    raise PictureError(
                        f"{path}: {picture.width} × {picture.height} pixels are too many (at most {MAX_PIXELS // 10**6} "
                        "million); make it smaller"
                    )
                picture.load()
                return ImageOps.exif_transpose(picture)
    except Image.DecompressionBombError:
        raise PictureError(f"{path}: far too many pixels (at most {MAX_PIXELS // 10**6} million); make it smaller") from None
    except UnidentifiedImageError:
        raise PictureError(f"{path}: not a picture in a format that can be read") from None
    except (PictureError, MemoryError):
        raise
    except Exception as error:  # whatever a decoder makes of broken bytes: struct.error, IndexError, AttributeError, …
        raise PictureError(f"{path}: damaged or incomplete ({error})") from None


def to_grey(picture: Image.Image) -> Tensor:
    """Brightness of a picture in any mode (palette, CMYK, LAB, alpha, 16 bit, float): (H, W) uint8, 255 is white.

    Transparent pixels show the background that the ink stands out from: white, or black behind white ink.
    """
    if picture.mode.startswith("I;16"):
        return torch.from_numpy((np.asarray(picture).astype(np.float32) / 257).round().astype(np.uint8))
    if picture.mode == "LAB":  # its first channel is the brightness
        return torch.from_numpy(np.array(picture.getchannel("L")))
    if picture.mode in ("I", "F"):
        values = np.nan_to_num(np.asarray(picture, dtype=np.float64), nan=0.0)
        top = 1.0 if values.max() <= 1 and picture.mode == "F" else 255.0 if values.max() <= 255 else 65535.0
        return torch.from_numpy((values.clip(0, top) * (255 / top)).round().astype(np.uint8))
    if picture.has_transparency_data:
        return _flatten(picture.convert("RGBA"))
    return torch.from_numpy(np.array(picture.convert("L")))


def _flatten(picture: Image.Image) -> Tensor:
    """A picture with transparency laid on white; on black if that leaves nothing to see."""
    on_white, on_black = (
        np.array(Image.alpha_composite(Image.new("RGBA", picture.size, (level, level, level, 255)), picture).convert("L"))
        for level in (255, 0)
    )
    return torch.from_numpy(on_white if np.ptp(on_white) >= np.ptp(on_black) else on_black)


def edge_brightness(grey: Tensor) -> float:
    """The median of the outermost pixels: the paper, unless bold ink is cut out so tightly that it is most of them."""
    edges = torch.cat([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return float(edges.median())


def to_picture(image: Tensor) -> Image.Image:
    """(C, H, W) uint8 -> a grey (C = 1) or RGB (C = 3) picture.

    Raises:
        ValueError: another number of channels.
    """
    if image.shape[0] not in (1, 3):
        raise ValueError(f"a picture has 1 channel (grey) or 3 (RGB), got {image.shape[0]}")
    pixels = image[0] if len(image) == 1 else image.permute(1, 2, 0)
    return Image.fromarray(pixels.contiguous().numpy())


def fit_frame(images: Tensor, image_size: int) -> Tensor:
    """Whole frames brought to one size, ink untouched in its place: padded where they nearly fit, else scaled to 7/8 first.

    MNIST's 28×28 becomes 32×32 by a margin of 2, pixel for pixel.

    Shape:
        images: (N, C, H, W) uint8, background 0 -> (N, C, image_size, image_size) uint8
    """
    height, width = images.shape[-2:]
    longer = max(height, width)
    if not 0.75 * image_size <= longer <= image_size:
        scale = 0.875 * image_size / longer
        height, width = max(1, round(height * scale)), max(1, round(width * scale))
        scaled = F.interpolate(images.float(), size=(height, width), mode="bilinear", antialias=True, align_corners=False)
        images = scaled.round().clamp(0, 255).to(torch.uint8)
    top, left = (image_size - height) // 2, (image_size - width) // 2
    return F.pad(images, (left, image_size - width - left, top, image_size - height - top))

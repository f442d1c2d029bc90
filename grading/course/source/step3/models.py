"""Step 3: from a stack of images to logits, by four families of models.

`SimpleCNN`, `ImprovedCNN` and `MiniViT` are written out in plain PyTorch, because they are the lesson; the ResNets and the
large Vision Transformers come from timm, with a classifier of their own for our classes. `create_model` builds any of them.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from handwriting_workshop.checkpoints import ModelSpec

Pretrained = bool | Literal["required"]


def conv_block(x: Tensor, convolution: nn.Module) -> Tensor:
    """A convolution, 2×2 max pooling with stride 2, and ReLU: finds patterns, and keeps the strongest of each neighbourhood.

    An odd last row or column falls away. Pooling before ReLU gives the same values as after it (ReLU is monotonic), with a
    quarter of the work.

    Shape:
        x: (B, C, H, W) -> (B, K, H // 2, W // 2) for a convolution to K channels that keeps height and width
    """
    # TODO 3.1: convolution, then 2×2 max pooling, then ReLU
    raise NotImplementedError("TODO 3.1: convolution, then 2×2 max pooling, then ReLU")


class SimpleCNN(nn.Module):
    """Three convolutions, then three fully connected layers (512,074 parameters for 10 classes at 1×32×32).

    The convolutions look at 3×3 neighbourhoods, keep height and width, and give 32, 64 and 128 channels. Each is one
    `conv_block`, which halves the picture: three times, so 128 · (image_size // 8)² numbers arrive at the fully connected
    layers (`nn.Linear`), in the order of (channels, height, width). These give 192 and 128 numbers, each followed by ReLU, and
    at last one logit per class. All layers have a bias, and all parameters are there before the first image: a lazy layer, which
    waits for it, can be neither counted nor trained. There is no dropout: in training mode the logits are the same as in eval
    mode.

    Shape:
        images: (B, in_channels, image_size, image_size) float32, normalised
        logits: (B, num_classes) float32, before softmax
    """

    def __init__(self, num_classes: int, image_size: int = 32, in_channels: int = 1) -> None:
        super().__init__()
        # TODO 3.2: three convolution blocks, then three fully connected layers
        raise NotImplementedError("TODO 3.2: three convolution blocks, then three fully connected layers")

    def forward(self, images: Tensor) -> Tensor:
        """Logits of a batch of images."""
        # TODO 3.2: three convolution blocks, then three fully connected layers
        raise NotImplementedError("TODO 3.2: three convolution blocks, then three fully connected layers")


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions whose result is added to their input (He et al. 2015, arXiv:1512.03385).

    The addition lets gradients reach early layers directly:

        change = norm(convolution(relu(norm(convolution(x)))))
        result = relu(change + shortcut(x))

    Each norm is batch normalisation with its own parameters; no convolution has a bias, for the norm after it has one. The first
    convolution takes the stride. The shortcut is x itself where the shape stays the same; where stride or channels change it,
    the shortcut is a 1×1 convolution with that stride, and a norm. torchvision's and timm's `BasicBlock` may not be used.

    Shape:
        x: (B, in_channels, H, W) -> (B, out_channels, H/stride, W/stride), sizes rounded up
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        # TODO 3.3: two 3×3 convolutions with batch normalisation, added to a shortcut of the input
        raise NotImplementedError("TODO 3.3: two 3×3 convolutions with batch normalisation, added to a shortcut of the input")

    def forward(self, x: Tensor) -> Tensor:
        """The input plus what the block learned to change about it."""
        # TODO 3.3: two 3×3 convolutions with batch normalisation, added to a shortcut of the input
        raise NotImplementedError("TODO 3.3: two 3×3 convolutions with batch normalisation, added to a shortcut of the input")


class ImprovedCNN(nn.Module):
    """A small residual network: a stem and three stages of two blocks (1,086,370 parameters for 10 classes).

    The stem is a 3×3 convolution without bias, batch normalisation and ReLU; its stride of 2 costs no parameter and saves three
    quarters of the work. Each stage is two `ResidualBlock`s of one width; the first block of the second and third stage has a
    stride of 2. Averaging over all positions at the end makes the classifier, a linear layer, independent of the image size.
    There is no dropout, so nothing is random but the first weights.

    Shape:
        images: (B, in_channels, H, W) float32, normalised
        logits: (B, num_classes) float32, before softmax
    """

    def __init__(self, num_classes: int, in_channels: int = 1, widths: tuple[int, int, int] = (40, 80, 160)) -> None:
        super().__init__()
        first, second, third = widths
        # TODO 3.4: a stem, three stages of residual blocks, the mean over positions, a linear layer
        raise NotImplementedError("TODO 3.4: a stem, three stages of residual blocks, the mean over positions, a linear layer")

    def forward(self, images: Tensor) -> Tensor:
        """Logits of a batch of images."""
        # TODO 3.4: a stem, three stages of residual blocks, the mean over positions, a linear layer
        raise NotImplementedError("TODO 3.4: a stem, three stages of residual blocks, the mean over positions, a linear layer")


class FastCNN(nn.Module):
    """Three convolutions and one linear layer, made to train in seconds (24,954 parameters for 10 classes).

    After the networks of Keller Jordan's cifar10-airbench: a 5×5 stem with stride 2, few channels, batch normalisation, and
    the maximum and the mean over all positions side by side.

    Shape:
        images: (B, in_channels, H, W) float32, normalised
        logits: (B, num_classes) float32, before softmax
    """

    def __init__(self, num_classes: int, in_channels: int = 1, width: int = 16) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, kernel_size=5, stride=2, padding=2, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, 2 * width, kernel_size=3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(2 * width)
        self.conv3 = nn.Conv2d(2 * width, 4 * width, kernel_size=3, padding=1, bias=False)
        self.norm3 = nn.BatchNorm2d(4 * width)
        self.classifier = nn.Linear(8 * width, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of a batch of images."""
        x = F.relu(self.norm1(self.conv1(images)))  # (B, 16, H/2, W/2)
        x = F.relu(self.norm2(F.max_pool2d(self.conv2(x), 2)))  # (B, 32, H/4, W/4)
        x = F.relu(self.norm3(self.conv3(x)))  # (B, 64, H/4, W/4)
        x = torch.cat([x.amax(dim=(2, 3)), x.mean(dim=(2, 3))], dim=1)  # (B, 128)
        return self.classifier(x)  # (B, num_classes)


class PatchEmbedding(nn.Module):
    """Cuts images into square patches and turns each into a vector (Dosovitskiy et al. 2020, arXiv:2010.11929).

    Patches do not overlap; one linear layer with bias maps the C·P² numbers of a patch to D, and is the same for all patches.

    Shape:
        images: (B, C, S, S) -> tokens: (B, T, D) with T = (S / patch_size)², row by row
    """

    def __init__(self, patch_size: int, in_channels: int, dim: int) -> None:
        super().__init__()
        # TODO 3.7: cut images into patches, row by row, and map each to a vector with one linear layer
        raise NotImplementedError("TODO 3.7: cut images into patches, row by row, and map each to a vector with one linear layer")

    def forward(self, images: Tensor) -> Tensor:
        """One token per patch."""
        # TODO 3.7: cut images into patches, row by row, and map each to a vector with one linear layer
        raise NotImplementedError("TODO 3.7: cut images into patches, row by row, and map each to a vector with one linear layer")


class SelfAttention(nn.Module):
    """Multi-head self-attention: each token gathers from all tokens what it asks for (Vaswani et al. 2017, arXiv:1706.03762).

    `query_key_value` gives for each token D numbers of its query, then D of its key, then D of its value; in each of them the
    first D / heads numbers belong to the first head, and so on. In each head, with d = D / heads,

        mixed = softmax(query @ keyᵀ / √d) @ value        (softmax over the keys)

    and `output` maps the heads' results, side by side again, to the new tokens. The softmax stays right for scores of several
    hundred, whose exponentials are more than a float32 can hold.

    Shape:
        tokens: (B, T, D) -> (B, T, D)
    """

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query_key_value = nn.Linear(dim, 3 * dim)
        self.output = nn.Linear(dim, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens mixed by the similarity of their queries and keys."""
        B, T, D = tokens.shape
        # TODO 3.8: softmax of query times key over √d, times value, in each head
        raise NotImplementedError("TODO 3.8: softmax of query times key over √d, times value, in each head")


class TransformerBlock(nn.Module):
    """Self-attention, then a two-layer network on each token; both normalise first and add to their input.

    Shape:
        tokens: (B, T, D) -> (B, T, D)
    """

    def __init__(self, dim: int, heads: int, expansion: int = 2) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attention = SelfAttention(dim, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, expansion * dim), nn.GELU(), nn.Linear(expansion * dim, dim))

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens that know of each other."""
        tokens = tokens + self.attention(self.norm1(tokens))
        return tokens + self.mlp(self.norm2(tokens))


class MiniViT(nn.Module):
    """A Vision Transformer small enough to train on a CPU: 16 patches, 3 blocks (parameters: `workshop models`).

    Each patch's token gets the vector of its position added, since attention itself does not know where a token comes from; then
    come the blocks and a last normalisation. Averaging over the tokens takes the place of a class token: with so few patches it
    learns faster.

    Shape:
        images: (B, in_channels, image_size, image_size) float32, normalised
        logits: (B, num_classes) float32, before softmax
    """

    def __init__(
        self, num_classes: int, image_size: int = 32, in_channels: int = 1, dim: int = 96, depth: int = 3, heads: int = 4
    ) -> None:
        super().__init__()
        patch_size = image_size // 4
        self.embed = PatchEmbedding(patch_size, in_channels, dim)
        self.position = nn.Parameter(0.02 * torch.randn(1, (image_size // patch_size) ** 2, dim))
        self.blocks = nn.Sequential(*(TransformerBlock(dim, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(dim)
        self.classifier = nn.Linear(dim, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of a batch of images."""
        # TODO 3.9: tokens plus positions, through blocks and norm; the classifier reads their mean
        raise NotImplementedError("TODO 3.9: tokens plus positions, through blocks and norm; the classifier reads their mean")


def adapt_resnet(model: Any, num_classes: int, in_channels: int = 1) -> nn.Module:
    """A ResNet that has learned from colour photos, made ready for other classes and other channels; it may be changed itself.

    What it has learned stays: only the last layer, `model.fc`, is replaced by a new linear layer (with bias) with one logit per
    class. The first convolution, `model.conv1` (no bias), keeps its filters for three channels. For any other number each new
    channel gets the sum of a filter's three channels, divided by that number: a grey picture, shown in every channel, then gives
    the features that it gave as a colour picture. Everything goes on learning: no layer is frozen.

    Shape:
        images of the result: (B, in_channels, H, W); logits: (B, num_classes)
    """
    # TODO 3.5: a new last layer, and a first convolution that keeps what it has learned
    raise NotImplementedError("TODO 3.5: a new last layer, and a first convolution that keeps what it has learned")


def count_parameters(model: nn.Module) -> int:
    """How many numbers a model learns.

    Frozen parameters (`requires_grad` is False) do not count, nor do statistics that are no parameters; a parameter that two
    layers share counts once.
    """
    # TODO 3.6: the number of all numbers that are learned
    raise NotImplementedError("TODO 3.6: the number of all numbers that are learned")


def _vit_patch_size(image_size: int) -> int:
    """The largest usual patch that leaves at least 7 × 7 of them: 4 at 32, 16 at 224."""
    return next((patch for patch in (16, 8, 4) if image_size % patch == 0 and image_size // patch >= 7), 2)


def _simple_cnn(spec: ModelSpec, _: bool) -> nn.Module:
    return SimpleCNN(spec.num_classes, spec.image_size, spec.in_channels)


def _improved_cnn(spec: ModelSpec, _: bool) -> nn.Module:
    return ImprovedCNN(spec.num_classes, spec.in_channels)


def _fast_cnn(spec: ModelSpec, _: bool) -> nn.Module:
    return FastCNN(spec.num_classes, spec.in_channels)


def _vit_mini(spec: ModelSpec, _: bool) -> nn.Module:
    return MiniViT(spec.num_classes, spec.image_size, spec.in_channels)


def _resnet(spec: ModelSpec, pretrained: bool) -> nn.Module:
    import timm

    if pretrained:
        return adapt_resnet(timm.create_model(spec.name, pretrained=True), spec.num_classes, spec.in_channels)
    return timm.create_model(spec.name, num_classes=spec.num_classes, in_chans=spec.in_channels)


def _vit(spec: ModelSpec, pretrained: bool) -> nn.Module:
    import timm

    return timm.create_model(
        f"vit_{'base' if spec.name == 'vit' else spec.name.removeprefix('vit_')}_patch16_224",
        pretrained=pretrained,
        num_classes=spec.num_classes,
        in_chans=spec.in_channels,
        img_size=spec.image_size,
        patch_size=_vit_patch_size(spec.image_size),
    )


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """How a model is built, and what it asks of its images."""

    build: Callable[[ModelSpec, bool], nn.Module]
    family: str
    multiple: int = 1
    """The image size must be a multiple of this …"""
    smallest: int = 8
    """… and at least this."""
    has_pretrained: bool = False


_KINDS = {
    "simple_cnn": _Kind(build=_simple_cnn, family="simple CNN"),
    "fast_cnn": _Kind(build=_fast_cnn, family="simple CNN"),
    "improved_cnn": _Kind(build=_improved_cnn, family="improved CNN"),
    "resnet18": _Kind(build=_resnet, family="ResNet", has_pretrained=True),
    "resnet34": _Kind(build=_resnet, family="ResNet", has_pretrained=True),
    "resnet50": _Kind(build=_resnet, family="ResNet", has_pretrained=True),
    "vit_mini": _Kind(build=_vit_mini, family="Vision Transformer", multiple=4),
    "vit_tiny": _Kind(build=_vit, family="Vision Transformer", multiple=2, has_pretrained=True),
    "vit_small": _Kind(build=_vit, family="Vision Transformer", multiple=2, has_pretrained=True),
    "vit": _Kind(build=_vit, family="Vision Transformer", multiple=2, has_pretrained=True),
}

MODEL_NAMES: tuple[str, ...] = tuple(_KINDS)
"""Every name that `create_model` accepts."""


def create_model(
    name: str, num_classes: int, *, image_size: int = 32, in_channels: int = 1, pretrained: Pretrained = False
) -> nn.Module:
    """A new model for square images, with random weights unless pretrained ones are asked for and to be had.

    `pretrained=True` starts from ImageNet weights and, where they cannot be had, warns and starts from random ones;
    `pretrained="required"` fails instead. The classifier is always new.

    Raises:
        ValueError: an unknown name, a size, channel or class count that the model cannot work with, or `pretrained="required"` of
            a model of which there are no such weights.
        ConnectionError: `pretrained="required"`, and the weights cannot be had.
    """
    if name not in _KINDS:
        raise ValueError(f"unknown model {name!r}; choose one of: {', '.join(MODEL_NAMES)}")
    kind = _KINDS[name]
    if num_classes < 2:
        raise ValueError(f"num_classes must be at least 2, got {num_classes}")
    if in_channels < 1:
        raise ValueError(f"in_channels must be at least 1 (grey) and is usually 1 or 3, got {in_channels}")
    if image_size < kind.smallest or image_size % kind.multiple:
        multiple = "" if kind.multiple == 1 else f" and a multiple of {kind.multiple}"
        raise ValueError(f"image_size for {name} must be at least {kind.smallest}{multiple}, got {image_size}")
    spec = ModelSpec(name=name, num_classes=num_classes, image_size=image_size, in_channels=in_channels)
    model = _build_pretrained(kind, spec, required=pretrained == "required") if pretrained else kind.build(spec, False)
    vars(model)["spec"] = spec  # a plain attribute, neither weight nor layer, for whoever saves or checks the model
    model.register_forward_pre_hook(_check_images)
    return model


def _check_images(model: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    """Say in the model's own terms what is wrong with a batch, before a layer says it in its own."""
    spec: Any = model.spec
    (images,) = inputs
    expected = (spec.in_channels, spec.image_size, spec.image_size)
    if images.ndim != 4 or tuple(images.shape[1:]) != expected:
        raise ValueError(
            f"{spec.name} was built for images of shape (B, {', '.join(map(str, expected))}), got {tuple(images.shape)}; "
            "resize the images, or build it with create_model(…, image_size=…, in_channels=…)"
        )


def _build_pretrained(kind: _Kind, spec: ModelSpec, required: bool) -> nn.Module:
    """The model with ImageNet weights; without them a warning, or an error if they are required."""
    from handwriting_workshop.hub import hub_or_cache, why_unreachable

    if kind.has_pretrained:
        try:
            with hub_or_cache():
                return kind.build(spec, True)
        except (OSError, RuntimeError) as error:
            problem = f"the pretrained weights of {spec.name} cannot be had ({why_unreachable() or error})"
    else:
        problem = f"there are no pretrained weights for {spec.name}"
    if required and not kind.has_pretrained:
        raise ValueError(f"{problem}; use pretrained=False")
    if required:
        raise ConnectionError(f"{problem}; check the network, or use pretrained=True to train from scratch instead")
    warnings.warn(f"{problem}: training from scratch, which needs more data and epochs", stacklevel=3)
    return kind.build(spec, False)

"""Step 3: every model that `create_model` builds, and what it says about images it cannot work with."""

import pytest
import timm
import torch
from torch import nn

from handwriting_workshop.models import (
    MODEL_NAMES,
    ImprovedCNN,
    MiniViT,
    PatchEmbedding,
    ResidualBlock,
    SelfAttention,
    adapt_resnet,
    conv_block,
    count_parameters,
    create_model,
)

TRAINABLE = ("simple_cnn", "fast_cnn", "improved_cnn", "resnet18", "vit_mini")
"""Small enough to run; the others are checked by shape alone, on the meta device."""


def parameters(model: nn.Module) -> int:
    """How many numbers the model learns."""
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("simple_cnn", 475_000, 525_000),
        ("improved_cnn", 950_000, 1_100_000),
        ("resnet18", 10_450_000, 11_550_000),
        ("resnet34", 20_000_000, 22_500_000),
        ("resnet50", 22_500_000, 26_250_000),
        ("vit", 81_700_000, 90_300_000),
        ("vit_mini", 100_000, 1_000_000),
    ],
)
def test_models_have_the_size_that_the_table_says(name: str, low: int, high: int) -> None:
    """Parameters for 10 classes, as in the README's table."""
    with torch.device("meta"):
        assert low <= parameters(create_model(name, 10)) <= high


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_logits_have_one_column_per_class(name: str) -> None:
    """Two images and seven classes give logits of shape (2, 7), whatever the model."""
    with torch.device("meta"):
        model = create_model(name, 7)
        logits = model(torch.zeros(2, 1, 32, 32))
    assert logits.shape == (2, 7)


@pytest.mark.parametrize("name", MODEL_NAMES)
@pytest.mark.parametrize(("size", "channels"), [(16, 1), (28, 3), (64, 3), (224, 3)])
def test_models_accept_other_sizes_and_colour(name: str, size: int, channels: int) -> None:
    """16 to 224 pixels, grey or colour."""
    with torch.device("meta"):
        model = create_model(name, 10, image_size=size, in_channels=channels)
        assert model(torch.zeros(2, channels, size, size)).shape == (2, 10)


@pytest.mark.parametrize("name", TRAINABLE)
def test_gradients_reach_every_parameter(name: str) -> None:
    """After a step of gradient descent no parameter is without a gradient (ResNet blocks start as the identity: not before)."""
    torch.manual_seed(0)
    model, images = create_model(name, 10), torch.randn(4, 1, 32, 32)
    model(images).square().sum().backward()
    torch.optim.SGD(model.parameters(), lr=1e-3).step()
    model.zero_grad()
    model(images).square().sum().backward()
    untouched = [key for key, parameter in model.named_parameters() if parameter.grad is None or not parameter.grad.any()]
    assert untouched == []


@pytest.mark.parametrize("name", TRAINABLE)
def test_eval_mode_is_deterministic_and_independent_of_the_batch(name: str) -> None:
    """In eval mode an image gets the same logits alone and among others."""
    torch.manual_seed(0)
    model = create_model(name, 10).eval()
    images = torch.randn(3, 1, 32, 32)
    with torch.inference_mode():
        together, alone = model(images), model(images[:1])
    assert torch.allclose(together[:1], alone, atol=1e-5)


def test_pooling_before_relu_changes_nothing() -> None:
    """simple_cnn's logits are those of the usual order: convolution, ReLU, pooling."""
    torch.manual_seed(0)
    model = create_model("simple_cnn", 10).eval()
    x = images = torch.randn(2, 1, 32, 32)
    for convolution in (model.conv1, model.conv2, model.conv3):
        block = conv_block(x, convolution)
        x = nn.functional.max_pool2d(convolution(x).relu(), 2)
        assert torch.equal(block, x)
    x = model.fc2(model.fc1(x.flatten(1)).relu()).relu()
    assert torch.allclose(model(images), model.classifier(x), atol=1e-6)


def test_a_residual_block_starts_near_its_input() -> None:
    """With its last normalisation at zero, a block of equal shape is ReLU of its input."""
    block = ResidualBlock(8, 8).eval()
    nn.init.zeros_(block.norm2.weight)
    x = torch.randn(2, 8, 6, 6)
    assert torch.allclose(block(x), x.relu())


def test_the_improved_cnn_works_on_any_size_with_the_same_weights() -> None:
    """Averaging over positions makes the classifier independent of the image size."""
    model = ImprovedCNN(10).eval()
    assert model(torch.zeros(1, 1, 32, 32)).shape == model(torch.zeros(1, 1, 48, 40)).shape == (1, 10)


def test_a_pretrained_resnet_is_adapted_as_timm_does_it() -> None:
    """Grey and colour: the first convolution is timm's own, the new head fits, and the layers between are untouched."""
    from timm.models import adapt_input_conv

    for channels in (1, 3):
        model = timm.create_model("resnet18", pretrained=False)
        colour, inner = model.conv1.weight.detach().clone(), model.layer1[0].conv1.weight
        adapted = adapt_resnet(model, 10, in_channels=channels)
        assert adapted is model
        assert torch.allclose(model.conv1.weight, adapt_input_conv(channels, colour), atol=1e-6)
        assert model.layer1[0].conv1.weight is inner
        assert adapted(torch.zeros(2, channels, 32, 32)).shape == (2, 10)
        assert all(parameter.requires_grad for parameter in adapted.parameters())


@pytest.mark.parametrize(("name", "channels"), [("resnet18", 1), ("resnet50", 4)])
def test_pretrained_resnets_start_from_the_weights_that_timm_has(
    monkeypatch: pytest.MonkeyPatch, name: str, channels: int
) -> None:
    """create_model asks timm for the colour network, and adapts its head and first convolution."""
    built, original = [], timm.create_model

    def with_weights(asked: str, *, pretrained: bool) -> nn.Module:
        assert (asked, pretrained) == (name, True)
        built.append(original(asked))
        return built[0]

    monkeypatch.setattr(timm, "create_model", with_weights)
    model = create_model(name, 7, in_channels=channels, pretrained="required")
    assert model is built[0]
    assert model(torch.zeros(2, channels, 32, 32)).shape == (2, 7)


def test_frozen_parameters_are_not_counted() -> None:
    """Only what is learned; statistics of normalisation are not."""
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Linear(5, 1))
    assert count_parameters(model) == 20 + 4 + 6
    model[0].requires_grad_(False)
    assert count_parameters(model) == 4 + 6


def test_patches_are_cut_row_by_row() -> None:
    """The fourth token of a 4×4 image with 2×2 patches is its lower right corner."""
    embed = PatchEmbedding(patch_size=2, in_channels=1, dim=4)
    with torch.no_grad():
        embed.projection.weight.copy_(torch.eye(4))
        embed.projection.bias.zero_()
    tokens = embed(torch.arange(16.0).view(1, 1, 4, 4))
    assert tokens[0].tolist() == [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]


def test_self_attention_agrees_with_pytorch() -> None:
    """With the same weights, the result is that of nn.MultiheadAttention."""
    torch.manual_seed(0)
    ours, theirs = SelfAttention(12, heads=3), nn.MultiheadAttention(12, 3, batch_first=True)
    with torch.no_grad():
        ours.query_key_value.weight.copy_(theirs.in_proj_weight)
        ours.query_key_value.bias.copy_(theirs.in_proj_bias)
        ours.output.weight.copy_(theirs.out_proj.weight)
        ours.output.bias.copy_(theirs.out_proj.bias)
    tokens = torch.randn(2, 5, 12)
    assert torch.allclose(ours(tokens), theirs(tokens, tokens, tokens, need_weights=False)[0], atol=1e-6)


def test_the_mini_vit_knows_where_a_patch_is() -> None:
    """Moving a patch elsewhere changes the logits, because of the position embedding."""
    torch.manual_seed(0)
    model = MiniViT(10).eval()
    images = torch.zeros(1, 1, 32, 32)
    images[:, :, :8, :8] = 1
    assert not torch.allclose(model(images), model(images.roll(16, dims=3)), atol=1e-4)


# --- errors ---


def test_an_unknown_name_is_answered_with_the_names_there_are() -> None:
    """The error lists every model."""
    with pytest.raises(ValueError, match=r"unknown model 'resnet99'; choose one of: simple_cnn, .*vit"):
        create_model("resnet99", 10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_classes": 1}, "num_classes must be at least 2, got 1"),
        ({"num_classes": 10, "image_size": 7}, "at least 8, got 7"),
        ({"num_classes": 10, "in_channels": 0}, "in_channels must be at least 1"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(arguments: dict[str, int], message: str) -> None:
    """The value and what would do are named."""
    with pytest.raises(ValueError, match=message):
        create_model("simple_cnn", **arguments)


def test_a_transformer_says_which_sizes_its_patches_fit() -> None:
    """vit_mini cuts 4 × 4 patches, so 30 pixels do not do."""
    with pytest.raises(ValueError, match="multiple of 4, got 30"):
        create_model("vit_mini", 10, image_size=30)


@pytest.mark.parametrize("shape", [(2, 3, 32, 32), (2, 1, 28, 28), (1, 32, 32)])
@pytest.mark.parametrize("name", ["simple_cnn", "vit_mini", "resnet18"])
def test_images_of_another_shape_are_named_with_the_shape_expected(name: str, shape: tuple[int, ...]) -> None:
    """The error gives both shapes, in place of a layer's complaint."""
    with pytest.raises(ValueError, match=r"built for images of shape \(B, 1, 32, 32\), got"):
        create_model(name, 10)(torch.zeros(shape))


# --- pretrained weights, offline ---


def test_pretrained_weights_that_cannot_be_had_are_a_warning_with_its_consequence() -> None:
    """pretrained=True offline: one warning that says why and what happens instead, and a model with random weights."""
    with pytest.warns(UserWarning, match="resnet18 cannot be had .*HF_HUB_OFFLINE.*training from scratch"):
        model = create_model("resnet18", 10, pretrained=True)
    assert model(torch.zeros(2, 1, 32, 32)).shape == (2, 10)


def test_required_weights_that_cannot_be_had_are_an_error() -> None:
    """pretrained="required" offline fails and names the way out."""
    with pytest.raises(ConnectionError, match="use pretrained=True to train from scratch"):
        create_model("vit_tiny", 10, pretrained="required")


def test_models_of_our_own_have_no_pretrained_weights() -> None:
    """simple_cnn says that there are none."""
    with pytest.warns(UserWarning, match="no pretrained weights for simple_cnn"):
        create_model("simple_cnn", 10, pretrained=True)
    with pytest.raises(ValueError, match="no pretrained weights for simple_cnn; use pretrained=False"):
        create_model("simple_cnn", 10, pretrained="required")

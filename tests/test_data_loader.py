"""Step 2: splits that leak nothing, normalisation, augmentation, and batches."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from handwriting_workshop.data_loader import (
    Augmentation,
    BatchLoader,
    Normalization,
    contact_sheet,
    elastic_field,
    make_loaders,
    measure_normalization,
    part_sizes,
    sampling_positions,
    split_samples,
)
from handwriting_workshop.samples import Samples
from tests.helpers import easy_samples


def image_keys(samples: Samples) -> set[bytes]:
    """What identifies each image."""
    return {image.numpy().tobytes() for image in samples.images}


# --- split ---


def test_every_class_has_its_share_in_every_part(samples: Samples) -> None:
    """20 images a class split 70/15/15 into 14, 3 and 3, for each class."""
    splits = split_samples(samples, (0.7, 0.15, 0.15))
    assert splits.train.class_counts().tolist() == [14] * 4
    assert splits.validation.class_counts().tolist() == [3] * 4
    assert splits.test.class_counts().tolist() == [3] * 4


def test_copies_of_an_image_are_never_in_two_parts(samples: Samples) -> None:
    """With every image three times in the data, the parts still share none."""
    tripled = samples[torch.arange(len(samples)).repeat(3)]
    splits = split_samples(tripled, seed=1)
    train, validation, test = (image_keys(part) for part in (splits.train, splits.validation, splits.test))
    assert not train & validation
    assert not train & test
    assert not validation & test
    assert len(splits.train) + len(splits.validation) + len(splits.test) == len(tripled)


def test_copies_with_different_labels_stay_together_too(samples: Samples) -> None:
    """One image that was labelled twice, differently, does not leak either."""
    images = torch.cat([samples.images, samples.images])
    labels = torch.cat([samples.labels, (samples.labels + 1) % 4])
    splits = split_samples(Samples(images, labels, samples.classes))
    assert not image_keys(splits.train) & (image_keys(splits.validation) | image_keys(splits.test))


def test_a_split_is_reproducible_by_its_seed_and_differs_between_seeds(samples: Samples) -> None:
    """The same seed gives the same training images, another seed others."""
    first, again, other = (split_samples(samples, seed=seed).train for seed in (0, 0, 1))
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.images, other.images)


def test_one_image_in_a_class_cannot_be_split() -> None:
    """The error names the class, how many images it has and how many are needed."""
    samples = easy_samples(classes=2)
    lonely = samples[torch.cat([torch.where(samples.labels == 0)[0], torch.where(samples.labels == 1)[0][:1]])]
    with pytest.raises(ValueError, match="class 'b' has 1 different image"):
        split_samples(lonely)


def test_classes_without_images_of_their_own_are_passed_over(samples: Samples) -> None:
    """A class that never occurs, and one whose only images are copies of another class's."""
    images = torch.cat([samples.images, samples.images[:2]])
    labels = torch.cat([samples.labels, torch.tensor([4, 4])])
    splits = split_samples(Samples(images, labels, (*samples.classes, "copies", "absent")))
    assert len(splits.train) + len(splits.validation) + len(splits.test) == 82


def test_a_part_may_be_left_out(samples: Samples) -> None:
    """A share of 0 gives an empty part."""
    splits = split_samples(samples, (0.8, 0.2, 0.0))
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [64, 16, 0]


@pytest.mark.parametrize("fractions", [(0.5, 0.5), (0.7, 0.2, 0.2), (1.2, -0.1, -0.1)])
def test_fractions_must_be_three_shares_of_one(samples: Samples, fractions: tuple[float, ...]) -> None:
    """Other fractions are refused, with what was given."""
    with pytest.raises(ValueError, match="three shares"):
        split_samples(samples, fractions)


@given(count=st.integers(3, 500), train=st.integers(1, 98), validation=st.integers(1, 98))
def test_part_sizes_add_up_and_stay_near_their_shares(count: int, train: int, validation: int) -> None:
    """Sizes sum to the count, none is zero, and each is within 2 of its share (rounding, and one for the small parts)."""
    if train + validation >= 100:
        train, validation = train // 2 + 1, validation // 2
        validation = max(validation, 1)
    fractions = (train / 100, validation / 100, 1 - (train + validation) / 100)
    sizes = part_sizes(count, fractions)
    assert sum(sizes) == count
    assert min(sizes) >= 1
    assert all(abs(size - count * share) <= 2 for size, share in zip(sizes, fractions, strict=True))


# --- normalisation ---


def test_training_images_have_mean_0_and_standard_deviation_1(samples: Samples) -> None:
    """The normalisation of a set brings that very set to mean 0 and standard deviation 1."""
    images = measure_normalization(samples)(samples.images.float() / 255)
    assert abs(images.mean().item()) < 1e-5
    assert abs(images.std(correction=0).item() - 1) < 1e-5


def test_normalisation_never_looks_at_validation_or_test_images(samples: Samples) -> None:
    """Changing every validation and test image changes no figure of the normalisation."""
    splits = split_samples(samples)
    before = make_loaders(splits).normalization
    splits.validation.images.fill_(255)
    splits.test.images.fill_(255)
    assert make_loaders(splits).normalization == before


def test_blank_images_normalise_without_dividing_by_zero() -> None:
    """A training set of equal pixels gets the standard deviation 1, also where their share of 255 is no round number."""
    for level in (0, 51, 200):
        blank = Samples(torch.full((4, 1, 9, 9), level, dtype=torch.uint8), torch.zeros(4, dtype=torch.int64), ("a",))
        assert measure_normalization(blank) == Normalization((level / 255,), (1.0,))


def test_each_channel_is_normalised_by_its_own_figures() -> None:
    """Three channels give three means and three standard deviations."""
    pairs = torch.tensor([[0, 51], [51, 153], [0, 255]], dtype=torch.uint8)  # half of each channel's pixels, and the other half
    images = pairs.repeat_interleave(32, dim=1).view(1, 3, 8, 8).expand(4, -1, -1, -1).contiguous()
    normalization = measure_normalization(Samples(images, torch.zeros(4, dtype=torch.int64), ("a",)))
    assert normalization.mean == pytest.approx((0.1, 0.4, 0.5))
    assert normalization.std == pytest.approx((0.1, 0.2, 0.5), rel=0.01)


# --- augmentation ---

NOTHING = Augmentation(rotation=0, scale=0, shear=0, shift=0, elastic=0)


def test_no_change_asked_for_is_no_change(samples: Samples) -> None:
    """All strengths 0 give back the images (up to float rounding)."""
    images = samples.images.float()
    assert torch.allclose(NOTHING(images), images, atol=1e-3)


def test_each_image_of_a_batch_is_changed_differently() -> None:
    """Copies of one image come out different from each other."""
    images = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0)).expand(8, 1, 16, 16)
    changed = Augmentation()(images, torch.Generator().manual_seed(0)).flatten(1)
    assert all(not torch.allclose(changed[0], other) for other in changed[1:])


def test_a_rotation_is_a_rotation() -> None:
    """The linear part of a rotation's matrix has the determinant 1 and equal diagonal entries, for every image."""
    matrices = Augmentation(rotation=30, scale=0, shear=0, shift=0).random_affine(100, 32)[:, :, :2]
    assert torch.allclose(torch.linalg.det(matrices), torch.ones(100), atol=1e-6)
    assert torch.allclose(matrices[:, 0, 0], matrices[:, 1, 1])
    assert matrices[:, 0, 1].abs().max() <= torch.tensor(30.0).deg2rad().sin()


def test_sampling_positions_are_those_of_pytorch_s_own_affine_grid() -> None:
    """The sum of a column's and a row's part is what `affine_grid` computes with matrices, at even and odd sizes."""
    matrices = torch.randn(5, 2, 3, generator=torch.Generator().manual_seed(0))
    for size in (1, 7, 28):
        expected = torch.nn.functional.affine_grid(matrices, [5, 1, size, size], align_corners=False)
        torch.testing.assert_close(sampling_positions(matrices, size), expected, atol=1e-5, rtol=1e-5)


def test_shifts_reach_as_far_as_asked_and_in_both_directions() -> None:
    """With shift=3 at 32 pixels, displacements fill -3…3 pixels (2 of 2 units are 32 pixels)."""
    pixels = Augmentation(rotation=0, scale=0, shear=0, shift=3).random_affine(2000, 32)[:, :, 2] * 32 / 2
    assert pixels.abs().max() <= 3
    assert pixels.min() < -2.9
    assert pixels.max() > 2.9
    assert abs(pixels.mean()) < 0.2  # five standard errors of a uniform distribution over 4,000 values are 0.14


def test_elastic_displacements_are_smooth() -> None:
    """Neighbouring pixels move by nearly the same amount: at most a third of the field's own range."""
    field = elastic_field(16, 32, 1.0, torch.Generator().manual_seed(0)) * 16  # pixels
    steps = field.diff(dim=1).abs().amax()
    assert 0.5 < field.abs().mean() < 1.5
    assert steps < field.abs().max() / 3


def test_background_stays_background() -> None:
    """Pixels that come in from outside the picture are 0."""
    moved = Augmentation(rotation=0, scale=0, shear=0, shift=6, elastic=1.0)(torch.zeros(4, 1, 16, 16))
    assert torch.equal(moved, torch.zeros(4, 1, 16, 16))


def test_augmentation_is_reproducible_by_its_generator(samples: Samples) -> None:
    """The same generator seed gives the same pictures."""
    images = samples.images.float()
    first, again = (Augmentation(elastic=1.0)(images, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, again)


def test_pictures_that_are_not_square_are_not_turned() -> None:
    """They would be stretched in training, and not in validation."""
    with pytest.raises(ValueError, match="must be square to be turned, got 20 × 30 pixels"):
        Augmentation()(torch.zeros(2, 1, 20, 30))


# --- loading ---


def test_an_epoch_contains_every_image_once(samples: Samples) -> None:
    """Labels of all batches together are the labels of the set; the last batch is the rest."""
    loader = BatchLoader(samples, Normalization((0.0,), (1.0,)), batch_size=32, shuffle=True)
    batches = list(loader)
    assert [len(labels) for _, labels in batches] == [32, 32, 16]
    assert len(loader) == 3
    seen = {image.numpy().tobytes() for images, _ in batches for image in (images * 255).round().to(torch.uint8)}
    assert seen == image_keys(samples)


def test_training_order_differs_between_epochs_and_evaluation_order_does_not(samples: Samples) -> None:
    """The training loader shuffles anew in every epoch; validation and test come in order, always."""
    loaders = make_loaders(samples)
    orders = [torch.cat([labels for _, labels in loaders.train]).tolist() for _ in range(2)]
    assert orders[0] != orders[1]
    for loader in (loaders.validation, loaders.test):
        assert torch.cat([labels for _, labels in loader]).tolist() == loader.samples.labels.tolist()


def test_two_loaders_with_one_seed_give_the_same_batches(samples: Samples) -> None:
    """Order and augmentation depend on the seed alone."""
    first, again = (list(make_loaders(samples, seed=5).train) for _ in range(2))
    assert all(torch.equal(one[0], two[0]) and torch.equal(one[1], two[1]) for one, two in zip(first, again, strict=True))


def test_a_restored_loader_goes_on_where_it_was(samples: Samples) -> None:
    """After load_state_dict, the next epoch is the one that would have come."""
    loader, fresh = (make_loaders(samples).train for _ in range(2))
    list(loader)
    fresh.load_state_dict(loader.state_dict())
    assert all(torch.equal(one[0], two[0]) for one, two in zip(loader, fresh, strict=True))


def test_only_training_images_are_augmented(samples: Samples) -> None:
    """Two epochs of validation images are equal, two of training images are not even as sets."""
    loaders = make_loaders(samples)
    validation = [torch.cat([images for images, _ in loaders.validation]) for _ in range(2)]
    assert torch.equal(*validation)
    training = [{image.numpy().tobytes() for images, _ in loaders.train for image in images} for _ in range(2)]
    assert training[0] != training[1]


def test_no_samples_and_no_batch_size_are_refused(samples: Samples) -> None:
    """An empty set and a batch size of 0 each get a sentence."""
    with pytest.raises(ValueError, match="no samples"):
        BatchLoader(samples[:0], Normalization((0.0,), (1.0,)))
    with pytest.raises(ValueError, match="batch_size"):
        BatchLoader(samples, Normalization((0.0,), (1.0,)), batch_size=0)


def test_no_batch_of_one_is_left_over_in_training(samples: Samples) -> None:
    """33 images in batches of 16 train as 16 and 17, because batch normalisation cannot learn from one; tests keep the one."""
    for shuffle, sizes in ((True, [16, 17]), (False, [16, 16, 1])):
        loader = BatchLoader(samples[:33], Normalization((0.0,), (1.0,)), batch_size=16, shuffle=shuffle)
        assert [len(labels) for _, labels in loader] == sizes
        assert len(loader) == len(sizes)


# --- looking ---


def test_a_contact_sheet_shows_images_row_by_row() -> None:
    """Five 2×2 images in 3 columns: two rows; the fourth image begins the second row; gaps are grey."""
    images = torch.arange(1, 6, dtype=torch.uint8).view(5, 1, 1, 1).expand(5, 1, 2, 2)
    sheet = contact_sheet(images, columns=3, gap=1)
    assert sheet.shape == (5, 8)
    assert sheet[0, [0, 3, 6]].tolist() == [1, 2, 3]
    assert sheet[3, [0, 3]].tolist() == [4, 5]
    assert sheet[2].tolist() == [128] * 8

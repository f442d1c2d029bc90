"""Sheets, figures, splits, augmentation and batches, on inputs that nobody can know beforehand."""

from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest
import torch
from scipy import stats

from grading.runtime.messages import assert_same
from handwriting_workshop.samples import Samples


def integer(draw, low, high):
    """One of low … high."""
    return int(torch.randint(low, high + 1, (), generator=draw))


def number(draw, low, high):
    """A number between the two."""
    return low + (high - low) * float(torch.rand((), generator=draw))


def random_bytes(draw, *shape):
    """Pixels of any brightness; uint8."""
    return torch.randint(256, shape, generator=draw).to(torch.uint8)


def samples_of(draw, count, *, size=4, classes=10):
    """Samples of one channel with random pixels and labels: no two images are equal."""
    images = random_bytes(draw, count, 1, size, size)
    labels = torch.randint(classes, (count,), generator=draw)
    assert len({image.numpy().tobytes() for image in images}) == count
    return Samples(images, labels, tuple("0123456789"[:classes]))


def places_in(images, samples):
    """Where images stand among some samples, no two of which are equal; -1 for one that is none of them."""
    place = {image.numpy().tobytes(): at for at, image in enumerate(samples.images)}
    return [place.get(image.contiguous().numpy().tobytes(), -1) for image in images]


def as_bytes(images, mean, std, power):
    """The uint8 images that were scaled, raised to a power, and then normalised."""
    pixels = (images.double() * std + mean).clamp(min=0) ** (1 / power) * 255
    return pixels.round().clamp(0, 255).to(torch.uint8)


class Ruler:
    """Stands in for a `Normalization`, so that 2.6 can be done before 2.2."""

    def __init__(self, mean, std):
        self.mean, self.std = (mean,), (std,)

    def __call__(self, images):
        """The same arithmetic."""
        return (images - self.mean[0]) / self.std[0]


class Power:
    """Stands in for an `Augmentation`: what it gives depends on whether it sees pixels in [0, 1] or others."""

    def __init__(self, power):
        self.power = power

    def __call__(self, images, generator=None):
        """The same call."""
        del generator  # there is no luck in it
        return images**self.power


class Brighten:
    """Stands in for an `Augmentation`: each image gets brighter by up to 1."""

    def __call__(self, images, generator=None):
        """The same call."""
        return images + torch.rand(len(images), 1, 1, 1, generator=generator)


def assert_random_order(order, what):
    """Fail unless a permutation looks like luck; a right answer's does but once in millions."""
    count = len(order)
    kept = sum(at == place for at, place in enumerate(order))  # 1 on average
    steps = sum(abs(one - other) == 1 for one, other in pairwise(order))  # 2 on average
    slope = abs(np.corrcoef(order, range(count))[0, 1]) * (count - 1) ** 0.5  # in standard deviations
    found = f"{what} is no random order: {kept} of {count} are where they were, {steps} neighbours still are so"
    assert max(kept, steps) < 16, found
    assert slope < 5.5, f"{what} is no random order: its correlation with the places is {slope:.1f} deviations from 0"


# --- 2.1 contact_sheet ----------------------------------------------------------------------------------------------------


@pytest.mark.exercise("2.1")
def test_any_images_make_a_sheet(box, draw):
    """Any number of images of any size in any number of columns, with gaps or without: fewer than a row, full rows, a rest."""
    sets = []
    for turn in range(9):
        columns, gap, height, width = integer(draw, 2, 6), integer(draw, 0, 4), integer(draw, 1, 7), integer(draw, 1, 7)
        full = columns * integer(draw, 1, 4)
        count = (integer(draw, 1, columns - 1), full, full + integer(draw, 1, columns - 1))[turn % 3]
        sets.append((random_bytes(draw, count, 1, height, width), columns, gap))

    def act(data_loader):
        return [data_loader.contact_sheet(images, columns, gap) for images, columns, gap in sets]

    for sheet, (images, columns, gap) in zip(box(act), sets, strict=True):
        count, _, height, width = images.shape
        rows = (count + columns - 1) // columns
        expected = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), 128)
        for place, image in enumerate(images[:, 0].numpy()):
            top, left = place // columns * (height + gap), place % columns * (width + gap)
            expected[top : top + height, left : left + width] = image
        call = f"contact_sheet({count} images {height}×{width}, columns={columns}, gap={gap})"
        assert_same(sheet, expected, call, tolerance=0, picture=True)


# --- 2.2 Normalization, measure_normalization -----------------------------------------------------------------------------


@pytest.mark.exercise("2.2")
def test_any_training_set_is_measured(box, draw):
    """Images that differ in brightness, in any number of channels, one of which never varies."""
    sets = []
    for channels in (1, 2, 3, 4):
        count, height, width = integer(draw, 40, 80), integer(draw, 8, 12), integer(draw, 8, 12)
        share = torch.rand((count, channels, 1, 1), generator=draw)
        add = 100 * torch.rand((count, channels, 1, 1), generator=draw)
        images = (torch.rand((count, channels, height, width), generator=draw) * 155 * share + add).to(torch.uint8)
        if channels > 1:
            images[:, integer(draw, 0, channels - 1)] = integer(draw, 0, 255)
        sets.append(Samples(images, torch.zeros(count, dtype=torch.int64), ("any",)))

    def act(data_loader):
        found = [data_loader.measure_normalization(samples) for samples in sets]
        return [(list(normalization.mean), list(normalization.std)) for normalization in found]

    for got, samples in zip(box(act), sets, strict=True):
        pixels = samples.images.numpy().transpose(1, 0, 2, 3).reshape(samples.images.shape[1], -1)
        deviations = [1.0 if len(np.unique(channel)) == 1 else (channel / 255).std() for channel in pixels]
        for name, figures, expected in zip(("mean", "std"), got, (pixels.mean(axis=1) / 255, deviations), strict=True):
            what = f"measure_normalization(images {tuple(samples.images.shape)}).{name}"
            assert all(type(figure) is float for figure in figures), f"{what} must hold plain numbers, and is {figures}"
            assert_same(figures, expected, what, tolerance=1e-3)


@pytest.mark.exercise("2.2")
def test_any_images_are_normalised(box, draw):
    """Images with any number of channels, by any figures."""
    sets = []
    for channels in (1, 2, 3, 4):
        images = torch.rand((integer(draw, 1, 6), channels, integer(draw, 2, 6), channels), generator=draw)
        mean = tuple(number(draw, 0, 1) for _ in range(channels))
        sets.append((images, mean, tuple(number(draw, 0.1, 0.9) for _ in range(channels))))

    def act(data_loader):
        return [(data_loader.Normalization(mean, std)(images), images) for images, mean, std in sets]

    for (got, same), (images, mean, std) in zip(box(act), sets, strict=True):
        call = f"Normalization({len(mean)} means, {len(std)} deviations)(images {tuple(images.shape)})"
        channels = [(images[:, at].double().numpy() - mean[at]) / std[at] for at in range(len(mean))]
        assert_same(got, np.stack(channels, axis=1), call, tolerance=1e-4)
        assert_same(same, images, f"the images after {call}", tolerance=0)


# --- 2.3 split_samples ----------------------------------------------------------------------------------------------------


@pytest.mark.exercise("2.3")
def test_any_samples_are_split_by_class(box, draw, reference):
    """Classes of any size, rare ones too, many images more than once: shares are kept, nothing is lost, copies stay together."""
    sets = []
    for _ in range(4):
        classes = integer(draw, 2, 6)
        different = samples_of(draw, 400, classes=classes)
        counts = [integer(draw, 3, 5), *(integer(draw, 20, 60) for _ in range(classes - 1))]
        chosen = [at for label, count in enumerate(counts) for at in (different.labels == label).nonzero()[:count, 0].tolist()]
        copies = [at for at in chosen for _ in range(integer(draw, 1, 3))]
        order = torch.randperm(len(copies), generator=draw).tolist()
        train, validation = number(draw, 0.4, 0.7), number(draw, 0.1, 0.25)
        shares = (train, validation, 1 - train - validation)
        sets.append((different[[copies[at] for at in order]], shares, integer(draw, 0, 10**6)))

    def act(data_loader):
        splits = [data_loader.split_samples(samples, shares, seed=seed) for samples, shares, seed in sets]
        return [[(part.images, part.labels) for part in (split.train, split.validation, split.test)] for split in splits]

    for parts, (samples, shares, _) in zip(box(act), sets, strict=True):
        call = f"split_samples({len(samples)} samples, ({', '.join(f'{share:.3f}' for share in shares)}))"
        label_of = {image.numpy().tobytes(): label for image, label in zip(samples.images, samples.labels.tolist(), strict=True)}
        number_of = Counter(image.numpy().tobytes() for image in samples.images)
        found = [Counter(image.contiguous().numpy().tobytes() for image in images) for images, _ in parts]
        assert sum(found, Counter()) == number_of, (
            f"{call}: {len(samples)} samples went in, {sum(map(Counter.total, found))} came out, or they are others"
        )
        apart = sum(sum(key in part for part in found) != 1 for key in number_of)
        assert not apart, f"{call}: copies of {apart} images are in more than one part"
        for images, labels in parts:
            own = [label_of[image.contiguous().numpy().tobytes()] for image in images]
            assert labels.tolist() == own, f"{call}: labels do not belong to their images"
        groups = Counter(label_of.values())
        for label, count in sorted(groups.items()):
            got = [sum(label_of[key] == label for key in part) for part in found]
            expected = reference.data_loader.part_sizes(count, shares)
            assert got == expected, f"{call}: {count} different images of class {label} are spread as {got}; expected {expected}"


@pytest.mark.exercise("2.3")
def test_luck_alone_deals_the_images(box, draw):
    """Which images come into a part is luck that depends on the seed alone."""
    count, share = integer(draw, 350, 500), number(draw, 0.2, 0.3)
    samples = samples_of(draw, count, classes=1)
    seed, other_seed = torch.randint(10**6, (2,), generator=draw).tolist()
    shares = (1 - 2 * share, share, share)

    def act(data_loader):
        found = []
        for each in (seed, seed, other_seed):
            found.append(data_loader.split_samples(samples, shares, seed=each).test.images)
            torch.rand(5)  # somebody else draws random numbers
        return found

    first, again, other = (sorted(places_in(images, samples)) for images in box(act))
    call = f"split_samples({count} samples, test part of {share:.0%})"
    assert first == again, f"{call}: two splits with one seed differ"
    chosen = len(first)
    for places in (first, other):
        assert abs(len(places) - count * share) < 2, f"{call}: the test part has {len(places)} samples"
        assert -1 not in places, f"{call}: some images are none of the samples"
        deviation = ((count + 1) * (count - chosen) / 12 / chosen) ** 0.5
        away = abs(np.mean(places) - (count - 1) / 2) / deviation
        gaps = len(set(np.diff(places).tolist()))
        seen = f"{call}: places {places[:6]} … {places[-3:]} are an order, not a random choice"
        assert away < 5.5, seen
        assert gaps > 4, seen
    both = len({*first} & {*other})
    expected = chosen**2 / count
    deviation = (expected * (1 - chosen / count) ** 2 * count / (count - 1)) ** 0.5
    assert abs(both - expected) < 5.5 * deviation, (
        f"{call}: with two seeds, {both} of {chosen} test images are the same; expected {expected:.0f} ± {deviation:.0f}"
    )


# --- 2.4 Augmentation.random_affine ---------------------------------------------------------------------------------------


def decompositions(matrices):
    """Angles in degrees, shears and both scales of 2×2 matrices, for each order in which the three may be multiplied."""
    (a, b), (c, d) = matrices.transpose(1, 2, 0)
    det = a * d - b * c
    angle, u = np.arctan2(c, a), np.hypot(a, c)
    yield "rotation, shear, scaling", angle, (np.cos(angle) * b + np.sin(angle) * d) * u / det, u, det / u
    yield "rotation, scaling, shear", angle, (np.cos(angle) * b + np.sin(angle) * d) / u, u, det / u
    angle, v = np.arctan2(c, d), np.hypot(c, d)
    yield "shear, scaling, rotation", angle, (np.sin(angle) * a + np.cos(angle) * b) / v, det / v, v
    yield "scaling, shear, rotation", angle, (np.sin(angle) * a + np.cos(angle) * b) * v / det, det / v, v
    angle = np.arcsin(np.clip(2 * a * c / det, -1, 1)) / 2
    u = a / np.cos(angle)
    yield "scaling, rotation, shear", angle, (b / u + np.sin(angle)) / np.cos(angle), u, det / u
    angle = np.arcsin(np.clip(2 * c * d / det, -1, 1)) / 2
    v = d / np.cos(angle)
    yield "shear, rotation, scaling", angle, (b + v * np.sin(angle)) / v / np.cos(angle), det / v, v


def faults(figures, limits):
    """What shows that random numbers do not fill their ranges evenly, or that one tells of another; nothing for right ones."""
    for (name, values), (low, high) in zip(figures.items(), limits, strict=True):
        slack, seen = 2e-4 * max(abs(low), abs(high)), f"{name} from {values.min():.4g} to {values.max():.4g}"
        if not low - slack <= values.min() <= values.max() <= high + slack:
            yield f"{seen}, expected from {low:.4g} to {high:.4g}"
        elif stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue < 1e-6:
            yield f"{seen}, mean {values.mean():.4g}: not evenly from {low:.4g} to {high:.4g}"
    columns = np.stack([*figures.values()])
    if columns.std(axis=1).min() < 1e-9:
        yield f"{[*figures][columns.std(axis=1).argmin()]} is the same for all images"
        return
    correlation = np.abs(np.corrcoef(columns) - np.eye(len(columns)))
    one, other = np.unravel_index(correlation.argmax(), correlation.shape)
    if correlation.max() > 5.5 / columns.shape[1] ** 0.5:
        yield f"{[*figures][one]} and {[*figures][other]} go together: correlation {correlation.max():.2f}"
    # One number can follow from another without a correlation (its magnitude can): pairs must fill their square evenly, too.
    cells = [
        ((values - low) / (high - low) * 8).astype(int).clip(0, 7)
        for values, (low, high) in zip(figures.values(), limits, strict=True)
    ]
    for (one, first), (other, second) in combinations(zip(figures, cells, strict=True), 2):
        if stats.chisquare(np.bincount(8 * first + second, minlength=64)).pvalue < 1e-9:
            yield f"{one} tells of {other}"


@pytest.mark.exercise("2.4")
def test_matrices_of_any_strengths_are_made_of_six_numbers(box, draw):
    """With any strengths, all at once: each matrix is a rotation, a shear, a scaling and a shift, evenly within their ranges."""
    rotation, scale, shear, shift = (number(draw, *ends) for ends in ((8, 35), (0.05, 0.3), (0.1, 0.5), (0.5, 4)))
    count, size, seed = integer(draw, 3000, 4000), integer(draw, 8, 64), integer(draw, 0, 2**40)
    strengths = {"rotation": rotation, "scale": scale, "shear": shear, "shift": shift}

    def act(data_loader):
        return data_loader.Augmentation(**strengths).random_affine(count, size, torch.Generator().manual_seed(seed))

    matrices = box(act)
    call = f"Augmentation({', '.join(f'{key}={value:.3f}' for key, value in strengths.items())}).random_affine({count}, {size})"
    assert tuple(matrices.shape) == (count, 2, 3), f"{call} has the shape {tuple(matrices.shape)}"
    matrices = matrices.double().numpy()
    assert np.isfinite(matrices).all(), f"{call} has numbers that are none"
    assert len(np.unique(matrices.round(9), axis=0)) > 0.99 * count, f"{call}: many matrices are alike"
    assert np.linalg.det(matrices[:, :, :2]).min() > 0.1, f"{call}: some matrices turn images over, or make nothing of them"
    pixels = 2 * shift / size
    ends = ((-rotation, rotation), (-shear, shear), *[(1 - scale, 1 + scale)] * 2, *[(-pixels, pixels)] * 2)
    found = {}
    for order, angle, lean, wide, high in decompositions(matrices[:, :, :2]):
        figures = {"angle": np.degrees(angle), "shear": lean, "width": wide, "height": high}
        found[order] = [*faults({**figures, "shift in x": matrices[:, 0, 2], "shift in y": matrices[:, 1, 2]}, ends)]
    assert not all(found.values()), f"{call}\n" + "\n".join(f"  as {order}: {'; '.join(why)}" for order, why in found.items())


@pytest.mark.exercise("2.4")
def test_each_strength_alone_changes_nothing_else(box, draw):
    """One strength at a time, the others 0: rotations, scalings, shears and shifts, by the generator's luck alone."""
    names, size, count = ("rotation", "scale", "shear", "shift"), integer(draw, 8, 64), integer(draw, 20, 60)
    strengths = [number(draw, *ends) for ends in ((8, 40), (0.05, 0.3), (0.1, 0.5), (0.5, 4))]
    seed = integer(draw, 0, 2**40)

    def act(data_loader):
        found = []
        for name, strength in zip(names, strengths, strict=True):
            augmentation = data_loader.Augmentation(**{**dict.fromkeys(names, 0.0), name: strength})
            one, same, used, put_back = (torch.Generator().manual_seed(seed) for _ in range(4))
            torch.rand(3, generator=used)  # its seed is the same, and its state is not
            put_back.manual_seed(seed + 1)
            put_back.set_state(one.get_state())
            generators = (one, same, put_back, same, used)
            found.append([augmentation.random_affine(count, size, generator) for generator in generators])
        return found

    for name, strength, (matrices, again, restored, later, other) in zip(names, strengths, box(act), strict=True):
        call = f"Augmentation({name}={strength:.3f}, the others 0).random_affine({count}, {size}, generator)"
        assert_same(again, matrices, f"{call} with a second generator of the same seed")
        assert_same(restored, matrices, f"{call} with a generator of the same state")
        for what, moved in (("a second call", later), ("a generator from which was drawn before", other)):
            assert (matrices - moved).abs().amax(dim=(1, 2)).max() > 1e-6, f"{call}: {what} gave the same matrices"
        expected = torch.eye(2, 3, dtype=torch.float64).repeat(count, 1, 1)
        if name == "rotation":
            angle = torch.atan2(matrices[:, 1, 0], matrices[:, 0, 0]).double()
            assert angle.abs().max().rad2deg() <= strength * 1.001, f"{call} turns by {angle.abs().max().rad2deg():.3g} degrees"
            expected[:, 0, 0] = expected[:, 1, 1] = angle.cos()
            expected[:, 1, 0], expected[:, 0, 1] = angle.sin(), -angle.sin()
        elif name == "scale":
            expected[:, 0, 0], expected[:, 1, 1] = matrices[:, 0, 0], matrices[:, 1, 1]
        elif name == "shear":
            expected[:, 0, 1] = matrices[:, 0, 1]
        else:
            expected[:, :, 2] = matrices[:, :, 2]
        assert_same(matrices, expected, call, tolerance=1e-4)


# --- 2.5 sampling_positions -----------------------------------------------------------------------------------------------


@pytest.mark.exercise("2.5")
def test_any_matrices_are_applied_to_all_centres(box, draw):
    """Any number of matrices, at even and odd sizes."""
    sets = [(6 * torch.rand((integer(draw, 2, 6), 2, 3), generator=draw) - 3, integer(draw, 2, 24)) for _ in range(4)]

    def act(data_loader):
        return [(data_loader.sampling_positions(matrices, size), matrices) for matrices, size in sets]

    for (got, same), (matrices, size) in zip(box(act), sets, strict=True):
        centres = (np.arange(size) + 0.5) * 2 / size - 1
        x, y = np.meshgrid(centres, centres)
        expected = np.einsum("bik,hwk->bhwi", matrices.double().numpy(), np.stack([x, y, np.ones_like(x)], axis=-1))
        call = f"sampling_positions(matrices {tuple(matrices.shape)}, {size})"
        assert_same(got, expected, call, tolerance=1e-4)
        assert_same(same, matrices, f"the matrices after {call}", tolerance=0)


# --- 2.6 BatchLoader.__iter__ ---------------------------------------------------------------------------------------------


@pytest.mark.exercise("2.6")
def test_any_samples_come_once_in_their_batches(box, draw):
    """Any samples, batch size and figures, shuffled or not, augmented or not: each comes once, with its label, normalised."""
    sets = []
    for turn in range(12):
        batch_size = integer(draw, 3, 9)
        full, rest = batch_size * integer(draw, 1, 4), (0, 1, integer(draw, 2, batch_size - 1))[turn % 3]
        settings = {"batch_size": batch_size, "shuffle": turn % 2 == 0, "seed": integer(draw, 0, 10**6)}
        figures, power = (number(draw, 0.1, 0.9), number(draw, 0.1, 0.9)), number(draw, 1.3, 2.0) if turn % 4 < 2 else 1
        # From 40 on: a root makes small rounding of dark pixels large.
        samples = samples_of(draw, full + rest)
        samples = Samples(samples.images.clamp(min=40), samples.labels, samples.classes)
        sets.append((samples, figures, power, settings))

    def act(data_loader):
        found = []
        for samples, figures, power, settings in sets:
            augmentation = None if power == 1 else Power(power)
            loader = data_loader.BatchLoader(samples, Ruler(*figures), augmentation=augmentation, **settings)
            batches = [(images, labels) for images, labels in loader]
            found.append((batches, loader.samples.images, loader.samples.labels))
        return found

    for (batches, images, labels), (samples, (mean, std), power, settings) in zip(box(act), sets, strict=True):
        count, batch_size, shuffle = len(samples), settings["batch_size"], settings["shuffle"]
        call = f"{count} samples, batch_size={batch_size}, shuffle={shuffle}{', augmented' if power != 1 else ''}"
        sizes = [min(batch_size, count - start) for start in range(0, count, batch_size)]
        if shuffle and len(sizes) > 1 and sizes[-1] == 1:
            sizes[-2:] = [batch_size + 1]
        got = [(len(pixels), len(names)) for pixels, names in batches]
        assert got == [(size, size) for size in sizes], f"{call}: (images, labels) in batches of {got}; expected {sizes}"
        pixels, names = (torch.cat(column) for column in zip(*batches, strict=True))
        order = places_in(as_bytes(pixels, mean, std, power), samples)
        assert sorted(order) == [*range(count)], f"{call}: {len({*order} - {-1})} of {count} images were found, as {order}"
        expected = ((samples.images[order].double() / 255) ** power - mean) / std
        assert_same(pixels, expected, f"{call}: the images", tolerance=1e-4)
        assert names.dtype == torch.int64, f"{call}: the labels are {names.dtype}"
        assert_same(names, samples.labels[order], f"{call}: the labels of the images")
        assert shuffle or order == sorted(order), f"{call}: images must come in their order, and came as {order}"
        assert_same(images, samples.images, f"{call}: the loader's images after an epoch")
        assert_same(labels, samples.labels, f"{call}: the loader's labels after an epoch")


@pytest.mark.exercise("2.6")
def test_every_epoch_is_new_luck_from_the_seed(box, draw):
    """Epochs are shuffled and augmented by the loader's own generator, each anew, and can be repeated from a saved state."""
    count, batch_size = integer(draw, 80, 140), integer(draw, 10, 40)
    samples = samples_of(draw, count)
    seed, other_seed = torch.randint(10**6, (2,), generator=draw).tolist()

    def act(data_loader):
        def loader(number, augmentation=None):
            return data_loader.BatchLoader(
                samples, Ruler(0.0, 1.0), batch_size=batch_size, shuffle=True, augmentation=augmentation, seed=number
            )

        def epoch(loader):
            torch.rand(5)  # somebody else draws random numbers
            return torch.cat([images for images, _ in loader])

        plain, other = loader(seed), loader(other_seed)
        orders = [epoch(plain), epoch(plain), epoch(other), epoch(loader(seed))]
        one, same, late = loader(seed, Brighten()), loader(seed, Brighten()), loader(other_seed, Brighten())
        brightened = [epoch(one), epoch(same)]
        late.load_state_dict(one.state_dict())
        in_order = data_loader.BatchLoader(samples, Ruler(0.0, 1.0), batch_size=batch_size, augmentation=Brighten(), seed=seed)
        return [orders, [*brightened, epoch(one), epoch(late)], [epoch(in_order) for _ in range(2)]]

    orders, (one, same, following, restored), in_order = box(act)
    first, second, other, again = (places_in((images * 255).round().to(torch.uint8), samples) for images in orders)
    call = f"{count} samples, batch_size={batch_size}, shuffle=True"
    for name, order in (("the first epoch", first), ("the second epoch", second), ("an epoch of another seed", other)):
        assert sorted(order) == [*range(count)], f"{call}: {name} has not every image once"
        assert_random_order(order, f"{call}: {name}")
    for name, order in (("the second epoch", second), ("an epoch of another seed", other)):
        place = {at: number for number, at in enumerate(first)}
        assert_random_order([place[at] for at in order], f"{call}: {name}, seen from the first epoch,")
    assert again == first, f"{call}: two loaders with one seed have different orders"
    assert_same(same, one, f"{call}: the augmented images of a second loader with the same seed")
    assert_same(restored, following, f"{call}: the augmented epoch after a saved state")
    assert (following - one).abs().max() > 1e-3, f"{call}: a second epoch is augmented as the first"
    change = (in_order[1] - in_order[0]).flatten(1).mean(dim=1)
    assert len(change.round(decimals=4).unique()) > count // 2, (
        f"{count} samples, batch_size={batch_size}, shuffle=False: images are augmented in a second epoch as in the first"
    )


# --- 2.7 make_loaders -----------------------------------------------------------------------------------------------------


def three_parts(draw, channels=1):
    """Parts of random size and brightness, training images of one channel darker than the others'."""
    parts = []
    for low, high, share, add in ((130, 200, 0.5, 0), (20, 50, 0.4, 90), (20, 50, 0.3, 170)):
        count = integer(draw, low, high)
        images = random_bytes(draw, count, channels, 5, 5).float() * share * torch.linspace(0.6, 1, channels + 1)[1:, None, None]
        labels = torch.randint(10, (count,), generator=draw)
        parts.append(Samples((images + add + integer(draw, 0, 8)).to(torch.uint8), labels, tuple("0123456789")))
    return parts


def figures_of(train):
    """The means and standard deviations of a training part's channels."""
    pixels = train.images.double().numpy() / 255
    return pixels.mean(axis=(0, 2, 3)), pixels.std(axis=(0, 2, 3))


@pytest.mark.exercise("2.7")
def test_any_parts_are_seen_through_the_figures_of_training(box, draw):
    """Validation and test parts of any size: in their order, unchanged each time, normalised by the training part's figures."""
    parts, coloured = three_parts(draw), three_parts(draw, channels=integer(draw, 2, 3))
    options = {"batch_size": integer(draw, 8, 40), "seed": integer(draw, 0, 10**6), "source": f"folder {integer(draw, 0, 10**9)}"}

    def act(data_loader):
        loaders = data_loader.make_loaders(data_loader.Splits(*parts), augmentation=Brighten(), **options)
        of_colours = data_loader.make_loaders(data_loader.Splits(*coloured)).normalization
        return [
            [list(each.mean) + list(each.std) for each in (loaders.normalization, of_colours)],
            [[list(loader) for _ in range(2)] for loader in (loaders.validation, loaders.test)],
            loaders.train.source,
        ]

    figures, epochs, source = box(act)
    for got, (train, *_) in zip(figures, (parts, coloured), strict=True):
        call = f"the figures of make_loaders(a training part of {tuple(train.images.shape)}, …)"
        assert_same(got, np.concatenate(figures_of(train)), call, tolerance=2e-3)
    mean, std = figures_of(parts[0])
    for name, part, both in zip(("validation", "test"), parts[1:], epochs, strict=True):
        for batches in both:
            images, labels = (torch.cat(column) for column in zip(*batches, strict=True))
            assert_same(labels, part.labels, f"the labels of loaders.{name}")
            expected = (part.images.double().numpy() / 255 - mean) / std
            assert_same(images, expected, f"the images of loaders.{name}", tolerance=5e-3)
    assert source == options["source"], f"loaders.train.source is {source!r}; expected {options['source']!r}"


@pytest.mark.exercise("2.7")
def test_the_split_comes_before_the_measuring(box, draw):
    """Samples instead of splits: the figures are those of the training part that the split gives, whatever the others hold."""
    parts = three_parts(draw)
    samples = Samples(torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts]), tuple("0123456789"))

    def act(data_loader):
        split_samples = data_loader.split_samples
        data_loader.split_samples = lambda *_, **__: data_loader.Splits(*parts)  # 2.7 alone is asked here
        try:
            loaders = data_loader.make_loaders(samples)
        finally:
            data_loader.split_samples = split_samples
        return [list(each.mean) + list(each.std) for each in (loaders.normalization, loaders.test.normalization)]

    call = f"the figures of make_loaders({len(samples)} samples), whose training part has {len(parts[0])}"
    figures = box(act)
    assert len(figures) == 2, f"{len(figures)} results"
    for got in figures:
        assert_same(got, np.concatenate(figures_of(parts[0])), call, tolerance=2e-3)


@pytest.mark.exercise("2.7")
def test_any_training_part_is_shuffled_and_augmented(box, draw):
    """Training batches have the size that was asked for, and are shuffled and augmented by the seed, each epoch anew."""
    parts = [samples_of(draw, count, size=5) for count in (integer(draw, 90, 150), 20, 20)]
    batch_size, (seed, other_seed) = integer(draw, 10, 30), torch.randint(1, 10**6, (2,), generator=draw).tolist()

    def act(data_loader):
        splits = data_loader.Splits(*parts)

        def training(number, augmentation):
            return data_loader.make_loaders(splits, batch_size=batch_size, augmentation=augmentation, seed=number).train

        plain = training(seed, None)
        orders = [list(loader) for loader in (plain, plain, training(other_seed, None), training(seed, None))]
        bright = training(seed, Brighten())
        return orders, [torch.cat([images for images, _ in bright]) for _ in range(2)]

    orders, (bright, brighter) = box(act)
    train, count = parts[0], len(parts[0])
    (mean,), (std,) = figures_of(train)
    call = f"the training loader of {count} samples, batch_size={batch_size}"
    places = []
    for batches in orders:
        sizes = [batch_size] * (count // batch_size) + [count % batch_size] * (count % batch_size > 0)
        if sizes[-1] == 1:
            sizes[-2:] = [batch_size + 1]
        assert [len(labels) for _, labels in batches] == sizes, f"{call} has batches of {[len(labels) for _, labels in batches]}"
        images, labels = (torch.cat(column) for column in zip(*batches, strict=True))
        near = torch.cdist(images.double().flatten(1), (train.images.double().flatten(1) / 255 - mean) / std)
        places.append(near.argmin(dim=1).tolist())
        assert sorted(places[-1]) == [*range(count)], f"{call} has not every image once"
        assert near.min(dim=1).values.max() < 0.1, f"{call} has images that are none of its own"
        assert_same(labels, train.labels[places[-1]], f"{call}: the labels of the images")
        assert_random_order(places[-1], f"{call}: an epoch")
    first, second, other, again = places
    assert first == again, f"{call}: two loaders with one seed have different orders"
    assert first not in (second, other), f"{call}: a second epoch, or another seed, has the order of the first epoch"
    scaled = (train.images.double().flatten(1) / 255 - mean) / std
    added = []
    for images in (bright, brighter):
        more = images.double().flatten(1)[:, None] - scaled  # (N, N, pixels): the same for all pixels where it is the image
        spread = more.std(dim=2)
        own = spread.argmin(dim=1)
        assert spread.amin(dim=1).max() < 0.1, f"{call}, brightened: images that are none of its own"
        assert sorted(own.tolist()) == [*range(count)], f"{call}, brightened, has not every image once"
        amount = torch.empty(count, dtype=torch.float64)
        amount[own] = more.mean(dim=2).gather(1, own[:, None])[:, 0] * std
        added.append(amount.numpy())
    for amount in added:
        assert_same([amount.min(), amount.max()], [0.1, 0.9], f"{call}: the least and the most that was added", tolerance=0.11)
    together = abs(np.corrcoef(*added)[0, 1])
    assert together < 5.5 / count**0.5, f"{call}: two epochs are augmented alike (correlation {together:.2f})"

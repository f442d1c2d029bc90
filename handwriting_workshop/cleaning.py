"""Step 6: what is wrong with collected samples: copies, and labels that are probably not right.

Both are found by looking at images beside each other, and both are proposals: a person decides.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from handwriting_workshop.images import to_picture
from handwriting_workshop.samples import Samples

# --- Copies ---------------------------------------------------------------------------------------------------------------

HASH_SIZE = 16
"""Waves per side whose signs make up the perceptual hash: 256 bits."""

MAX_DIFFERENT_BITS = 32
"""Images whose hashes differ in more bits are not compared any further."""

MAX_DIFFERENCE = 0.008
"""The share of an image's squared pixels that no 3×3 filter of its copy explains, at most."""


@dataclass(frozen=True, kw_only=True)
class DuplicateGroup:
    """Images that are copies of each other, or nearly."""

    positions: tuple[int, ...]
    """In the samples, ascending; the first one is the original as far as anybody knows."""
    classes: tuple[str, ...]
    """The classes that they are labelled with: one, or more where the labels contradict each other."""


def find_near_duplicates(samples: Samples) -> list[DuplicateGroup]:
    """Groups of images that differ only in encoding, brightness, a little blur or noise, or where the ink stands in the frame.

    Two steps: a perceptual hash (pHash, Zauner 2010; from ImageHash) proposes pairs, because a copy's hash differs in few bits;
    then the pictures themselves decide, because two plain strokes by different hands can have nearly the same hash. Both look
    at ink of one brightness with its centre of mass in the middle. Colour does not count. A copy of a copy is in the same
    group. Groups stand in the order of their first images.
    """
    from handwriting_workshop.data_loader import identical_groups

    if len(samples) == 0:
        return []
    identical = identical_groups(samples.images)
    different = torch.tensor([group[0] for group in identical], dtype=torch.int64)  # one image of each kind: no needless pairs
    aligned = torch.cat([_aligned(images) for images in samples.images[different].split(1000)])  # (different, H, W)
    pairs = _similar_hashes(_hashes(aligned))
    copies = [_are_copies(aligned[one], aligned[other]) for one, other in (some.T for some in pairs.split(1000))]
    near = different[pairs[torch.cat(copies)]]
    equal = torch.tensor([(group[0], position) for group in identical for position in group[1:]]).long().view(-1, 2)
    links = torch.cat([near, equal])  # (links, 2): positions of copies
    group_of = linked_groups(links, len(samples)).tolist()
    members: dict[int, list[int]] = {}
    for position in links.unique().tolist():
        members.setdefault(group_of[position], []).append(position)
    labels = samples.labels.tolist()
    return [
        DuplicateGroup(
            positions=tuple(positions),
            classes=tuple(samples.classes[label] for label in sorted({labels[position] for position in positions})),
        )
        for positions in members.values()
    ]


def remove_near_duplicates(samples: Samples) -> Samples:
    """The samples without near-duplicates: of each group, the first image of each class that it was given.

    A group of one class keeps one image. Of a group whose labels contradict each other, one image per label is left, because
    only a person can tell which one is right.
    """
    keep = torch.ones(len(samples), dtype=torch.bool)
    labels = samples.labels.tolist()
    for group in find_near_duplicates(samples):
        seen = set()
        for position in group.positions:
            keep[position] = labels[position] not in seen
            seen.add(labels[position])
    return samples[keep]


def _aligned(images: Tensor) -> Tensor:
    """(N, C, H, W) uint8 -> (N, H, W) float in [0, 1]: grey, brightest ink 1, without haze, centre of mass in the middle."""
    ink = images.float().mean(dim=1)
    ink = (ink / ink.amax(dim=(1, 2), keepdim=True).clamp(min=1) - 0.1).clamp(min=0)  # what is fainter is noise
    count, height, width = ink.shape
    across, down = ((2 * torch.arange(side) + 1) / side - 1 for side in (width, height))  # pixel centres, in [-1, 1]
    mass = ink.sum(dim=(1, 2)).clamp(min=1e-6)
    centre = torch.stack([(ink.sum(dim=1) * across).sum(dim=1) / mass, (ink.sum(dim=2) * down).sum(dim=1) / mass], dim=1)
    shift = torch.cat([torch.eye(2).expand(count, 2, 2), centre[:, :, None]], dim=2)  # (N, 2, 3)
    grid = F.affine_grid(shift, [count, 1, height, width], align_corners=False)
    return F.grid_sample(ink[:, None], grid, align_corners=False)[:, 0]


def _hashes(aligned: Tensor) -> Tensor:
    """(N, H, W) in [0, 1] -> (N, 256) float: the bits of each image's perceptual hash, as -1 and 1."""
    from imagehash import phash

    pictures = (aligned * 255).to(torch.uint8)
    bits = [torch.from_numpy(phash(to_picture(picture[None]), HASH_SIZE).hash.flatten()) for picture in pictures]
    return torch.stack(bits).float() * 2 - 1


def _similar_hashes(hashes: Tensor) -> Tensor:
    """(pairs, 2): positions of images whose hashes nearly agree, each pair once; 512 rows of the N × N table at a time."""
    found = []
    for start in range(0, len(hashes), 512):
        agreement = hashes[start : start + 512] @ hashes.T  # equal bits minus different bits
        pairs = (agreement >= hashes.shape[1] - 2 * MAX_DIFFERENT_BITS).nonzero() + torch.tensor([start, 0])
        found.append(pairs[pairs[:, 0] < pairs[:, 1]])
    return torch.cat(found)


def _are_copies(one: Tensor, other: Tensor) -> Tensor:
    """(B,) bool: whether one image of each pair is made from the other, whichever it is."""
    return torch.minimum(_difference(one, other), _difference(other, one)) <= MAX_DIFFERENCE


def _difference(one: Tensor, other: Tensor) -> Tensor:
    """How much of each image no 3×3 filter makes out of its supposed copy, as a share of its squared pixels.

    Such a filter shifts by up to a pixel, blurs and brightens. So what is left between an image and its copy is noise; between
    the strokes of two hands, it is the shape. The filter is fitted by least squares.

    Shape:
        one, other: (B, H, W) float -> (B,) float, 0 for a perfect copy
    """
    neighbours = F.unfold(one[:, None], 3, padding=1)  # (B, 9, H·W): each pixel's surroundings
    wanted = other.flatten(1)[:, :, None]  # (B, H·W, 1)
    products = neighbours @ neighbours.transpose(1, 2)  # (B, 9, 9)
    ridge = 1e-3 * products.diagonal(dim1=1, dim2=2).mean(dim=1).clamp(min=1e-6)  # flat images have no unique filter
    weights = torch.linalg.solve(products + ridge[:, None, None] * torch.eye(9), neighbours @ wanted)  # (B, 9, 1)
    left = wanted - neighbours.transpose(1, 2) @ weights
    return left.square().sum(dim=(1, 2)) / wanted.square().sum(dim=(1, 2)).clamp(min=1e-6)


def linked_groups(links: Tensor, count: int) -> Tensor:
    """(links, 2) pairs of things numbered 0 … count - 1 -> (count,) int64: a number per group of linked things."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    table = coo_array((torch.ones(len(links)).numpy(), tuple(links.T.numpy())), shape=(count, count))
    _, groups = connected_components(table, directed=False)
    return torch.from_numpy(groups).long()


# --- Doubtful labels ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SuspiciousLabel:
    """An image whose label is probably wrong. The probabilities are for sorting: a quick model is often wrongly sure."""

    position: int
    given: str
    likely: str
    """The class that the model takes it for."""
    given_probability: float
    likely_probability: float


def find_suspicious_labels(samples: Samples, probabilities: Tensor | None = None, seed: int = 0) -> list[SuspiciousLabel]:
    """Images whose label is probably wrong, the most doubtful first (confident learning, Northcutt et al. 2021; cleanlab).

    Each image is judged by a model that was trained without it: one that saw a wrong label in training may have learned it by
    heart. Confident learning estimates how many labels are wrong, among classes that have images; so many of those that the model
    doubts most are named. Look
    before you change anything: an unusual 7 is as suspicious as a wrong label.

    Shape:
        probabilities: (N, K), of a model of your own that was not trained on these images; by default those of
            `cross_validated_probabilities`

    Raises:
        ValueError: images of fewer than two classes, a class with fewer than three, or probabilities that do not fit.
    """
    from cleanlab.count import num_label_issues

    if probabilities is None:
        probabilities = cross_validated_probabilities(samples, seed)
    elif probabilities.shape != (len(samples), len(samples.classes)):
        raise ValueError(
            f"{len(samples)} images of {len(samples.classes)} classes need probabilities of shape "
            f"({len(samples)}, {len(samples.classes)}), got {tuple(probabilities.shape)}"
        )
    elif not torch.allclose(probabilities.double().sum(dim=1), torch.ones(len(samples)).double(), atol=1e-3):
        raise ValueError("each row of probabilities must sum to 1; give softmax outputs, not logits")
    there = _classes_with_images(samples)  # cleanlab knows no others
    labels = torch.searchsorted(there, samples.labels)
    wrong = num_label_issues(labels.numpy(), probabilities[:, there].double().numpy())  # how many there are, at a guess
    likely_probability, likely = probabilities.max(dim=1)
    given_probability = probabilities.gather(1, samples.labels[:, None])[:, 0]
    doubtful = (likely != samples.labels).nonzero()[:, 0]
    order = doubtful[given_probability[doubtful].argsort(stable=True)][:wrong]
    return [
        SuspiciousLabel(
            position=position,
            given=samples.classes[int(samples.labels[position])],
            likely=samples.classes[int(likely[position])],
            given_probability=float(given_probability[position]),
            likely_probability=float(likely_probability[position]),
        )
        for position in order.tolist()
    ]


def cross_validated_probabilities(samples: Samples, seed: int = 0) -> Tensor:
    """(N, K) float32: for each image, the class probabilities by a model that was trained on others, usually four fifths.

    The model is a quick one, linear discriminant analysis on the directions of strokes. A class with three or
    four images allows for two thirds or three quarters only.

    Raises:
        ValueError: images of fewer than two classes, or a class with fewer than three.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from threadpoolctl import threadpool_limits

    there = _classes_with_images(samples)
    smallest = int(there[samples.class_counts()[there].argmin()])
    parts = min(5, int(samples.class_counts()[smallest]))
    if parts < 3:
        raise ValueError(
            f"class {samples.classes[smallest]!r} has {parts} image(s), too few to judge their labels by others: "
            "add images until there are 3, or leave the class out"
        )
    features = torch.cat([stroke_directions(images) for images in samples.images.split(1000)])
    with threadpool_limits(1, user_api="blas"):  # matrices this small: more threads only wait for each other
        log_probabilities = cross_val_predict(
            LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1),
            features.numpy(),
            samples.labels.numpy(),
            cv=StratifiedKFold(parts, shuffle=True, random_state=seed),
            method="predict_log_proba",
        )
    probabilities = torch.zeros(len(samples), len(samples.classes))
    # Neighbouring features say much the same thing, which the model counts as independent evidence: it is too sure.
    probabilities[:, there] = (torch.from_numpy(log_probabilities) / 3).softmax(dim=1).float()
    return probabilities


def stroke_directions(images: Tensor) -> Tensor:
    """How strongly edges run in each of 8 directions in each of 7×7 cells (HOG, Dalal and Triggs 2005).

    Shape:
        images: (N, C, H, W) uint8 -> (N, 392) float, rows of length 1
    """
    down, right = torch.gradient(_aligned(images), dim=(1, 2))  # (N, H, W)
    turn = torch.atan2(down, right) * 8 / (2 * torch.pi)  # in eighths of a circle
    apart = (turn[:, None] - torch.arange(8).view(-1, 1, 1) + 4) % 8 - 4  # (N, 8, H, W): from each direction
    share = (1 - apart.abs()).clamp(min=0) * torch.hypot(down, right)[:, None]  # between the two nearest directions
    return F.normalize(F.adaptive_avg_pool2d(share, 7).flatten(1).sqrt(), dim=1)


def _classes_with_images(samples: Samples) -> Tensor:
    """(classes that occur,) int64, ascending."""
    there = samples.class_counts().nonzero()[:, 0]
    if len(there) < 2:
        raise ValueError(f"doubtful labels are found by comparing classes, and there are images of {len(there)}")
    return there


# --- Telling --------------------------------------------------------------------------------------------------------------


def findings_table(
    samples: Samples, duplicates: Sequence[DuplicateGroup], suspicious: Sequence[SuspiciousLabel], names: Sequence[str] = ()
) -> str:
    """CSV: a row for each doubtful label and each image that is a copy; images are called by their names, or else counted from 0.

    Columns: image, class, finding (suspicious label, near-duplicate or contradiction), what speaks for it.
    """
    called = names or [str(position) for position in range(len(samples))]
    labels = [samples.classes[label] for label in samples.labels.tolist()]
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(["image", "class", "finding", "because"])
    for label in suspicious:
        because = f"probably {label.likely} ({label.likely_probability:.0%}), {label.given} only {label.given_probability:.0%}"
        table.writerow([called[label.position], label.given, "suspicious label", because])
    for group in duplicates:
        first, *others = group.positions
        finding = "near-duplicate" if len(group.classes) == 1 else "contradiction"
        table.writerows([called[at], labels[at], finding, f"a copy of {called[first]} ({labels[first]})"] for at in others)
    return text.getvalue()

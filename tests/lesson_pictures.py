"""The picture in each step's README, made by the reference: `python -m tests.lesson_pictures` (`nox -s pictures` calls it)."""

import io
from pathlib import Path

import torch
import torch.nn.functional as F
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from PIL import Image

from handwriting_workshop.data_loader import Augmentation, make_loaders, split_samples
from handwriting_workshop.dataset_creator import crop_to_ink, find_ink, normalize_picture
from handwriting_workshop.embedded import embedded_mnist
from handwriting_workshop.evaluator import evaluate_predictions
from handwriting_workshop.images import to_grey
from handwriting_workshop.models import SimpleCNN, conv_block
from handwriting_workshop.plots import BLUE, CYCLE, GREY, INK, ORANGE
from handwriting_workshop.strokes import stroke_shapes
from handwriting_workshop.synthetic import INK_SHARE, Writers, draw_strokes, normalize_by_mass
from handwriting_workshop.trainer import ModelTrainer

EXERCISES = Path(__file__).parents[1] / "exercises"


def step1() -> Figure:
    """From a shape's points to a picture, for three writers: what each exercise adds, and real digits beside it."""
    shapes, generator = stroke_shapes("4"), torch.Generator().manual_seed(3)
    points, strokes = shapes.points[:1].expand(3, -1, -1), shapes.strokes[:1].expand(3, -1)
    writers = Writers(
        slant=torch.tensor([-0.15, 0.25, 0.65]),
        aspect=torch.tensor([0.75, 1.0, 1.35]),
        tilt=torch.tensor([-0.12, 0.0, 0.1]),
        pen_width=torch.tensor([0.07, 0.1, 0.15]),
        curvature=torch.full((3,), 0.05),
        speed=torch.ones(3),
    )
    written = writers.write(points, strokes, torch.arange(3), generator)
    size = 48
    corner = torch.tensor([[30.0, 18.0], [18.0, 27.0], [27.0, 30.0]]).unsqueeze(1)  # where on the sheet each one writes
    length = torch.tensor([20.0, 26.0, 23.0]).view(3, 1, 1)
    pens = (writers.pen_width * length.flatten()).unsqueeze(1).expand(3, points.shape[1])
    drawn = draw_strokes((written - written.mean(dim=1, keepdim=True)) * length + corner, pens, size)
    normalized = normalize_by_mass(drawn)
    real = embedded_mnist().images[[2003, 2041, 2110], 0]

    figure = Figure(figsize=(6.6, 4.2), layout="constrained")
    grid = figure.subplots(3, 5)
    titles = ("strokes: points", "a writer's hand", "ink", "normalised by mass", "real (MNIST)")
    notes = ("given", "1.2 and 1.3", "1.1", "1.4", "1.5 and 1.6")
    for row in range(3):
        for axes, shape in ((grid[row, 0], points[row]), (grid[row, 1], written[row])):
            for stroke in strokes[row].unique():
                x, y = shape[strokes[row] == stroke].T
                axes.plot(x, y, ".", color=CYCLE[int(stroke)], markersize=3)
            axes.axhline(0, color=GREY, linewidth=0.4)
            axes.axvline(0, color=GREY, linewidth=0.4)
            axes.set(xlim=(-0.8, 0.8), ylim=(0.8, -0.8))
        for axes, picture in zip(grid[row, 2:], (drawn[row, 0], normalized[row, 0], real[row]), strict=True):
            axes.imshow(picture.numpy(), cmap="gray_r")
        middle, margin = 32 / 2 - 0.5, 32 * (1 - INK_SHARE) / 2
        grid[row, 3].plot(middle, middle, "+", color=BLUE, markersize=9, markeredgewidth=1.5)
        for edge in (margin - 0.5, 31.5 - margin):
            grid[row, 3].axhline(edge, color=BLUE, linewidth=0.6, linestyle=":")
            grid[row, 3].axvline(edge, color=BLUE, linewidth=0.6, linestyle=":")
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[], aspect="equal")
        for spine in axes.spines.values():
            spine.set(color=GREY, linewidth=0.6)
    for axes, title, note in zip(grid[0], titles, notes, strict=True):
        axes.set_title(f"{title}\n{note}", fontsize=9, color=INK)
    return figure


def step2() -> Figure:
    """Above: every class dealt to three parts; below: the same digits in four epochs, which change in training only."""
    digits, epochs, shown = embedded_mnist(), 4, 4
    splits = split_samples(digits[torch.randperm(len(digits), generator=torch.Generator().manual_seed(2))[:400]])
    parts = {"training": splits.train, "validation": splits.validation, "test": splits.test}
    loaders = make_loaders(splits, augmentation=Augmentation(elastic=0.8))
    figure = Figure(figsize=(8.4, 5.4), facecolor="white", layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[1, 1.75], hspace=0.06)
    bars, left = above.subplots(), torch.zeros(10)
    for (name, part), colour in zip(parts.items(), (BLUE, ORANGE, GREY), strict=True):
        counts = part.class_counts()
        bars.bar(range(10), counts, bottom=left, color=colour, width=0.72, label=name, edgecolor="white", linewidth=1.2)
        left += counts
    bars.set_xticks(range(10), digits.classes)
    bars.set_ylabel("images", color=INK, fontsize=8)
    bars.tick_params(labelsize=8, length=0, colors=INK)
    bars.spines[["top", "right", "left", "bottom"]].set_visible(False)
    bars.set_title("Every class is dealt to three parts, and no image is in two of them", fontsize=10, color=INK, loc="left")
    bars.legend(frameon=False, fontsize=8, ncols=3, loc="lower right", bbox_to_anchor=(1.0, 1.0))
    sides = {"training: another picture in every epoch": BLUE, "validation: the same in every epoch": ORANGE}
    below.suptitle("What a model sees of four digits in four epochs", fontsize=10, color=INK, x=0.01, ha="left")
    columns = below.subfigures(1, 2, wspace=0.04)
    generator = torch.Generator().manual_seed(1)
    for column, part, (title, colour) in zip(columns, (splits.train, splits.validation), sides.items(), strict=True):
        chosen = torch.tensor([int((part.labels == label).nonzero()[0]) for label in (2, 3, 5, 8)])
        pixels = part.images[chosen].float() / 255
        augmentation = loaders.train.augmentation if part is splits.train else None
        seen = [pixels if augmentation is None else augmentation(pixels, generator) for _ in range(epochs)]
        column.suptitle(title, fontsize=9, color=colour)
        for place, axes in enumerate(column.subplots(epochs, shown).flat):
            axes.imshow(seen[place // shown][place % shown, 0], cmap="gray_r", vmin=0, vmax=1)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_color("#d5dae0")
            if place % shown == 0:
                axes.set_ylabel(f"epoch {place // shown + 1}", fontsize=7, color=INK, rotation=0, ha="right", va="center")
    return figure


def step3() -> Figure:
    """A digit on its way through a trained SimpleCNN: fewer places, more that is known of each, and at last ten logits."""
    torch.manual_seed(0)
    samples = embedded_mnist()
    images = (samples.images.float() / 255 - 0.1) / 0.28
    model = SimpleCNN(10)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for batch in torch.randperm(len(images))[:4000].split(40):
        optimizer.zero_grad()
        F.cross_entropy(model(images[batch]), samples.labels[batch]).backward()
        optimizer.step()
    chosen = (samples.labels == 5).nonzero()[7]
    with torch.inference_mode():
        first = conv_block(images[chosen], model.conv1)  # (1, 32, 16, 16)
        second = conv_block(first, model.conv2)  # (1, 64, 8, 8)
        third = conv_block(second, model.conv3)  # (1, 128, 4, 4)
        probabilities = model(images[chosen])[0].softmax(dim=0)
    figure = Figure(figsize=(10, 3.1), dpi=144, facecolor="white")
    shown = (
        (samples.images[chosen][0], 1, "1 × 32 × 32", "the image"),
        (first[0], 4, "32 × 16 × 16", "16 of 32 maps"),
        (second[0], 6, "64 × 8 × 8", "36 of 64 maps"),
        (third[0], 8, "128 × 4 × 4", "64 of 128 maps"),
    )
    for place, (maps, side, shape, meaning) in enumerate(shown):
        left, gap = 0.02 + 0.205 * place, 0.0035
        size = (0.175 - gap * (side - 1)) / side
        strongest = maps.flatten(1).float().amax(dim=1).argsort(descending=True)[: side**2].sort().values
        for position, index in enumerate(strongest.tolist()):
            row, column = divmod(position, side)
            bottom = 0.2 + (side - 1 - row) * (size + gap) * 10 / 3.1
            axes = figure.add_axes((left + column * (size + gap), bottom, size, size * 10 / 3.1))
            axes.imshow(maps[index].float(), cmap="gray_r" if place == 0 else "Blues", interpolation="nearest")
            axes.set(xticks=[], yticks=[])
            for spine in axes.spines.values():
                spine.set(color=GREY, linewidth=0.4)
        figure.text(left + 0.0875, 0.87, shape, ha="center", fontsize=11, color=INK, fontweight="bold")
        figure.text(left + 0.0875, 0.1, meaning, ha="center", fontsize=10, color=GREY)
        if place:
            figure.text(left - 0.0155, 0.48, "→", ha="center", va="center", fontsize=16, color=GREY)
    axes = figure.add_axes((0.875, 0.2, 0.095, 0.565))
    best = int(probabilities.argmax())
    axes.barh(range(10), probabilities, color=[BLUE if label == best else GREY for label in range(10)])
    axes.set(yticks=range(10), xticks=[], xlim=(0, 1), ylim=(9.6, -0.6))
    axes.tick_params(length=0, labelsize=8, labelcolor=INK)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color(GREY)
    figure.text(0.846, 0.48, "→", ha="center", va="center", fontsize=16, color=GREY)
    figure.text(0.9225, 0.87, "10", ha="center", fontsize=11, color=INK, fontweight="bold")
    figure.text(0.9225, 0.1, "probabilities", ha="center", fontsize=10, color=GREY)
    return figure


def step4() -> Figure:
    """A network learns 150 digits by heart: on unseen digits it is at its best early, and those weights are kept."""
    samples = embedded_mnist()
    chosen = torch.randperm(len(samples), generator=torch.Generator().manual_seed(2))
    images, labels = (samples.images[chosen].float() / 255 - 0.1) / 0.28, samples.labels[chosen]
    train = [(images[start : start + 30], labels[start : start + 30]) for start in range(0, 150, 30)]
    validation = [(images[1000:2000], labels[1000:2000])]
    torch.manual_seed(0)
    settings = {"schedule": "constant", "learning_rate": 1e-3, "label_smoothing": 0.0, "weight_decay": 0.0, "patience": 8}
    history = ModelTrainer(SimpleCNN(10), device="cpu", precision="fp32", **settings).train(train, validation, epochs=60)
    epochs, best, last = range(1, history.epochs + 1), history.best_epoch, history.epochs
    figure = Figure(figsize=(9, 3.4), dpi=120, facecolor="white", layout="constrained")
    axes = figure.subplots()
    axes.axvspan(best, last, color="#f1f3f6")
    axes.plot(epochs, history.train_accuracy, color="#9aa3af", linewidth=1.8)
    axes.plot(epochs, history.val_accuracy, color="#2563eb", linewidth=2.2)
    axes.plot(best, history.val_accuracy[best - 1], "o", color="#d9480f", markersize=9, zorder=3)
    axes.vlines(best, 0.1, history.val_accuracy[best - 1], color="#d9480f", linewidth=1)
    axes.text(3.6, 0.93, "150 digits that it learns from", color="#6b7280")
    axes.text(11, 0.66, "1,000 digits that it has never seen", color="#2563eb")
    axes.text(best - 0.3, 0.3, f"epoch {best} is the best:\nits weights are kept", color="#d9480f", ha="right")
    axes.text(best + 0.3, 0.3, f"{last - best} more epochs of patience,\nnone better: the end", color="#4b5563")
    axes.set(xlim=(1, last + 0.1), xlabel="epoch", ylabel="accuracy", ylim=(0.1, 1.03))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def step5() -> Figure:
    """One model's guesses, counted in three ways: confusion matrix, ROC curves, calibration; the model knows only mean images."""
    samples = embedded_mnist()
    images, labels = samples.images.flatten(1).float() / 255, samples.labels
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    train, test = order[:2000], order[2000:]
    means = torch.stack([images[train][labels[train] == label].mean(dim=0) for label in range(10)])
    probabilities = (-torch.cdist(images[test], means)).double()
    evaluation = evaluate_predictions((2.5 * probabilities).softmax(dim=1), labels[test], samples.classes)
    matrix = torch.tensor(evaluation.confusion_matrix)
    figure = Figure(figsize=(9.6, 3.3), layout="constrained")
    matrix_axes, roc_axes, bins_axes = figure.subplots(1, 3)
    matrix_axes.imshow((matrix / matrix.sum(dim=1, keepdim=True)).sqrt(), cmap="Blues", vmin=0, vmax=1)
    for row, column in matrix.nonzero().tolist():
        colour = "white" if row == column else INK
        matrix_axes.text(column, row, str(matrix[row, column].item()), ha="center", va="center", fontsize=5.5, color=colour)
    matrix_axes.set_xticks(range(10), samples.classes)
    matrix_axes.set_yticks(range(10), samples.classes)
    matrix_axes.set(xlabel="read as", ylabel="right class", title=f"which as which: {evaluation.accuracy:.0%} on the diagonal")
    by_auc = sorted(evaluation.roc_curves.items(), key=lambda item: item[1].auc)
    for _, curve in by_auc[1:-1]:
        roc_axes.plot(curve.false_positive_rate, curve.true_positive_rate, color=GREY, linewidth=0.6, alpha=0.6)
    for (name, curve), colour in ((by_auc[0], ORANGE), (by_auc[-1], BLUE)):
        label = f"is it a {name}? AUC {curve.auc:.3f}"
        roc_axes.plot(curve.false_positive_rate, curve.true_positive_rate, color=colour, label=label)
    roc_axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="by chance: AUC 0.5")
    roc_axes.set(xlabel="false positive rate", ylabel="true positive rate", title="hits against false alarms")
    roc_axes.legend(fontsize=7, frameon=False, loc="lower right")
    filled = [each for each in evaluation.calibration.bins if each.count]
    bins_axes.bar(
        [each.lower for each in filled],
        [each.accuracy for each in filled],
        width=1 / 15,
        align="edge",
        color=BLUE,
        edgecolor="white",
    )
    for each in filled:
        bins_axes.plot([each.confidence] * 2, sorted([each.confidence, each.accuracy]), color=ORANGE, linewidth=1.6)
    bins_axes.plot([0, 1], [0, 1], color=GREY, linestyle=":")
    error = evaluation.calibration.expected_calibration_error
    bins_axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="how sure (confidence)", ylabel="how often right (accuracy)")
    bins_axes.set_title(f"orange: off by {error:.2f} on average")
    for axes in (matrix_axes, roc_axes, bins_axes):
        axes.title.set_fontsize(9)
        axes.xaxis.label.set_fontsize(8)
        axes.yaxis.label.set_fontsize(8)
        axes.tick_params(labelsize=7, length=0)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def step6() -> Figure:
    """Real digits written on paper, on a board and in the shade, and what becomes of them on the way to one form."""
    digits = embedded_mnist()
    chosen = [int((digits.labels == label).nonzero()[place, 0]) for label, place in ((4, 2), (7, 5), (2, 9))]
    kinds = (
        ("ballpoint on paper", "#f6eccb", "#27408b"),
        ("chalk on a board", "#22433a", "#eef2ea"),
        ("pencil, in the shade", "#8f8f92", "#56565a"),
    )
    figure = Figure(figsize=(7.2, 5.2), dpi=100, layout="constrained")
    grid = figure.subplots(3, 4)
    generator = torch.Generator().manual_seed(0)
    for axes, number, (name, paper, pen) in zip(grid, chosen, kinds, strict=True):
        enlarged = F.interpolate(digits.images[number][None] / 255, size=[200, 200], mode="bicubic", antialias=True)[0].clamp(
            0, 1
        )
        ink = torch.zeros(1, 220, 260)
        left = 15 + 20 * kinds.index((name, paper, pen))
        ink[:, 10:210, left - 5 : left + 195] = enlarged
        paper_rgb, pen_rgb = (torch.tensor(to_rgb(colour))[:, None, None] for colour in (paper, pen))
        photo = paper_rgb + (pen_rgb - paper_rgb) * ink
        photo[:, 24:27, 236:239] = pen_rgb  # a speck of dust
        photo = (photo + 0.012 * torch.randn(photo.shape, generator=generator)).clamp(0, 1)
        grey = to_grey(Image.fromarray((255 * photo.permute(1, 2, 0)).to(torch.uint8).numpy()))
        found = find_ink(grey)
        axes[0].set_ylabel(name, fontsize=9)
        axes[0].imshow(photo.permute(1, 2, 0))
        for place, picture in enumerate((found, crop_to_ink(found), normalize_picture(grey)[0]), start=1):
            axes[place].imshow(picture, cmap="gray_r")
    for axis, title in zip(
        grid[0], ("the photo", "its ink (6.1)", "cut out, no dust (6.2)", "32 × 32, like MNIST (6.3)"), strict=True
    ):
        axis.set_title(title, fontsize=9)
    for axis in grid.flat:
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set(color="#c8ccd2", linewidth=0.6)
    return figure


def write(figure: Figure, path: Path) -> None:
    """As a PNG of few colours: small, and the same to look at."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=110, facecolor="white")
    Image.open(png).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    """Make all six again."""
    for number, picture in enumerate((step1, step2, step3, step4, step5, step6), start=1):
        write(picture(), EXERCISES / f"step{number}" / f"step{number}.png")


if __name__ == "__main__":
    main()

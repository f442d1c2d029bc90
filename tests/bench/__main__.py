"""`nox -s bench [-- PART …]`: the workshop beside its yardsticks, in one run; prints tables and writes JSON.

Recipes were chosen on a validation part of the 4,000 training images (`choose.py`), never on the 1,000 that count here.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tqdm.auto import tqdm

from handwriting_workshop.checkpoints import software_versions
from handwriting_workshop.report import plain_table
from handwriting_workshop.workshop_notebook import DEMO_MODELS
from tests.bench import classroom, feeding, judging, layers, scale, scanning, suites, synthetic, training, watching
from tests.bench.measure import Figure, Run
from tests.bench.yardstick import train_official

Table = list[list[str]]


def time_to_97(repeats: int) -> list[Figure]:
    """Seconds of training until 97 % of the 1,000 test images are read, ours beside the official example's."""
    train, test = training.split(0)
    contestants: dict[str, Callable[[int], Run]] = {
        "official example, tensors": lambda seed: train_official(train, test, seed=seed),
        "official example, PIL": lambda seed: train_official(train, test, seed=seed, pictures=True),
        "simple_cnn, defaults": lambda seed: training.train(training.SIMPLE, train, test, seed),
        "fastest recipe": lambda seed: training.train(training.FASTEST, train, test, seed),
    }
    runs: dict[str, list[Run]] = {name: [] for name in contestants}
    for seed in tqdm(range(repeats), desc="time to 97 %", disable=None):
        for name, contestant in contestants.items():
            runs[name].append(contestant(seed))
    seconds = {name: statistics.median(run.seconds_to(0.97) for run in members) for name, members in runs.items()}
    rows = [["time to 97 %", "seconds", "all seconds", "best accuracy", "last accuracy", "runs that got there"]]
    for name, members in runs.items():
        rows.append(
            [
                name,
                f"{seconds[name]:.2f}",
                f"{statistics.median(run.total for run in members):.1f}",
                f"{statistics.mean(max(run.accuracies) for run in members):.2%}",
                f"{statistics.mean(run.accuracies[-1] for run in members):.2%}",
                f"{sum(max(run.accuracies) >= 0.97 for run in members)} of {len(members)}",
            ]
        )
    print(plain_table(rows), "\n")
    yardstick = seconds["official example, tensors"]
    return [
        Figure("time to 97 %: yardstick ÷ simple_cnn", yardstick / seconds["simple_cnn, defaults"], 8),
        Figure("time to 97 %: yardstick ÷ fastest recipe", yardstick / seconds["fastest recipe"], 20),
        Figure(
            "time to 97 %: yardstick from PIL ÷ simple_cnn", seconds["official example, PIL"] / seconds["simple_cnn, defaults"]
        ),
    ]


def accuracy(repeats: int) -> list[Figure]:
    """Test accuracy within the official example's total time, and the time to 97 %, over different splits.

    How soon 97 % are reached depends on which images are tested; the ratios differ more between splits than between seeds.
    """
    rows = [
        ["split", "official: s", "s to 97 %", "accuracy", "ours: s", "accuracy", "simple_cnn: s to 97 %", "fastest: s to 97 %"]
    ]
    ours, shares, simple_ratios, fastest_ratios = [], [], [], []
    for seed in tqdm(range(repeats), desc="accuracy", disable=None):
        train, test = training.split(seed)
        official = train_official(train, test, seed=seed)
        accurate, simple, fastest = (
            training.train(recipe, train, test, seed) for recipe in (training.ACCURATE, training.SIMPLE, training.FASTEST)
        )
        ours.append(accurate.accuracies[-1])
        shares.append(accurate.total / official.total)
        simple_ratios.append(official.seconds_to(0.97) / simple.seconds_to(0.97))
        fastest_ratios.append(official.seconds_to(0.97) / fastest.seconds_to(0.97))
        seconds = [f"{run.seconds_to(0.97):.2f}" for run in (official, simple, fastest)]
        last = [f"{run.accuracies[-1]:.2%}" for run in (official, accurate)]
        rows.append([str(seed), f"{official.total:.1f}", seconds[0], last[0], f"{accurate.total:.1f}", last[1], *seconds[1:]])
    print(plain_table(rows), "\n")
    return [
        Figure("accuracy within the yardstick's time, mean over splits, %", 100 * statistics.mean(ours), 99.0),
        Figure("share of the yardstick's time used, %", 100 * statistics.median(shares), 100, smaller_is_better=True),
        Figure("time to 97 % over splits: yardstick ÷ simple_cnn", statistics.median(simple_ratios)),
        Figure("time to 97 % over splits: yardstick ÷ fastest recipe", statistics.median(fastest_ratios)),
    ]


def augmentation(repeats: int) -> list[Figure]:
    """Augmented images per second: whole batches of tensors beside a DataLoader with PIL transforms and two workers."""
    ours, pil = feeding.compare(repeats)
    print(plain_table([["augmented images/s", ""], ["batched tensors", f"{ours:,.0f}"], ["PIL, 2 workers", f"{pil:,.0f}"]]), "\n")
    return [Figure("augmented images/s: tensors ÷ PIL with 2 workers", ours / pil, 8)]


def efficiency(_repeats: int) -> list[Figure]:
    """How much of simple_cnn's training step is spent in its three convolutions, at their best time alone."""
    figures = []
    rows = [["simple_cnn, batch 128", "convolutions alone, ms", "whole step, ms", "share"]]
    for name, dtype, target in (("fp32", torch.float32, 75), ("bf16", torch.bfloat16, 60)):
        alone, whole = layers.compare(dtype)
        rows.append([name, f"{1e3 * alone:.2f}", f"{1e3 * whole:.2f}", f"{alone / whole:.0%}"])
        figures.append(Figure(f"simple_cnn, {name}: convolutions' share of the step, %", 100 * alone / whole, target))
    print(plain_table(rows), "\n")
    return figures


def demo(repeats: int) -> list[Figure]:
    """Seconds and memory of the demo, each in a process of its own, and what its models reach."""
    targets = {"simple_cnn": 98, "improved_cnn": 98, "resnet18": 97, "vit_mini": 96}
    seconds, gigabytes = [], []
    accuracies: dict[str, list[float]] = {str(config["name"]): [] for config in DEMO_MODELS}
    for seed in tqdm(range(max(1, repeats - 2)), desc="demo", disable=None):
        with tempfile.TemporaryDirectory() as folder:
            taken, peak, reached = training.run_demo(Path(folder), seed)
        seconds.append(taken)
        gigabytes.append(peak)
        for name, value in reached.items():
            accuracies[name].append(value)
    rows = [
        ["demo", "mean", "worst"],
        *([name, f"{statistics.mean(values):.2%}", f"{min(values):.2%}"] for name, values in accuracies.items()),
    ]
    print(plain_table(rows), "\n")
    return [
        Figure("demo, seconds", statistics.median(seconds), 120, smaller_is_better=True),
        Figure("demo, peak memory, GB", max(gigabytes), 2, smaller_is_better=True),
        *(Figure(f"demo, {name}, %", 100 * statistics.mean(values), targets[name]) for name, values in accuracies.items()),
    ]


def drawn_digits(repeats: int) -> list[Figure]:
    """Real digits read by networks that have seen drawn or printed ones only; the embedded MNIST digits are a development set."""
    mnist, digits8x8 = synthetic.real_digits()
    rows = [["simple_cnn trained on", "augmented", "images", "mnist 5,000", "digits8x8", "seconds"]]

    def row(name: str, augmented: bool, runs: list[synthetic.Trained], recipe: synthetic.Recipe) -> list[list[float]]:
        accuracies = [[100 * run.accuracy(samples) for run in runs] for samples in (mnist, digits8x8)]
        means = [f"{statistics.mean(values):.2f}" for values in accuracies]
        seconds = f"{statistics.median(run.seconds for run in runs):.0f}"
        images = f"{recipe.epochs * synthetic.IMAGES_PER_EPOCH:,}"
        rows.append([name, "yes" if augmented else "no", images, *means, seconds])
        return accuracies

    short, long = synthetic.SHORT, synthetic.LONG
    for augmentation in (None, synthetic.AUGMENTATION):
        augmented = augmentation is not None
        row("a printed font", augmented, [synthetic.train_on_print(0, augmentation)], short)
        row("one stroke font", augmented, [synthetic.train_on_strokes(0, augmentation, one_font=True)], short)
        row("all shapes", augmented, [synthetic.train_on_strokes(0, augmentation)], short)
    full = [
        synthetic.train_on_strokes(seed, synthetic.AUGMENTATION, recipe=long)
        for seed in tqdm(range(max(1, repeats - 2)), desc="all shapes, longer", disable=None)
    ]
    on_mnist, on_digits8x8 = row(f"all shapes, longer, {len(full)} seed(s)", True, full, long)
    print(plain_table(rows), "\n")
    few = [100 * synthetic.one_real_digit_each(run, seed) for seed, run in enumerate(full)]
    return [
        Figure("drawn digits only: mnist, mean, %", statistics.mean(on_mnist), 97.5),
        Figure("drawn digits only: mnist, worst seed, %", min(on_mnist)),
        Figure("drawn digits only: digits8x8, mean, %", statistics.mean(on_digits8x8), 90),
        Figure("drawn digits only: training, s", statistics.median(run.seconds for run in full), 300, smaller_is_better=True),
        Figure("one real digit of each class beside: rest of mnist, %", statistics.mean(few), 97.8),
        Figure("characters drawn per second, one thread, 28×28", synthetic.drawing_speed(repeats), 15_000),
    ]


def drawn_letters(_repeats: int) -> list[Figure]:
    """EMNIST letters of the Hugging Face hub, read by a network that has seen drawn letters only; needs the network."""
    print(plain_table(synthetic.letters_through_the_hub(0)), "\n")
    return []


PARTS: dict[str, Callable[[int], list[Figure]]] = {
    "augmentation": augmentation,
    "efficiency": efficiency,
    "time": time_to_97,
    "accuracy": accuracy,
    "demo": demo,
    "synthetic": drawn_digits,
    "scanning": scanning.measure,
    "suites": suites.measure,
    "watch": watching.measure,
    "scale": scale.measure,
    "judging": judging.measure,
    "classroom": classroom.measure,
}
ONLINE_PARTS: dict[str, Callable[[int], list[Figure]]] = {"letters": drawn_letters}
"""What downloads data, and so is measured only when it is asked for."""


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="nox -s bench --", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all of these), {', '.join(ONLINE_PARTS)}"
    )
    parser.add_argument("--repeats", type=int, default=5, help="seeds or splits (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("bench_results"), help="folder for the JSON file (default: %(default)s)")
    options = parser.parse_args()
    known = PARTS | ONLINE_PARTS
    if unknown := [part for part in options.parts if part not in known]:
        parser.error(f"unknown part {unknown[0]!r}; choose among: {', '.join(known)}")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a new `pytest` has its compiled tests to hand, as on most machines
    started = time.time()
    figures = [figure for part in options.parts or PARTS for figure in known[part](options.repeats)]
    print(plain_table([["figure", "measured", "target", ""], *(figure.row() for figure in figures)]))
    machine: dict[str, Any] = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    machine |= {"threads": torch.get_num_threads()} | software_versions()
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"bench-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(started))}.json"
    path.write_text(json.dumps({"machine": machine, "figures": [figure.as_dict() for figure in figures]}, indent=1))
    print(f"\nwritten to {path}")


if __name__ == "__main__":
    main()

"""`python -m tests.bench.choose`: how the recipes were chosen, on a validation part of the training images.

Each candidate is trained on 3,200 of the 4,000 training digits and judged on the other 800, over three splits; the 1,000 test
digits are not touched.
"""

import argparse
import statistics
from dataclasses import replace

from tqdm.auto import tqdm

from handwriting_workshop.data_loader import Augmentation, split_samples
from handwriting_workshop.report import plain_table
from tests.bench.training import ACCURATE, FASTEST, SIMPLE, Recipe, split, train

STRONGER = Augmentation(rotation=15, scale=0.15, shear=0.2, elastic=0.7)
CANDIDATES: dict[str, Recipe] = {
    **{f"simple_cnn, {epochs} epochs": replace(SIMPLE, epochs=epochs) for epochs in (3, 4, 6, 10)},
    **{
        f"fast_cnn, {optimizer} {rate}, batches of {size}, {epochs} epochs": replace(
            FASTEST,
            epochs=epochs,
            settings={"optimizer": optimizer, "learning_rate": rate},
            loading={"batch_size": size, "augmentation": None},
        )
        for optimizer, rate in (("adamw", 0.01), ("adamw", 0.02), ("sgd", 0.1), ("muon", 0.02))
        for size in (32, 48, 64)
        for epochs in (2, 3)
    },
    "simple_cnn, 26 epochs": replace(ACCURATE, loading={}),
    "simple_cnn, 26 epochs, elastic": replace(ACCURATE, loading={"augmentation": Augmentation(elastic=0.7)}),
    "simple_cnn, 26 epochs, stronger": replace(ACCURATE, loading={"augmentation": STRONGER}),
}


def main() -> None:
    """Train every candidate and print what it reaches."""
    rows = [["recipe", "s to 97 %", "epochs to 97 %", "s in all", "last accuracy"]]
    for name, recipe in tqdm(CANDIDATES.items(), disable=None):
        runs = []
        for seed in range(3):
            training, _ = split(seed)
            parts = split_samples(training, (0.8, 0.2, 0.0), seed=seed)
            runs.append(train(recipe, parts.train, parts.validation, seed))
        epochs = [next((at for at, value in enumerate(run.accuracies, start=1) if value >= 0.97), None) for run in runs]
        rows.append(
            [
                name,
                f"{statistics.median(run.seconds_to(0.97) for run in runs):.2f}",
                ", ".join("never" if value is None else str(value) for value in epochs),
                f"{statistics.median(run.total for run in runs):.1f}",
                f"{statistics.mean(run.accuracies[-1] for run in runs):.2%}",
            ]
        )
    print(plain_table(rows))


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m tests.bench.choose", description=f"{__doc__} It takes hours.").parse_args()
    main()

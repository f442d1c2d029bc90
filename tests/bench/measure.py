"""What a measured training is, and how it is read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """A training: seconds of each epoch (training only) and test accuracy after it."""

    seconds: tuple[float, ...]
    accuracies: tuple[float, ...]

    @property
    def total(self) -> float:
        """Seconds of the whole training."""
        return sum(self.seconds)

    def seconds_to(self, accuracy: float) -> float:
        """Seconds to the end of the first epoch with this accuracy; all seconds if there is none."""
        passed = 0.0
        for seconds, reached in zip(self.seconds, self.accuracies, strict=True):
            passed += seconds
            if reached >= accuracy:
                break
        return passed

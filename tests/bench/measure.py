"""What a measured training is, and how it is read."""

from dataclasses import dataclass
from typing import Any


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


@dataclass(frozen=True)
class Figure:
    """A measured figure and what it should be."""

    name: str
    value: float
    target: float | None = None
    smaller_is_better: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.target is None:
            return None
        return self.value <= self.target if self.smaller_is_better else self.value >= self.target

    def row(self) -> list[str]:
        """As a line of a table."""
        sign = "≤" if self.smaller_is_better else "≥"
        target = "" if self.target is None else f"{sign} {self.target:g}"
        return [self.name, f"{self.value:.2f}", target, {None: "", True: "reached", False: "MISSED"}[self.reached]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"name": self.name, "value": self.value, "target": self.target, "reached": self.reached}

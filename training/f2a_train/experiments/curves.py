"""A run's ``losses.csv``: its last means, and curves that the page draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from f2a_manifests import FatalError

Floats = npt.NDArray[np.float64]
WIDTH, HEIGHT = 320, 120  # of a chart's plane, in SVG units
POINTS = 120


@dataclass(frozen=True, slots=True)
class LossLine:
    """One loss: the mean of each range of steps, as SVG ``x,y`` pairs, and of the last range."""

    name: str
    points: str
    last: float


@dataclass(frozen=True, slots=True)
class LossChart:
    """Losses over the steps; ``ticks`` are y in SVG units, from the top, and text."""

    title: str
    lines: list[LossLine]
    ticks: list[tuple[float, str]]
    steps: int


@dataclass(frozen=True, slots=True)
class Losses:
    """The table: one row per step, one column per loss."""

    table: pd.DataFrame

    @classmethod
    def read(cls, path: Path, names: Sequence[str]) -> Self:
        """Read the finite numbers of a table; others are missing values.

        Args:
            path: the table.
            names: of its columns.

        Raises:
            FatalError: there is no such table.
        """
        try:
            table = pd.read_csv(path, usecols=list(names), dtype=str, encoding_errors="replace")
        except (OSError, ValueError) as error:
            raise FatalError(f"{path} cannot be read as a table of losses: {error}") from None
        numbers = table.apply(pd.to_numeric, errors="coerce")
        return cls(numbers.where(np.isfinite(numbers)))

    def means(self, last: int) -> dict[str, float]:
        """The mean of each loss over the last steps."""
        return {str(name): float(value) for name, value in self.table.tail(last).mean().items()}

    def charts(self, titles: Mapping[str, tuple[str, ...]]) -> list[LossChart]:
        """One for each of a method's `f2a_train.method.Method.charts`."""
        ranges = np.array_split(np.arange(len(self.table)), min(len(self.table), POINTS))
        return [self._chart(title, names, ranges) for title, names in titles.items()]

    def _chart(self, title: str, names: tuple[str, ...], ranges: list[npt.NDArray[np.intp]]) -> LossChart:
        means = {name: _means(self.table[name].to_numpy(np.float64), ranges) for name in names}
        high = max((max(values, default=0.0) for values in means.values()), default=0.0) or 1.0
        lines = [_line(name.rpartition("_")[2], values, high) for name, values in means.items()]
        ticks = [(HEIGHT * (1 - share), f"{high * share:.3g}") for share in (0, 0.5, 1)]
        return LossChart(title, lines, ticks, len(self.table))


def _means(values: Floats, ranges: list[npt.NDArray[np.intp]]) -> list[float]:
    """A range without any number has the mean of the one before it."""
    means = pd.Series([_mean(values[rows]) for rows in ranges], dtype=np.float64)
    return [float(value) for value in means.ffill().fillna(0.0)]


def _mean(values: Floats) -> float:
    numbers = values[np.isfinite(values)]
    return float(numbers.mean()) if numbers.size else float("nan")


def _line(name: str, values: list[float], high: float) -> LossLine:
    across = WIDTH / max(len(values) - 1, 1)
    points = (f"{at * across:.1f},{HEIGHT * (1 - value / high):.1f}" for at, value in enumerate(values))
    return LossLine(name, " ".join(points), values[-1] if values else 0.0)

"""A run's ``losses.csv``: its means, and lines that ``charts.html.j2`` draws."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from f2a_page.text import shorten

if TYPE_CHECKING:  # at run time where a table is read: importing it takes 0.3 s
    import pandas as pd

Floats = npt.NDArray[np.float64]

WIDTH, HEIGHT = 320, 120  # of a chart's plane, in SVG units
_POINTS = 160
_STEPS_PER_POINT = 4
_COLUMNS = 16
_HUGE = 1e30  # what a diverged run may reach; beyond it, arithmetic would overflow
_MOST_BYTES = 256 * 1024 * 1024
_TITLES = {
    "adversarial": "Generators against the discriminators",
    "discriminator": "Discriminators",
    "cycle": "Cycle consistency",
    "identity": "Identity",
    "content": "Content",
    "colour": "Colours",
    "generators": "Generators, total",
    "symmetry": "Symmetry",
    "reward": "Reward",
    "generator": "Generator, total",
}


class LossesError(Exception):
    """The losses cannot be plotted; the message says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One loss.

    Attributes:
        name: which one of its chart.
        points: the mean of each range of steps, as SVG ``x,y`` pairs.
        band: from the smallest to the largest value of each range, likewise.
        last: mean of the last range.
    """

    name: str
    points: str
    band: str
    last: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Losses of one kind over the steps.

    Attributes:
        lines: at most one a translation direction, as a rule.
        ticks: marks of the upright axis: y in SVG units from the top, and text.
        first: the first step.
        last: the last step.
    """

    title: str
    lines: list[Line]
    ticks: list[tuple[float, str]]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Losses:
    """A run's ``losses.csv``.

    Attributes:
        table: one column per loss, one row per step, which is its index; what is no number is missing.
    """

    table: "pd.DataFrame"

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a table with a column ``step`` and one a loss; a torn last line is left out.

        Raises:
            LossesError: there is no table in the file, or nothing in it.
        """
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise LossesError(f"{path.name} is too large to be drawn")
            table = _parsed(path)
        except (OSError, ValueError) as error:  # pandas' errors of parsing are among the latter
            raise LossesError(f"{path.name} cannot be read: {shorten(str(error))}") from None
        if "step" not in table or table["step"].isna().all():
            raise LossesError(f"{path.name} has no steps yet")
        return cls(table.dropna(subset=["step"]).astype(np.float64).clip(-_HUGE, _HUGE).set_index("step"))

    def means(self, last: int) -> dict[str, float]:
        """The mean of each loss over the last steps."""
        return {str(name): float(value) for name, value in self.table.tail(last).mean().items()}

    def charts(self, groups: Mapping[str, Sequence[str]] | None = None) -> list[Chart]:
        """One chart a group of losses, without those that are always 0.

        Args:
            groups: names by the chart's title; None for one chart a kind, as in ``KIND_anime``.
        """
        drawn = [self._chart(title, names) for title, names in (groups or self._kinds()).items()]
        return [chart for chart in drawn if chart is not None]

    def _kinds(self) -> dict[str, list[str]]:
        kinds: dict[str, list[str]] = {}
        for name in sorted(self.table.columns, key=_place):
            kind = name.partition("_")[0]
            kinds.setdefault(_TITLES.get(kind, shorten(kind, 60)), []).append(name)
        return kinds

    def _chart(self, title: str, names: Sequence[str]) -> Chart | None:
        losses = self.table[sorted(set(names) & set(self.table.columns))]
        losses = losses.loc[:, (losses.fillna(0) != 0).any()]
        if losses.empty:  # a loss that was switched off
            return None
        low, high = _range(losses.to_numpy())
        steps = len(losses)
        ranges = np.array_split(np.arange(steps), min(-(-steps // _STEPS_PER_POINT), _POINTS))
        lines = [_line(name, losses[name].to_numpy(), ranges, low, high) for name in losses.columns]
        ticks = [(HEIGHT * (1 - share), f"{low + (high - low) * share:.2g}") for share in (0, 0.5, 1)]
        return Chart(title, lines, ticks, int(losses.index[0]), int(losses.index[-1]))


def _parsed(path: Path) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 -- see above

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about lines that are longer than the header
        table = pd.read_csv(path, dtype=str, index_col=False, on_bad_lines="skip", encoding_errors="replace")
    numbers: pd.DataFrame = table.iloc[:, : _COLUMNS + 1].apply(pd.to_numeric, errors="coerce")
    return numbers.replace([np.inf, -np.inf], np.nan)


def _place(name: str) -> tuple[int, str]:
    """Known kinds in their order, then the others."""
    known, kind = list(_TITLES), name.partition("_")[0]
    return known.index(kind) if kind in known else len(known), name


def _range(values: Floats) -> tuple[float, float]:
    """From zero to a maximum that only a few spikes exceed."""
    low, high = np.nanpercentile(values, [0, 99.5]).tolist()
    low = min(0.0, low)
    return low, (high if high > low else low + 1.0)


def _line(name: str, values: Floats, ranges: list[npt.NDArray[np.intp]], low: float, high: float) -> Line:
    parts = [(at, part) for at, rows in enumerate(ranges) if (part := _finite(values[rows])).size]
    across = WIDTH / max(len(ranges) - 1, 1)

    def pairs(values: list[float]) -> list[str]:
        ups = [HEIGHT * (1 - min(1.0, (value - low) / (high - low))) for value in values]
        return [f"{at * across:.1f},{up:.1f}" for (at, _), up in zip(parts, ups, strict=True)]

    means = [float(part.mean()) for _, part in parts]
    top, bottom = (
        pairs([float(part.max()) for _, part in parts]),
        pairs([float(part.min()) for _, part in parts]),
    )
    kind, _, side = name.partition("_")
    band = " ".join(top + bottom[::-1])
    return Line(shorten(side or kind, 40), " ".join(pairs(means)), band, means[-1])


def _finite(values: Floats) -> Floats:
    finite: Floats = values[np.isfinite(values)]
    return finite

"""Loss curves: a run's ``losses.csv`` as lines that the template draws."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from f2a_data.inspect.report.sampling import by_key
from f2a_data.inspect.report.text import shorten

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
    "generator": "Generator, total",
}


class CurveError(Exception):
    """The table cannot be drawn; the message says why."""


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


def charts(path: Path) -> list[Chart]:
    """The charts of a ``losses.csv``: a column ``step``, then one a loss; ``anime`` beside ``human``.

    A torn last line, text, and NaN and infinite values are left out.

    Raises:
        CurveError: there is no table in the file, or nothing in it.
    """
    table = _read(path)
    steps = table.pop("step").to_numpy(dtype=np.float64)
    ranges = np.array_split(np.arange(len(steps)), min(-(-len(steps) // _STEPS_PER_POINT), _POINTS))
    kinds = by_key(sorted(table.columns), lambda name: name.partition("_")[0])
    drawn = [_chart(kind, table[kinds[kind]], steps, ranges) for kind in sorted(kinds, key=_place)]
    return [chart for chart in drawn if chart is not None]


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise CurveError("losses.csv is too large to be drawn")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about lines that are longer than the header
            table = pd.read_csv(
                path, dtype=str, index_col=False, on_bad_lines="skip", encoding_errors="replace"
            )
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise CurveError(f"losses.csv cannot be read: {shorten(str(error))}") from None
    table = table.iloc[:, : _COLUMNS + 1].apply(pd.to_numeric, errors="coerce")
    table = table.replace([np.inf, -np.inf], np.nan)
    if "step" not in table or table["step"].isna().all():
        raise CurveError("losses.csv has no steps yet")
    numbers: pd.DataFrame = table.dropna(subset=["step"]).astype(np.float64).clip(-_HUGE, _HUGE)
    return numbers


def _chart(
    kind: str, losses: pd.DataFrame, steps: Floats, ranges: list[npt.NDArray[np.intp]]
) -> Chart | None:
    losses = losses.loc[:, (losses.fillna(0) != 0).any()]
    if losses.empty:  # a loss that was switched off
        return None
    low, high = _range(losses.to_numpy())
    lines = [_line(name, losses[name].to_numpy(), ranges, low, high) for name in losses.columns]
    ticks = [(HEIGHT * (1 - share), f"{low + (high - low) * share:.3g}") for share in (0, 0.5, 1)]
    return Chart(_TITLES.get(kind, shorten(kind, 60)), lines, ticks, int(steps[0]), int(steps[-1]))


def _place(kind: str) -> tuple[int, str]:
    """Known kinds in their order, then the others."""
    known = list(_TITLES)
    return known.index(kind) if kind in known else len(known), kind


def _range(values: Floats) -> tuple[float, float]:
    """From zero to what all but a few spikes stay below."""
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

"""Counting rows into bins and shares; the template draws them as SVG."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from f2a_inspect.report.sampling import by_key, largest
from f2a_manifests import Record
from f2a_page.text import shorten

Floats = npt.NDArray[np.float64]

_BINS = 32
_DETECTORS = 3
_SHARES = 12
_STEPS_PER_DOUBLING = 4
_HUGE = 1e30  # no score; beyond it the arithmetic would overflow


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar: ``kept`` below, ``out`` (dropped or in error) on top."""

    label: str
    kept: int
    out: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars of equal width.

    Attributes:
        title: what is counted.
        summary: the chart in a sentence.
        bins: from low to high.
        ticks: marks of the axis: position in bins from the left, and text.
    """

    title: str
    summary: str
    bins: list[Bin]
    ticks: list[tuple[float, str]]

    @property
    def peak(self) -> int:
        """The tallest bar."""
        return max(one.kept + one.out for one in self.bins)


def score_histograms(faces: Sequence[Record]) -> list[Histogram]:
    """One histogram per detector, because scores compare within one detector only."""
    scored = by_key((face for face in faces if face.score is not None), lambda face: face.detector)
    return [_scores(name, of) for name, of in largest(scored, _DETECTORS).items()]


def size_histogram(faces: Sequence[Record]) -> Histogram | None:
    """The longer sides of the boxes, in pixels of the source image, on a logarithmic axis."""
    boxed = [face for face in faces if face.box_w is not None and face.box_h is not None]
    if not boxed:
        return None
    sizes = np.array([max(face.box_w or 0, face.box_h or 0, 1) for face in boxed])
    steps = np.log2(sizes) * _STEPS_PER_DOUBLING
    low, high = math.floor(steps.min()), math.floor(steps.max()) + 1
    edges = np.arange(low, high + 1)
    labels = [f"{2 ** (edge / _STEPS_PER_DOUBLING):.0f} px" for edge in edges.tolist()]
    ticks = [
        (at - low, f"{2 ** (at // _STEPS_PER_DOUBLING)}")
        for at in edges.tolist()
        if not at % _STEPS_PER_DOUBLING
    ]
    bins = _bins(boxed, steps, edges.astype(float), labels)
    return Histogram("Box size, px of the source image", _summary(boxed, sizes, "px"), bins, ticks)


def shares(rows: Sequence[Record], key: Callable[[Record], str]) -> list[Bin]:
    """How many rows have each value, most frequent first; rare ones together."""
    groups = by_key(rows, key)
    shown = largest(groups, _SHARES)
    rest = [row for value, of in groups.items() if value not in shown for row in of]
    bins = [_share(shorten(value) or "(none)", of) for value, of in shown.items()]
    return [*bins, _share(f"{len(groups) - len(shown)} others", rest)] if rest else bins


def _scores(detector: str, faces: Sequence[Record]) -> Histogram:
    scores = np.array([face.score for face in faces], dtype=np.float64).clip(-_HUGE, _HUGE)
    low, high = min(0.0, float(scores.min())), max(1.0, float(scores.max()))
    edges = np.linspace(low, high, _BINS + 1)
    ticks = [(at * _BINS / 4, f"{low + (high - low) * at / 4:.3g}") for at in range(5)]
    bins = _bins(faces, scores, edges, [f"{edge:.3g}" for edge in edges])
    title = f"Score of {shorten(detector, 60) or 'an unnamed detector'}"
    return Histogram(title, _summary(faces, scores, ""), bins, ticks)


def _bins(faces: Sequence[Record], values: Floats, edges: Floats, labels: Sequence[str]) -> list[Bin]:
    kept = np.array([face.kept for face in faces])
    ins, _ = np.histogram(values[kept], edges)
    outs, _ = np.histogram(values[~kept], edges)
    names = [f"{low} to {high}" for low, high in pairwise(labels)]
    return [Bin(*bar) for bar in zip(names, ins.tolist(), outs.tolist(), strict=True)]


def _summary(faces: Sequence[Record], values: Floats, unit: str) -> str:
    kept = sum(face.kept for face in faces)
    low, middle, high = (f"{value:.3g}" for value in np.percentile(values, [0, 50, 100]))
    span = f"from {low} to {high}, median {middle} {unit}".strip()
    return f"{len(faces):,} faces, {kept:,} of them kept: {span}"


def _share(label: str, rows: Sequence[Record]) -> Bin:
    kept = sum(row.kept for row in rows)
    return Bin(label, kept, len(rows) - kept)

"""A metric's value and interval: every metric is a function of the weight of each face."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from f2a_metrics.features import Floats

Statistic = Callable[[Floats, Floats], float]
"""Takes the weight of each evaluated face (M,) and each real face (N,); weights of one give the value."""
INTERVAL = (2.5, 97.5)  # per cent


@dataclass(frozen=True, slots=True)
class Score:
    """A value, and its 95 % bootstrap interval if one was asked for."""

    value: float
    low: float | None = None
    high: float | None = None


def score(statistic: Statistic, judged: int, reals: int, resamples: int) -> Score:
    """The value, and the percentile interval of the bootstrap over faces.

    Args:
        statistic: the metric.
        judged: number of evaluated faces.
        reals: number of real faces.
        resamples: how often to draw; 0 for no interval.
    """
    value = float(statistic(np.ones(judged), np.ones(reals)))
    if not resamples:
        return Score(value)
    rng = np.random.default_rng(0)  # the same table for the same faces
    drawn = [statistic(_counts(rng, judged), _counts(rng, reals)) for _ in range(resamples)]
    low, high = np.percentile(drawn, INTERVAL)
    return Score(value, float(low), float(high))


def mean_of(values: Floats) -> Statistic:
    """The mean over the evaluated faces of one number each, (M,)."""
    return lambda faces, _: float(faces @ values / faces.sum())


def mean_pair(matrix: Floats, counts: Floats) -> float:
    """The mean over pairs of different faces of a symmetric (N, N) matrix whose diagonal is 0.

    A face that is drawn twice is not paired with itself, or resampling would bias every such mean.
    """
    return float(counts @ matrix @ counts / (counts.sum() ** 2 - (counts**2).sum()))


def _counts(rng: np.random.Generator, faces: int) -> Floats:
    return np.bincount(rng.integers(faces, size=faces), minlength=faces).astype(np.float64)

"""Whether dark people stay dark and fair people fair: brightness of skin and hair, beside the photo's."""

from typing import Literal

import numpy as np

from f2a_metrics.features import Floats
from f2a_metrics.reference import Sample
from f2a_metrics.statistic import Statistic

DARK = 0.25  # share of the photos, those with the darkest skin


def tone_rank_skin(sample: Sample) -> Statistic | None:
    """Spearman's correlation of the results' and the photos' brightness where the skin is.

    1: the darkest photo has the darkest result, and so on; 0: independent of the photo; below 0:
    dark becomes light.
    """
    return _rank_correlation(sample, "skin")


def tone_rank_hair(sample: Sample) -> Statistic | None:
    """The same where the hair is."""
    return _rank_correlation(sample, "hair")


def dark_skin_paler(sample: Sample) -> Statistic | None:
    """By how much skin becomes brighter, 0 to 1, in the quarter of photos where it is darkest.

    Ranks do not show it: if all faces become as pale as drawn ones, the darkest may still be the darkest.
    """
    if sample.sources is None:
        return None
    results, photos = sample.faces.skin, sample.sources.skin
    dark = (photos <= np.quantile(photos, DARK)).astype(np.float64)

    def statistic(faces: Floats, _: Floats) -> float:
        counts = faces * dark
        return float(counts @ (results - photos)) / max(float(counts.sum()), 1.0)

    return statistic


def _rank_correlation(sample: Sample, place: Literal["skin", "hair"]) -> Statistic | None:
    if sample.sources is None:
        return None
    results, photos = getattr(sample.faces, place), getattr(sample.sources, place)

    def statistic(faces: Floats, _: Floats) -> float:
        counts = faces.astype(np.int64)
        return spearman(np.repeat(results, counts), np.repeat(photos, counts))

    return statistic


def spearman(left: Floats, right: Floats) -> float:
    """Spearman's correlation, equal values with their mean rank; 0 where one side is all equal."""
    x, y = _ranks(left), _ranks(right)
    deviations = float(x.std() * y.std())
    return float(np.mean((x - x.mean()) * (y - y.mean()))) / deviations if deviations else 0.0


def _ranks(values: Floats) -> Floats:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places], np.float64)

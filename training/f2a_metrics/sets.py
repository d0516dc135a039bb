"""How two sets of faces differ: kernel distance, spread, density and coverage."""

import numpy as np

from f2a_metrics.features import Floats
from f2a_metrics.reference import Sample, distances
from f2a_metrics.statistic import Statistic, mean_of, mean_pair

NEIGHBOURS = 5


def kid_lite2(sample: Sample) -> Statistic:
    """Squared maximum mean discrepancy, unbiased, with the kernel (x.y / 1280 + 1)^3, times 1000.

    The KID of Binkowski et al. 2018 (section 4), but on EfficientNet-Lite2's features in place of
    Inception's: its values cannot be compared with published ones. About 0 for two samples of one
    distribution; it can be slightly negative.
    """
    judged, reals = sample.features, sample.reference.features
    within, among, across = _kernel(judged, judged), _kernel(reals, reals), _kernel(judged, reals)
    np.fill_diagonal(within, 0)
    np.fill_diagonal(among, 0)

    def statistic(j: Floats, r: Floats) -> float:
        between = float(j @ across @ r / (j.sum() * r.sum()))
        return 1000 * (mean_pair(within, j) + mean_pair(among, r) - 2 * between)

    return statistic


def spread(sample: Sample) -> Statistic:
    """Mean distance of two evaluated faces over that of two real ones: 1 as varied, 0 mode collapse."""
    judged = distances(sample.features, sample.features)
    reals = distances(sample.reference.features, sample.reference.features)
    np.fill_diagonal(judged, 0)
    np.fill_diagonal(reals, 0)
    return lambda j, r: mean_pair(judged, j) / max(mean_pair(reals, r), 1e-9)


def density(sample: Sample) -> Statistic:
    """The number of neighbourhoods of reals that a face is in, divided by 5 (Naeem et al. 2020, eq. 4).

    About 1 for reals; lower where faces are off the reals' manifold, higher where they crowd its densest
    parts.
    """
    return mean_of(_inside(sample).sum(1) / NEIGHBOURS)


def coverage(sample: Sample) -> Statistic:
    """Share of reals with an evaluated face in their neighbourhood (Naeem et al. 2020, equation 5).

    About 1 - 2^-5 = 0.97 for as many reals. The interval is over reals only: a bootstrap sample of the
    evaluated faces has fewer different ones, which would cover less.
    """
    covered = _inside(sample).any(0).astype(np.float64)
    return lambda _, r: float(r @ covered / r.sum())


def _kernel(left: Floats, right: Floats) -> Floats:
    return np.asarray((left @ right.T / left.shape[1] + 1) ** 3)


def _inside(sample: Sample) -> Floats:
    """(M, N) of 0 and 1: whether evaluated face m is closer to real n than n's fifth nearest real."""
    reals = sample.reference.features
    neighbours = min(NEIGHBOURS, len(reals) - 1)
    radii = np.partition(distances(reals, reals), neighbours, axis=1)[:, neighbours]  # place 0 is itself
    return (distances(sample.features, reals) < radii).astype(np.float64)

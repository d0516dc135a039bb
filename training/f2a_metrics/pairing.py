"""Whether results match their photos; compares pictures, not the backbone's features."""

import numpy as np

from f2a_metrics.features import Floats
from f2a_metrics.reference import Sample, distances
from f2a_metrics.statistic import Statistic, mean_of


def retrieval(sample: Sample) -> Statistic | None:
    """Mean share of the other photos whose edges are less like a result's than those of its own photo.

    1: every result is most like its own photo; 0.5: results do not depend on the photo ("same face for any
    photo"). It compares edges, because drawing changes colours, minus the mean over the set.
    """
    if sample.sources is None:
        return None
    likeness = _distinct(sample.faces.edges) @ _distinct(sample.sources.edges).T
    return mean_of(1 - _rank_of_own(-likeness))


def colour_rank(sample: Sample) -> Statistic | None:
    """Mean share of the other photos whose colours are closer to a result's than those of its own photo.

    0: its own is always the closest, 0.5: colours do not depend on the photo. Colours are the means of 4x4
    blocks.
    """
    if sample.sources is None:
        return None
    return mean_of(_rank_of_own(distances(sample.faces.colours, sample.sources.colours)))


def change(sample: Sample) -> Statistic | None:
    """Mean absolute difference of results and photos, pixels in [-1, 1]: 0 is an identity mapping."""
    return None if sample.changes is None else mean_of(sample.changes)


def _rank_of_own(gaps: Floats) -> Floats:
    """For each result, (M, M) to (M,), the share of other photos with smaller gaps; equal ones count half."""
    own = gaps.diagonal()[:, None]
    nearer = (gaps < own).sum(1) + 0.5 * ((gaps == own).sum(1) - 1)
    return np.asarray(nearer / (len(gaps) - 1))


def _distinct(faces: Floats) -> Floats:
    """Each face minus the set's mean, as a unit vector, or zeros."""
    rest = faces - faces.mean(0)
    length = np.linalg.norm(rest, axis=1, keepdims=True)
    return np.asarray(np.where(length > 1e-6, rest / length.clip(1e-6), 0))

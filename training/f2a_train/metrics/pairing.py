"""Whether results belong to their own photos: pictures are compared here, not the backbone's features."""

import cv2
import numpy as np

from f2a_train.metrics.blocks import block_means, edge_maps
from f2a_train.metrics.features import Floats
from f2a_train.metrics.reference import Sample, distances
from f2a_train.metrics.statistic import Statistic, mean_of

OUTLINE = 16  # blocks a side: pose and outline, not texture
COLOURS = 4  # blocks a side: the colours of hair, skin, clothes and background


def retrieval(sample: Sample) -> Statistic | None:
    """Mean share of the other photos whose edges are less like a result's than its own photo's are.

    1: every result is most like its own photo; 0.5: results do not depend on the photo ("same face for any
    photo"). Edges, since drawing changes colours; less what all faces of a set have in common.
    """
    if sample.sources is None:
        return None
    likeness = _distinct(edge_maps(sample.faces, OUTLINE)) @ _distinct(edge_maps(sample.sources, OUTLINE)).T
    return mean_of(1 - _rank_of_own(-likeness))


def colour_rank(sample: Sample) -> Statistic | None:
    """Mean share of the other photos whose colours are nearer to a result's than its own photo's are.

    0: its own is always the nearest, 0.5: colours do not depend on the photo. Colours are the means of 4x4
    blocks.
    """
    if sample.sources is None:
        return None
    results, photos = (block_means(faces, COLOURS) for faces in (sample.faces, sample.sources))
    return mean_of(_rank_of_own(distances(results, photos)))


def change(sample: Sample) -> Statistic | None:
    """Mean absolute difference of results and photos, pixels in [-1, 1]: 0 is an identity mapping."""
    if sample.sources is None:
        return None
    gaps = [cv2.absdiff(*pair).mean() for pair in zip(sample.faces, sample.sources, strict=True)]
    return mean_of(np.array(gaps) / 127.5)


def _rank_of_own(gaps: Floats) -> Floats:
    """For each result, (M, M) to (M,), the share of other photos with smaller gaps; equal ones count half."""
    own = gaps.diagonal()[:, None]
    nearer = (gaps < own).sum(1) + 0.5 * ((gaps == own).sum(1) - 1)
    return np.asarray(nearer / (len(gaps) - 1))


def _distinct(faces: Floats) -> Floats:
    """What sets each face apart from the set's mean, as a unit vector; zeros where nothing does."""
    rest = faces - faces.mean(0)
    length = np.linalg.norm(rest, axis=1, keepdims=True)
    return np.asarray(np.where(length > 1e-6, rest / length.clip(1e-6), 0))

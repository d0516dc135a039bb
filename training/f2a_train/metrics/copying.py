"""Whether the faces were copied from those trained on."""

import numpy as np

from f2a_train.metrics.reference import Floats, Sample, distances
from f2a_train.metrics.statistic import Statistic, mean_of

CHUNK = 512  # judged faces at a time: the training set can be large


def nearer_training(sample: Sample) -> Statistic | None:
    """Probability that a judged face lies nearer to the training set than a held-out real face does.

    The statistic of Meehan et al. 2020 over the whole space: 0.5 is as it should be, towards 1 is
    copying, towards 0 are faces unlike any in the training set.
    """
    seen = sample.reference.training
    if seen is None or seen.features is None:
        return None
    judged = _nearest(sample.features, seen.features)
    reals = _nearest(sample.reference.features, seen.features)
    nearer = (judged[:, None] < reals) + 0.5 * (judged[:, None] == reals)
    return lambda j, r: float(j @ nearer @ r / (j.sum() * r.sum()))


def exact_copies(sample: Sample) -> Statistic | None:
    """Share of faces that are training faces, or their mirror images, pixel for pixel."""
    copies = sample.copies()
    return None if copies is None else mean_of(copies.astype(np.float64))


def _nearest(faces: Floats, training: Floats) -> Floats:
    chunks = (faces[at : at + CHUNK] for at in range(0, len(faces), CHUNK))
    return np.concatenate([distances(chunk, training).min(1) for chunk in chunks])

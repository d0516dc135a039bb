"""Whether the detector finds anime faces in the results."""

from collections.abc import Callable

import numpy as np

from f2a_faces.detectors.f2a import F2a
from f2a_faces.images import Pixels
from f2a_metrics.features import Floats
from f2a_metrics.reference import Sample
from f2a_metrics.statistic import Statistic, mean_of

SIDE = 128  # to which faces are enlarged, or made smaller, for the detector


def face_detector() -> Callable[[Pixels], Floats]:
    """A function that returns whether the detector finds an anime face: (N, S, S, 3) to (N,) of 0 and 1.

    Raises:
        FatalError: the detector's weights are missing.
    """
    detector = F2a(kind="anime", max_side=SIDE)
    return lambda faces: np.array([float(bool(detector.find(face))) for face in faces])


def face_rate(sample: Sample) -> Statistic | None:
    """Share of the faces in which the detector detects an anime face."""
    return None if sample.found is None else mean_of(sample.found)

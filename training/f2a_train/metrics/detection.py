"""Whether the results are anime faces at all, as the project's own detector sees them."""

import numpy as np

from f2a_faces import detectors
from f2a_train.metrics.reference import Sample
from f2a_train.metrics.statistic import Statistic, mean_of

SIDE = 128  # to which faces are enlarged, or made smaller, for the detector


def face_rate(sample: Sample) -> Statistic:
    """Share of the faces in which the detector finds an anime face.

    Raises:
        FatalError: the detector's weights are missing.
    """
    detector = detectors.load("f2a", kind="anime", max_side=SIDE)
    return mean_of(np.array([float(bool(detector.detect(face))) for face in sample.faces]))

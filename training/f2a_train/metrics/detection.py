"""Whether the results are anime faces at all, as the project's own detector sees them."""

import numpy as np

from f2a_train.metrics.reference import Floats, Sample
from f2a_train.metrics.statistic import Statistic, mean_of

THRESHOLD = 0.5  # rather a face than not


def face_rate(sample: Sample) -> Statistic:
    """Share of the faces, enlarged to 128 pixels, in which the detector finds an anime face."""
    return mean_of((sample.anime >= THRESHOLD).astype(np.float64))


def face_score(sample: Sample) -> Statistic:
    """The median of the detector's highest score for an anime face."""

    def median(judged: Floats, _: Floats) -> float:
        return float(np.median(np.repeat(sample.anime, judged.astype(np.int64))))

    return median

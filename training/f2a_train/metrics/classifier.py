"""The classifier two-sample test: can a simple classifier tell the faces from real ones?"""

import numpy as np

from f2a_train.metrics.reference import Floats, Sample
from f2a_train.metrics.statistic import Statistic

FOLDS = 5
PENALTY = 10.0  # on the squared weights
ROUNDS = 6  # of Newton's method, which has converged long before


def two_sample(sample: Sample) -> Statistic:
    """Accuracy of a logistic regression on the features, on faces it was not fitted to.

    Lopez-Paz and Oquab 2017: 0.5 if it cannot tell, 1 if it always can. Both sets weigh the same, whatever
    their sizes. Faces that are copies of these very reals can bring it below 0.5.
    """
    judged, reals = sample.features, sample.reference.features
    faces = np.concatenate([judged, reals])
    faces = (faces - faces.mean(0)) / faces.std(0).clip(1e-9)
    labels = np.repeat([1.0, 0.0], [len(judged), len(reals)])
    right = _cross_validated(faces, labels)
    hit, passed = right[: len(judged)], right[len(judged) :]
    return lambda j, r: float(j @ hit / j.sum() + r @ passed / r.sum()) / 2


def _cross_validated(faces: Floats, labels: Floats) -> Floats:
    """For each face 1 if a classifier fitted to the other folds is right, 0 if not."""
    right = np.empty(len(faces))
    folds = np.random.default_rng(0).permutation(len(faces)) % FOLDS
    for fold in range(FOLDS):
        held = folds == fold
        weights = _fitted(faces[~held], labels[~held])
        right[held] = (_with_one(faces[held]) @ weights > 0) == labels[held]
    return right


def _fitted(faces: Floats, labels: Floats) -> Floats:
    """Weights (D + 1,) of a ridge logistic regression, by Newton's method."""
    inputs = _with_one(faces)
    share = labels.mean()
    importance = np.where(labels == 1, 0.5 / share, 0.5 / (1 - share))
    ridge = PENALTY * np.eye(inputs.shape[1])
    weights = np.zeros(inputs.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-(inputs @ weights).clip(-30, 30)))
        slope = inputs.T @ (importance * (chance - labels)) + ridge @ weights
        curve = (inputs.T * (importance * chance * (1 - chance))) @ inputs + ridge
        weights -= np.linalg.solve(curve, slope)
    return weights


def _with_one(faces: Floats) -> Floats:
    return np.concatenate([faces, np.ones((len(faces), 1))], axis=1)

"""How results hang on their own inputs: pictures are compared here, not the encoder's features."""

import cv2
import numpy as np

from f2a_faces.images import Pixels
from f2a_train.metrics.reference import Floats, Sample
from f2a_train.metrics.statistic import Statistic, mean_of

GRID = 16  # cells a side: pose and outline, not texture


def retrieval_edges(sample: Sample) -> Statistic | None:
    """Mean share of the other inputs whose edges are less like a result's than its own input's are.

    1: every result is most like its own input; 0.5: results do not hang on the input ("same face for any
    input"). Edges, since translation changes colours; less what all faces of a set have in common.
    """
    if sample.sources is None:
        return None
    return mean_of(_ranks(_edges(sample.faces), _edges(sample.sources)))


def retrieval_cycle(sample: Sample) -> Statistic | None:
    """The same for the face that was translated there and back, by its colours.

    High here and low by edges is a generator that hides the input in the result instead of showing it.
    """
    if sample.sources is None or sample.cycled is None:
        return None
    return mean_of(_ranks(_thumbnails(sample.cycled), _thumbnails(sample.sources)))


def cycle_error(sample: Sample) -> Statistic | None:
    """Mean absolute difference of inputs and faces translated there and back, pixels in [-1, 1].

    Equation 6 of the paper, but through 8-bit images, as a user would have to go.
    """
    return _difference(sample.cycled, sample.sources)


def change(sample: Sample) -> Statistic | None:
    """Mean absolute difference of results and inputs, pixels in [-1, 1]: 0 does nothing."""
    return _difference(sample.faces, sample.sources)


def _difference(left: Pixels | None, right: Pixels | None) -> Statistic | None:
    if left is None or right is None:
        return None
    gaps = np.array([cv2.absdiff(a, b).mean() for a, b in zip(left, right, strict=True)])
    return mean_of(gaps / 127.5)


def _ranks(results: Floats, inputs: Floats) -> Floats:
    """For each result the share of the other inputs that are less like it than its own; ties count half."""
    likeness = results @ inputs.T
    own = likeness.diagonal()[:, None]
    below = (likeness < own).sum(1) + 0.5 * ((likeness == own).sum(1) - 1)
    return np.asarray(below / (len(inputs) - 1))


def _edges(faces: Pixels) -> Floats:
    return _distinct(np.stack([_edge_map(face) for face in faces]))


def _edge_map(face: Pixels) -> Floats:
    grey = cv2.GaussianBlur(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(np.float64), (0, 0), 1)
    strength = np.hypot(cv2.Sobel(grey, cv2.CV_64F, 1, 0), cv2.Sobel(grey, cv2.CV_64F, 0, 1))
    return np.asarray(cv2.resize(strength, (GRID, GRID), interpolation=cv2.INTER_AREA))


def _thumbnails(faces: Pixels) -> Floats:
    small = [cv2.resize(face, (GRID, GRID), interpolation=cv2.INTER_AREA) for face in faces]
    return _distinct(np.stack(small).astype(np.float64))


def _distinct(faces: Floats) -> Floats:
    """What sets each face apart from the set's mean, as a unit vector; zeros where nothing does."""
    rest = (faces - faces.mean(0)).reshape(len(faces), -1)
    length = np.linalg.norm(rest, axis=1, keepdims=True)
    return np.asarray(np.where(length > 1e-6, rest / length.clip(1e-6), 0))

"""What is compared: real faces, encoded once, and a set of faces to evaluate."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from f2a_faces.images import Pixels
from f2a_train.metrics.features import Floats, embed

FEWEST = 8
"""Faces on either side; with fewer, a resampling could be one face many times."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The real faces of an evaluation; make it with `of`, once.

    Attributes:
        features: float64 (N, 1280), see `embed`.
    """

    features: Floats

    @classmethod
    def of(cls, reals: Pixels) -> Self:
        """Encode real faces.

        Args:
            reals: uint8 (N, S, S, 3), best held out from training; 8 at least.

        Raises:
            FatalError: the backbone's weights are not installed, or are others.
            ValueError: too few faces.
        """
        if len(reals) < FEWEST:
            raise ValueError(f"{len(reals)} real faces; metrics need {FEWEST}")
        return cls(embed(reals))


@dataclass(frozen=True, slots=True)
class Sample:
    """Faces to evaluate, and what they were made from.

    Attributes:
        faces: uint8 (M, S, S, 3).
        features: float64 (M, 1280), see `embed`.
        reference: the reals.
        sources: uint8 (M, S, S, 3), the photo of each face, or None.
    """

    faces: Pixels
    features: Floats
    reference: Reference
    sources: Pixels | None = None

    @classmethod
    def of(cls, faces: Pixels, reference: Reference, sources: Pixels | None) -> Self:
        """Encode the faces.

        Raises:
            ValueError: too few faces, or not as many as sources.
        """
        if len(faces) < FEWEST:
            raise ValueError(f"{len(faces)} faces to judge; metrics need {FEWEST}")
        if sources is not None and len(sources) != len(faces):
            raise ValueError("faces and sources differ in number")
        return cls(faces, embed(faces), reference, sources)


def distances(left: Floats, right: Floats) -> Floats:
    """Euclidean distances, float64: (M, D) and (N, D) to (M, N)."""
    squares = (left**2).sum(1)[:, None] + (right**2).sum(1) - 2 * left @ right.T
    return np.asarray(np.sqrt(squares.clip(0)))

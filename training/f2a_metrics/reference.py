"""The inputs of the metrics: real faces, encoded once, and faces to evaluate."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from f2a_faces.images import Pixels
from f2a_metrics.features import BATCH, Floats, embed
from f2a_metrics.measurements import Measurements, changes
from f2a_metrics.pictures import Pictures

FEWEST = 8
"""Fewest faces on either side; with fewer, a bootstrap sample could be a single face repeated."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The real faces of an evaluation; make it with `of`, once.

    Attributes:
        features: float64 (N, 1280), see `embed`.
    """

    features: Floats

    @classmethod
    def of(cls, reals: Pictures) -> Self:
        """Encode real faces, a few at a time.

        Args:
            reals: uint8 (N, S, S, 3) or crops on disk, best held out from training; 8 at least.

        Raises:
            FatalError: the backbone's weights are not installed, or are others.
            ValueError: too few faces.
        """
        if len(reals) < FEWEST:
            raise ValueError(f"{len(reals)} real faces; metrics need {FEWEST}")
        return cls(embed(reals))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """M faces to evaluate, and their sources.

    Attributes:
        features: float64 (M, 1280), see `embed`.
        reference: the reals.
        faces: their looks.
        sources: those of the photo of each face, or None.
        changes: (M,), see `f2a_metrics.measurements.changes`; None without sources.
        found: (M,), whether each has an anime face, 0 or 1; None if that was not asked.
    """

    features: Floats
    reference: Reference
    faces: Measurements
    sources: Measurements | None = None
    changes: Floats | None = None
    found: Floats | None = None

    @classmethod
    def of(
        cls,
        faces: Pictures,
        reference: Reference,
        sources: Pictures | None = None,
        find: Callable[[Pixels], Floats] | None = None,
    ) -> Self:
        """Encode the faces, a few at a time.

        Args:
            faces: to evaluate; 8 at least.
            reference: the reals.
            sources: the photo of each face, if there are any.
            find: see `f2a_metrics.detection.face_detector`; None for no detection.

        Raises:
            ValueError: too few faces, or not as many as sources.
        """
        if len(faces) < FEWEST:
            raise ValueError(f"{len(faces)} faces to judge; metrics need {FEWEST}")
        if sources is not None and len(sources) != len(faces):
            raise ValueError("faces and sources differ in number")
        parts = [slice(at, at + BATCH) for at in range(0, len(faces), BATCH)]
        seen = [_seen(faces[part], None if sources is None else sources[part], find) for part in parts]
        features, looks, of_sources, changed, found = zip(*seen, strict=True)
        return cls(
            features=np.concatenate(features),
            reference=reference,
            faces=Measurements.joined(list(looks)),
            sources=None if sources is None else Measurements.joined(list(of_sources)),
            changes=None if sources is None else np.concatenate(changed),
            found=None if find is None else np.concatenate(found),
        )


def _seen(faces: Pixels, sources: Pixels | None, find: Callable[[Pixels], Floats] | None) -> tuple[Any, ...]:
    """Everything that a `Sample` has, of one batch."""
    of_sources = None if sources is None else Measurements.of(sources)
    changed = None if sources is None else changes(faces, sources)
    return embed(faces), Measurements.of(faces), of_sources, changed, find and find(faces)


def distances(left: Floats, right: Floats) -> Floats:
    """Euclidean distances, float64: (M, D) and (N, D) to (M, N)."""
    squares = (left**2).sum(1)[:, None] + (right**2).sum(1) - 2 * left @ right.T
    return np.asarray(np.sqrt(squares.clip(0)))

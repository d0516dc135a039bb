"""What is compared: real faces, encoded once, and a set of faces to be judged beside them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from f2a_faces.encoder import embed, encode
from f2a_faces.images import Pixels

Floats = npt.NDArray[np.float64]
FLATTEST = 0.05
"""No feature is divided by less than this part of the median deviation, or its noise would count most."""


@dataclass(frozen=True, slots=True)
class Training:
    """The faces that a model has seen, and their mirror images, since training shows both.

    Attributes:
        features: float64 (T, 256), standardised by the reals; None if the reals are among these faces.
        pixels: the bytes of each.
    """

    features: Floats | None
    pixels: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Reference:
    """Real faces that others are judged by; make it with `of`, once.

    Attributes:
        features: float64 (N, 256), each feature with mean 0 and deviation 1 over these faces.
        mean: float64 (256,), what was subtracted.
        scale: float64 (256,), what was divided by.
        training: what the model has seen; None if unknown.
    """

    features: Floats
    mean: Floats
    scale: Floats
    training: Training | None = None

    @classmethod
    def of(cls, reals: Pixels, training: Pixels | None = None, *, held_out: bool = True) -> Self:
        """Encode real faces.

        Args:
            reals: uint8 (N, S, S, 3), best held out from training; 8 at least.
            training: uint8 (T, S, S, 3), the faces trained on, if results are to be searched for copies.
            held_out: whether the reals are none of those.

        Raises:
            FatalError: the encoder's file is missing or broken.
            ValueError: too few faces.
        """
        if len(reals) < FEWEST:
            raise ValueError(f"{len(reals)} real faces; metrics need {FEWEST}")
        raw = embed(reals).astype(np.float64)
        mean, deviation = raw.mean(0), raw.std(0)
        scale = np.maximum(deviation, max(FLATTEST * float(np.median(deviation)), 1e-9))
        seen = None
        if training is not None:
            both = np.concatenate([training, training[:, :, ::-1]])
            features = (embed(both) - mean) / scale if held_out else None
            seen = Training(features, frozenset(face.tobytes() for face in both))
        return cls((raw - mean) / scale, mean, scale, seen)


FEWEST = 8
"""Faces on either side; with fewer, a resampling could be one face many times."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Faces to be judged, and what they were made of.

    Attributes:
        faces: uint8 (M, S, S, 3).
        features: float64 (M, 256), standardised as the reference's.
        anime: float64 (M,), the detector's scores.
        reference: the reals.
        sources: uint8 (M, S, S, 3), the input of each face, or None.
        cycled: uint8 (M, S, S, 3), each face translated back, or None.
    """

    faces: Pixels
    features: Floats
    anime: Floats
    reference: Reference
    sources: Pixels | None = None
    cycled: Pixels | None = None

    @classmethod
    def of(cls, faces: Pixels, reference: Reference, sources: Pixels | None, cycled: Pixels | None) -> Self:
        """Encode the faces.

        Raises:
            ValueError: too few faces, or not as many as sources or cycled faces.
        """
        if len(faces) < FEWEST:
            raise ValueError(f"{len(faces)} faces to judge; metrics need {FEWEST}")
        if any(other is not None and len(other) != len(faces) for other in (sources, cycled)):
            raise ValueError("faces, sources and cycled faces differ in number")
        encoding = encode(faces)
        features = (encoding.features - reference.mean) / reference.scale
        return cls(faces, features, encoding.anime.astype(np.float64), reference, sources, cycled)

    def copies(self) -> npt.NDArray[np.bool_] | None:
        """Which faces are, pixel for pixel, training faces or their mirror images; None if unknown."""
        seen = self.reference.training
        return None if seen is None else np.array([face.tobytes() in seen.pixels for face in self.faces])


def distances(left: Floats, right: Floats) -> Floats:
    """Euclidean distances, float64: (M, D) and (N, D) to (M, N)."""
    squares = (left**2).sum(1)[:, None] + (right**2).sum(1) - 2 * left @ right.T
    return np.asarray(np.sqrt(squares.clip(0)))

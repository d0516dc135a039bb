"""Faces as vectors, so that sets of faces can be compared: a network that no longer changes.

It is the project's detector of 2026-11-22, trained to find drawn and human faces, not to recognise anyone or
to judge pictures; what it is sensitive to, and what not, is measured in docs/metrics.md. Detectors since
then are better, but figures are only worth comparing while all come from one encoder.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from f2a_faces.images import Pixels
from f2a_faces.networks import digest, read_network

SHIPPED = Path(__file__).parent / "weights" / "encoder.onnx"
SIDE = (
    128  # at 96 the network overlooks a slight blur, at 160 it misses more real faces and takes twice as long
)
BATCH = 32
FEATURES = 256
OUTPUTS = ["features", "maps"]
ANIME = 0  # the map of scores for drawn faces
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the network says of N faces.

    Attributes:
        features: float32 (N, 256): the means of the maps at strides 16 and 32.
        anime: float32 (N,), 0 to 1: the highest score for an anime face in each.
    """

    features: Floats
    anime: Floats


def embed(faces: Pixels) -> Floats:
    """The features alone; see `encode`."""
    return encode(faces).features


def encode(faces: Pixels) -> Encoding:
    """Run the network over square faces, each brought to 128 pixels.

    Args:
        faces: uint8 (N, S, S, 3), sRGB; N may be 0.

    Raises:
        FatalError: the file is missing or broken.
    """
    batches = [_run(faces[at : at + BATCH]) for at in range(0, len(faces), BATCH)]
    if not batches:
        return Encoding(np.empty((0, FEATURES), np.float32), np.empty(0, np.float32))
    features, anime = (np.concatenate(part) for part in zip(*batches, strict=True))
    return Encoding(features, anime)


def version() -> str:
    """The size and the file that the features come from: ``f2a-128-`` and the file's SHA-256."""
    return f"f2a-{SIDE}-{digest(SHIPPED)}"


def _run(faces: Sequence[Pixels] | Pixels) -> tuple[Floats, Floats]:
    batch = np.stack([_resized(face) for face in faces]).transpose(0, 3, 1, 2).astype(np.float32)
    features, maps = read_network(SHIPPED).run(OUTPUTS, {"image": batch})
    highest = maps[:, ANIME].max((1, 2)).clip(-30, 30)
    return features, 1 / (1 + np.exp(-highest))


def _resized(face: Pixels) -> Pixels:
    kind = cv2.INTER_AREA if len(face) > SIDE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(face, (SIDE, SIDE), interpolation=kind), np.uint8)

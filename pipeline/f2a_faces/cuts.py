"""Perceptual hashes of a crop and of cuts of it, to find copies that were cropped differently.

Two crops of one picture may differ by some percent in position and size. A cut of one then shows the same as
a cut of the other that is shifted or scaled by as much.
"""

from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from f2a_faces.images import Pixels

Hashes = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float32]
MIRRORED = np.uint64(0x5555_5555_5555_5555)
"""A mirrored picture's hash is the picture's with these bits flipped: those of odd horizontal frequency."""
WHOLE, INNER = 0, 1
"""Indices in `hashes`: of the whole crop, and of the cut that the others are close to."""
SIDE = 64
"""Pixels a side at which faces are compared."""
_FREQUENCIES, _SAMPLES = 8, 32
_INNER, _CLOSER, _SHIFT, _OFF_CENTRE = 0.9, 0.95, 0.04, 0.012  # shares of the side
_FAINT = 0.5  # grey levels; weaker frequencies are noise
_LEAST = 8  # frequencies that a picture must have


class _Cut(NamedTuple):
    x: float
    y: float
    side: float


def hashes(crop: Pixels) -> Hashes | None:
    """The signs of the 63 lowest frequencies, for each cut.

    Args:
        crop: uint8 (H, W, 3), sRGB.

    Returns:
        uint64 (`len(cuts())`,); None for a flat crop or a plain gradient, whose signs are noise.
    """
    grey = cv2.cvtColor(standard(crop), cv2.COLOR_RGB2GRAY).astype(np.float32)
    rows, columns = _operators()
    frequencies = rows @ grey @ columns
    frequencies[:, 0, 0] = 0
    if np.count_nonzero(np.abs(frequencies[INNER]) > _FAINT) < _LEAST:
        return None
    bits = (frequencies > 0).reshape(len(frequencies), -1)
    return np.packbits(bits, axis=1).view(">u8").astype(np.uint64).ravel()


def standard(crop: Pixels) -> Pixels:
    """A crop at the size at which faces are compared: uint8 (`SIDE`, `SIDE`, 3)."""
    if crop.shape[:2] == (SIDE, SIDE):
        return crop
    way = cv2.INTER_AREA if min(crop.shape[:2]) > SIDE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, (SIDE, SIDE), interpolation=way), np.uint8)


def cuts() -> tuple[_Cut, ...]:
    """The whole crop, the inner cut, the inner cut moved eight ways, and four closer and four wider ones."""
    around = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]
    corners = [(x, y) for x, y in around if x and y]
    moved = [_cut(1, x * _SHIFT, y * _SHIFT) for x, y in around]
    scaled = [
        _cut(scale, x * _OFF_CENTRE, y * _OFF_CENTRE) for scale in (_CLOSER, 1 / _CLOSER) for x, y in corners
    ]
    return (_Cut(0, 0, 1), _cut(1, 0, 0), *moved, *scaled)


def _cut(scale: float, x: float, y: float) -> _Cut:
    side = _INNER * scale
    return _Cut((1 - side) / 2 + x, (1 - side) / 2 + y, side)


@cache
def _operators() -> tuple[Floats, Floats]:
    """Matrices for the frequencies of a picture: (cuts, 8, `SIDE`) on the left, (cuts, `SIDE`, 8) right."""
    rows = np.stack([_frequencies(cut.y, cut.side) for cut in cuts()])
    columns = np.stack([_frequencies(cut.x, cut.side).T for cut in cuts()])
    return rows, columns


def _frequencies(begin: float, side: float) -> Floats:
    """The lowest frequencies of a cut, each the mean of samples times a cosine (DCT-II): (8, `SIDE`)."""
    edges = SIDE * (begin + side * np.arange(_SAMPLES + 1) / _SAMPLES)
    pixels = np.arange(SIDE)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    samples = np.clip(overlap, 0, None) * _SAMPLES / (SIDE * side)
    phases = np.outer(np.arange(_FREQUENCIES), np.arange(_SAMPLES) + 0.5) * np.pi / _SAMPLES
    return np.asarray(np.cos(phases) @ samples / _SAMPLES, np.float32)

"""Perceptual hashes of a crop and of cuts of it, to find copies that were cropped differently.

`crop` stores them with each face (`packed`). If you change how they are computed, change their number too:
stored hashes of another length are recomputed.

Two crops of one picture may differ by a few percent in position and size. A cut of one then matches a cut of
the other that is shifted or scaled by as much.
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
"""Size at which faces are compared, in pixels."""
_LOW, _FINE, _SAMPLES = 8, 16, 32  # frequencies per side of a hash and of the details; samples per side
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
    return _hashes(_grey(crop))


def details(crop: Pixels, count: int | None = None) -> Hashes:
    """The signs of the 192 frequencies above those of `hashes`, for all cuts or the first ``count``.

    Pictures that are alike in the lowest frequencies by chance differ in these.

    Returns:
        uint64 (cuts, 3).
    """
    return _details(_grey(crop), len(cuts()) if count is None else count)


def unlike(one: Hashes, other: Hashes, *, mirrored: bool) -> bool:
    """Whether the `details` show that two crops are of different pictures, at any cut.

    Args:
        one: of all cuts, or of the first ones.
        other: of the whole crop and the inner cut.
        mirrored: whether one of the crops is mirrored; then only those two cuts are compared.
    """
    if mirrored:
        differing = one[: INNER + 1] ^ other ^ _mirrored_details()
    else:
        differing = one ^ other[np.minimum(np.arange(len(one)), INNER)]
    bits = np.unpackbits(differing.view(np.uint8), axis=1).sum(1)
    return bool(bits.min() > _FARTHEST)


def packed(crop: Pixels) -> bytes:
    """The stored form: a crop's `hashes`, and the `details` of the whole crop and the inner cut.

    Returns:
        `WORDS` numbers of 64 bits, the lowest byte first; all 0 where there are no hashes.
        Stored bytes of another length are an earlier version's.
    """
    grey = _grey(crop)
    found = _hashes(grey)
    if found is None:
        return bytes(8 * WORDS)
    return np.concatenate([found, _details(grey, INNER + 1).ravel()]).astype("<u8").tobytes()


def standard(crop: Pixels) -> Pixels:
    """A crop at the size at which faces are compared: uint8 (`SIDE`, `SIDE`, 3)."""
    if crop.shape[:2] == (SIDE, SIDE):
        return crop
    way = cv2.INTER_AREA if min(crop.shape[:2]) > SIDE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, (SIDE, SIDE), interpolation=way), np.uint8)


@cache
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


WORDS = len(cuts()) + 2 * (_FINE**2 - _LOW**2) // 64
"""64-bit words stored per crop; the `hashes` come first."""
_FARTHEST = 52  # of 192 details; of planted copies one in a thousand differs in more


def _grey(crop: Pixels) -> Floats:
    return cv2.cvtColor(standard(crop), cv2.COLOR_RGB2GRAY).astype(np.float32)


def _hashes(grey: Floats) -> Hashes | None:
    frequencies = _frequencies_of(grey, _LOW, len(cuts()))
    frequencies[:, 0, 0] = 0
    if np.count_nonzero(np.abs(frequencies[INNER]) > _FAINT) < _LEAST:
        return None
    return _signs(frequencies.reshape(len(frequencies), -1)).ravel()


def _details(grey: Floats, count: int) -> Hashes:
    return _signs(_frequencies_of(grey, _FINE, count)[:, _above()])


def _frequencies_of(grey: Floats, most: int, count: int) -> Floats:
    """The lowest frequencies of the first cuts, down and across: (count, most, most)."""
    rows, columns = _operators(most)
    # cut by cut: one large product would wake the threads of BLAS, which cost more than they save
    return np.asarray(rows[:count] @ grey @ columns[:count])


def _signs(frequencies: Floats) -> Hashes:
    """(cuts, bits) as (cuts, bits / 64)."""
    return np.ascontiguousarray(np.packbits(frequencies > 0, axis=1)).view(">u8").astype(np.uint64)


@cache
def _above() -> npt.NDArray[np.bool_]:
    """Where the details are among the frequencies."""
    above = np.ones((_FINE, _FINE), np.bool_)
    above[:_LOW, :_LOW] = False
    return above


@cache
def _mirrored_details() -> Hashes:
    """The bits of details that mirroring flips, as `MIRRORED` for hashes: (1, 3)."""
    odd = np.broadcast_to(np.arange(_FINE) % 2, (_FINE, _FINE))
    return _signs(odd[_above()][None].astype(np.float32))


@cache
def _operators(most: int) -> tuple[Floats, Floats]:
    """Matrices that map a picture to frequencies.

    (cuts, most, `SIDE`), multiplied from the left, and (cuts, `SIDE`, most), from the right.
    """
    rows = np.stack([_frequencies(cut.y, cut.side, most) for cut in cuts()])
    columns = np.stack([_frequencies(cut.x, cut.side, most).T for cut in cuts()])
    return rows, columns


def _frequencies(begin: float, side: float, most: int) -> Floats:
    """The lowest frequencies of a cut, each the mean of samples times a cosine (DCT-II): (most, `SIDE`)."""
    edges = SIDE * (begin + side * np.arange(_SAMPLES + 1) / _SAMPLES)
    pixels = np.arange(SIDE)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    samples = np.clip(overlap, 0, None) * _SAMPLES / (SIDE * side)
    phases = np.outer(np.arange(most), np.arange(_SAMPLES) + 0.5) * np.pi / _SAMPLES
    return np.asarray(np.cos(phases) @ samples / _SAMPLES, np.float32)

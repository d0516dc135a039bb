"""The perceptual hash of a face: 64 bits, of which near copies share most."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from f2a_faces.images import Pixels

Matrix = npt.NDArray[np.float64]
_SIDE = 32  # pixels a side of which the frequencies are taken
_LOW = 8  # frequencies a side that are kept
_ROUNDING = 1e-6
"""Frequencies closer than this differ by rounding only, so the transform must be imagehash's.
All others have the same bits with any implementation: errors are below 1e-9."""
_LOWEST = 2 * np.cos(np.pi / _SIDE * np.outer(np.arange(_LOW), np.arange(_SIDE) + 0.5))
"""The cosine transform's first rows."""


def phash(pixels: Pixels) -> str:
    """Which of the 8x8 lowest frequencies lie above their median.

    The same bits as ``imagehash.phash``, which manifests of earlier versions hold; see
    https://www.hackerfactor.com/blog/index.php?/archives/432-Looks-Like-It.html

    Args:
        pixels: uint8, height x width x 3.

    Returns:
        16 hex digits, the lowest frequency first.
    """
    grey = Image.fromarray(pixels).convert("L").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    values = np.asarray(grey, np.float64)
    bits, gap = _above_median(_LOWEST @ values @ _LOWEST.T)
    if gap < _ROUNDING:
        bits, _ = _above_median(_transformed(values))
    return np.packbits(bits).tobytes().hex()


def _transformed(values: Matrix) -> Matrix:
    """With imagehash's rounding errors."""
    from scipy.fft import dctn  # noqa: PLC0415 -- importing it takes as long as hundreds of hashes

    lowest: Matrix = dctn(values)[:_LOW, :_LOW]
    return lowest


def _above_median(frequencies: Matrix) -> tuple[npt.NDArray[np.bool_], float]:
    """Which lie above the median, and how far apart the two are between which it lies."""
    ranked = np.sort(frequencies, axis=None)
    low, high = ranked[ranked.size // 2 - 1 : ranked.size // 2 + 1]
    return frequencies > (low + high) / 2, high - low

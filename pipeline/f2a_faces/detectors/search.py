"""Apply a detector to an image of any size and shape."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from f2a_faces.detectors import windows
from f2a_faces.detectors.protocol import Detection, Detector, View
from f2a_faces.images import Decoded, Pixels, decode, reduced


def find_faces(source: Path | bytes | Pixels, detector: Detector) -> tuple[Decoded, list[Detection]]:
    """Decode an image at the size that the detector asks for, and detect its faces.

    A tall or wide image is searched in overlapping windows, each treated as an image of its own.

    Args:
        source: a file, its bytes, or uint8 pixels, height x width x 3.
        detector: what to search with.

    Returns:
        The image as the detector saw it first, and its faces in pixels of the *full* image, best first.

    Raises:
        ImageError: the image cannot be decoded.
    """
    view: View = partial(reduced if isinstance(source, np.ndarray) else decode, source)  # type: ignore[arg-type]
    seen: list[Decoded] = []
    [found] = detector.detect([lambda side: _remembered(view(side), seen)])
    if windows.is_strip(seen[0].width, seen[0].height):
        found = _in_windows(
            source if isinstance(source, np.ndarray) else decode(source).pixels, detector, found
        )
    return seen[0], found


def _remembered(decoded: Decoded, seen: list[Decoded]) -> Decoded:
    seen.append(decoded)
    return decoded


def _in_windows(pixels: Pixels, detector: Detector, found: Sequence[Detection]) -> list[Detection]:
    height, width = pixels.shape[:2]
    over = list(windows.over(width, height))
    searched = detector.detect([partial(reduced, window.cut(pixels)) for window in over])
    parts = [face for window, faces in zip(over, searched, strict=True) for face in window.whole(faces)]
    return windows.merge(found, parts, min(width, height))

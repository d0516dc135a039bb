"""How a detector is applied to an image of any size and shape."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from f2a_faces.detectors import windows
from f2a_faces.detectors.protocol import Detection, Detector, TwoPass
from f2a_faces.images import Decoded, decode, reduced
from f2a_manifests import Box, Landmark

See = Callable[[int], Decoded]
"""Gives an image, or a window of it, reduced to a long side."""


def find_faces(source: Path | bytes, detector: Detector) -> tuple[Decoded, list[Detection]]:
    """Decode an image at the detector's size and detect its faces, in two passes if the detector asks for it.

    A tall or wide image is searched in overlapping windows, each treated as an image of its own.

    Returns:
        The image of the first pass, and its faces in pixels of the *full* image, best first.

    Raises:
        ImageError: the image cannot be decoded.
    """
    see = partial(decode, source)
    decoded = see(detector.max_side)
    found = _detect(decoded, detector)
    if windows.is_strip(decoded.width, decoded.height):
        return decoded, _in_windows(decode(source), detector, found)
    return decoded, _with_second_pass(see, detector, decoded, found)


def _in_windows(full: Decoded, detector: Detector, found: Sequence[Detection]) -> list[Detection]:
    parts: list[Detection] = []
    for window in windows.over(full.width, full.height):
        see = partial(reduced, window.cut(full.pixels))
        decoded = see(detector.max_side)
        parts += window.whole(_with_second_pass(see, detector, decoded, _detect(decoded, detector)))
    return windows.merge(found, parts, min(full.width, full.height))


def _with_second_pass(
    see: See, detector: Detector, decoded: Decoded, found: list[Detection]
) -> list[Detection]:
    """Add the detections of a second pass, if the detector wants one."""
    if isinstance(detector, TwoPass):
        long_side = max(decoded.width, decoded.height)
        second = detector.second_pass(found, long_side)
        if second:
            found = detector.merge(found, _detect(see(second.max_side), second), long_side)
    return found


def _detect(decoded: Decoded, detector: Detector) -> list[Detection]:
    faces = [_enlarged(face, decoded) for face in detector.detect(decoded.pixels)]
    return [face for face in faces if face.box.w > 0 and face.box.h > 0]


def _enlarged(face: Detection, decoded: Decoded) -> Detection:
    """The same face in pixels of the full image, cut at its border."""
    x, y, w, h = (value * decoded.scale for value in face.box)
    left, top = max(0, round(x)), max(0, round(y))
    right, bottom = min(decoded.width, round(x + w)), min(decoded.height, round(y + h))
    scale = decoded.scale
    landmarks = tuple(Landmark(name, round(px * scale), round(py * scale)) for name, px, py in face.landmarks)
    return replace(face, box=Box(left, top, right - left, bottom - top), landmarks=landmarks)

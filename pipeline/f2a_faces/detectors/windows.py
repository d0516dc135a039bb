"""Search tall and wide images in overlapping windows, and merge the detections.

Reduced as a whole, most faces of a strip of 800x8000 pixels are too small to be found. Windows are little
longer than its short side and share three quarters of that with the next one, so that faces up to this
size are whole in one of them. A detection at a window's inner edge is a part of a face, or whole in
another window. Larger faces are cut in every window, and come from the pass over the whole image.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from f2a_faces.detectors.protocol import Detection
from f2a_faces.images import Pixels
from f2a_manifests import Box, Landmark

STRIP = 2.5  # times as long as wide: from there on an image is searched in windows
LENGTH = 1.25  # of a window, in short sides of the image
OVERLAP = 0.75  # likewise
LARGE = 0.6  # of the short side: such faces come from the pass over the whole image
EDGE = 0.02  # of the short side: what is nearer to an inner edge of its window touches it
MOST = 100  # windows of an image; longer ones where these would not do
SAME_FACE = 0.4  # intersection over union of two boxes that mean one face


@dataclass(frozen=True, slots=True)
class Window:
    """A part of an image, in its pixels.

    Attributes:
        start: along the image's long side.
        end: likewise.
        inner: the range of detections that do not touch an inner edge.
        across: whether the image is wider than high.
    """

    start: int
    end: int
    inner: tuple[float, float]
    across: bool

    def cut(self, pixels: Pixels) -> Pixels:
        """The window's pixels, of those of the full image: uint8, height x width x 3."""
        return pixels[:, self.start : self.end] if self.across else pixels[self.start : self.end]

    def whole(self, found: Sequence[Detection]) -> list[Detection]:
        """The window's detections that its edges do not cut, in pixels of the full image."""
        dx, dy = (self.start, 0) if self.across else (0, self.start)
        return [_moved(face, dx, dy) for face in found if self._is_whole(face.box)]

    def _is_whole(self, box: Box) -> bool:
        at, length = (box.x, box.w) if self.across else (box.y, box.h)
        first, last = self.inner
        return first <= self.start + at and self.start + at + length <= last


def is_strip(width: int, height: int) -> bool:
    """Whether an image of this size is searched in windows."""
    return max(width, height) > STRIP * min(width, height)


def over(width: int, height: int) -> Iterator[Window]:
    """The windows over an image, evenly spread."""
    long, short = max(width, height), min(width, height)
    step = max((LENGTH - OVERLAP) * short, long / MOST)
    length = step + OVERLAP * short
    count = math.ceil((long - length) / step) + 1
    for at in np.linspace(0, long - length, count):
        start, end = round(at), min(round(at + length), long)
        first = start + EDGE * short if start else -math.inf  # boxes may reach over the image's own border
        last = end - EDGE * short if end < long else math.inf
        yield Window(start, end, (first, last), width > height)


def merge(whole: Sequence[Detection], parts: Sequence[Detection], short: int) -> list[Detection]:
    """The faces of a strip, each once, best first.

    Args:
        whole: detections in the whole image.
        parts: detections in its windows.
        short: its short side.
    """
    large = [face for face in whole if max(face.box.w, face.box.h) >= LARGE * short]
    small = [face for face in parts if not any(_holds(other.box, face.box) for other in large)]
    return each_once([*large, *small])


def _holds(box: Box, other: Box) -> bool:
    x, y = other.x + other.w / 2, other.y + other.h / 2
    return box.x <= x <= box.x + box.w and box.y <= y <= box.y + box.h


def each_once(found: Sequence[Detection], frame: float = 1.0) -> list[Detection]:
    """Non-maximum suppression; best first.

    Args:
        found: detections.
        frame: factor by which boxes are enlarged for the comparison.
    """
    lift = 1 - min((face.score for face in found), default=0)  # a cascade's weights may be negative
    boxes, scores = [list(face.box.scaled(frame)) for face in found], [face.score + lift for face in found]
    kept = cv2.dnn.NMSBoxes(boxes, scores, 0.0, SAME_FACE)
    return sorted((found[n] for n in kept), key=lambda face: (-face.score, face.box))


def _moved(face: Detection, dx: int, dy: int) -> Detection:
    box = face.box
    landmarks = tuple(Landmark(name, x + dx, y + dy) for name, x, y in face.landmarks)
    return replace(face, box=box._replace(x=box.x + dx, y=box.y + dy), landmarks=landmarks)

"""Detection metrics: detections matched with hand-drawn boxes.

metrics = evaluate(images, min_iou=0.3)
metrics.recall, metrics.precision, metrics.average_precision
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from f2a_faces.detectors.protocol import Detection
from f2a_manifests import Box

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ImageDetections:
    """One image's detections and its real faces.

    Attributes:
        found: in any order.
        faces: boxes of all faces to detect.
        ignored: ignore regions: neither missed nor, when detected, false, such as very small faces.
    """

    found: Sequence[Detection]
    faces: Sequence[Box]
    ignored: Sequence[Box] = ()


@dataclass(frozen=True, slots=True)
class Matches:
    """One image's detections sorted into correct and false, best first, and the missed faces."""

    correct: list[Detection]
    false: list[Detection]
    missed: list[Box]


class Curve(NamedTuple):
    """Recall and precision at each score that occurs, from the highest down; equally long arrays."""

    scores: Floats
    recall: Floats
    precision: Floats


@dataclass(frozen=True, slots=True, eq=False)
class DetectionMetrics:
    """All detections of a set of images, without those on ignored faces.

    Attributes:
        scores: shape (detections,), from the highest down.
        correct: shape (detections,), whether each one is matched with a face.
        faces: number of faces to detect.
    """

    scores: Floats
    correct: Bools
    faces: int

    @property
    def recall(self) -> float:
        """Share of the faces that was detected; NaN without faces."""
        return _share(int(self.correct.sum()), self.faces)

    @property
    def precision(self) -> float:
        """Share of the detections that is correct; NaN without detections."""
        return _share(int(self.correct.sum()), len(self.correct))

    @property
    def f1(self) -> float:
        """Harmonic mean of recall and precision; NaN where there is neither a face nor a detection."""
        return _share(2 * int(self.correct.sum()), self.faces + len(self.correct))

    @property
    def curve(self) -> Curve:
        """Recall and precision as the threshold falls; detections of equal score enter together."""
        last = np.flatnonzero(np.diff(self.scores, append=-np.inf))
        right = np.cumsum(self.correct)[last]
        return Curve(self.scores[last], right / max(self.faces, 1), right / (last + 1))

    @property
    def average_precision(self) -> float:
        """Area under the interpolated precision-recall curve at all its points; NaN without faces.

        As in PASCAL VOC since 2010 (development kit, section 4.4): precision at a recall is the highest
        one at that recall or more. Faces below the detector's threshold add nothing.
        """
        if not self.faces:
            return float("nan")
        _, recall, precision = self.curve
        interpolated = np.maximum.accumulate(precision[::-1])[::-1]
        return float(np.sum(np.diff(recall, prepend=0.0) * interpolated))


def evaluate(images: Iterable[ImageDetections], min_iou: float) -> DetectionMetrics:
    """Match every image's detections with its faces.

    Args:
        images: the set.
        min_iou: see `match`.
    """
    matched = [match(image, min_iou) for image in images]
    marks = [(face.score, True) for image in matched for face in image.correct]
    faces = len(marks) + sum(len(image.missed) for image in matched)
    marks += [(face.score, False) for image in matched for face in image.false]
    marks.sort(reverse=True)
    scores, correct = zip(*marks, strict=True) if marks else ((), ())
    return DetectionMetrics(np.array(scores, dtype=np.float64), np.array(correct, dtype=np.bool_), faces)


def match(image: ImageDetections, min_iou: float) -> Matches:
    """Give each detection, best score first, the free face that it overlaps most, one to one.

    An unmatched detection on an ignore region is left out. The order of the detections and
    faces does not matter.

    Args:
        image: detections and faces.
        min_iou: smallest intersection over union, above 0, at which a box is on a face.
    """
    found = sorted(image.found, key=lambda face: (-face.score, face.box))
    faces = sorted(image.faces)
    free = list(range(len(faces)))
    correct, rest = [], []
    for face, overlaps in zip(found, iou([face.box for face in found], faces), strict=True):
        best = max(free, key=overlaps.__getitem__, default=None)
        if best is None or overlaps[best] < min_iou:
            rest.append(face)
        else:
            correct.append(face)
            free.remove(best)
    most = iou([face.box for face in rest], image.ignored).max(axis=1, initial=0.0)
    false = [face for face, overlap in zip(rest, most, strict=True) if overlap < min_iou]
    return Matches(correct, false, [faces[place] for place in free])


def iou(first: Sequence[Box], second: Sequence[Box]) -> Floats:
    """Intersection over union, 0 to 1, of every box with every other, shape (first, second)."""
    a, b = (np.asarray(boxes, dtype=np.float64).reshape(-1, 4) for boxes in (first, second))
    low = np.maximum(a[:, None, :2], b[:, :2])
    high = np.minimum(a[:, None, :2] + a[:, None, 2:], b[:, :2] + b[:, 2:])
    both = (high - low).clip(0).prod(axis=2)
    either = a[:, 2:].prod(axis=1)[:, None] + b[:, 2:].prod(axis=1) - both
    # Boxes are whole pixels: only where both are empty is the union below 1.
    return np.asarray(both / either.clip(1))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")

"""Labelling illustrations that nobody has boxed: first by agreement, then by the network itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from f2a_detector.material import ANIME, UNSURE, Label, Picture
from f2a_faces.detectors import Detection
from f2a_faces.detectors.f2a import MAX_ENLARGEMENT, F2a
from f2a_faces.detectors.scoring import iou
from f2a_faces.images import Pixels
from f2a_manifests import Box

_SAME_FACE = 0.4
_TRAP = 0.2  # a box that overlaps a face by more is badly placed, not false


@dataclass(frozen=True, slots=True)
class Trust:
    """What makes a find a label.

    Attributes:
        alone: a find with this score is a face.
        agreed: so is one with this score that ``passes`` passes share.
        passes: see ``agreed``.
        doubt: one with this score that is neither is a doubt: the network is told nothing there.
    """

    alone: float
    agreed: float
    passes: int
    doubt: float


def search(pixels: Pixels, detector: F2a, sides: Sequence[int]) -> list[list[Detection]]:
    """Passes over a picture at several long sides, plain and mirrored; boxes in its own pixels."""
    return [
        one_pass(pixels, detector, side, mirrored=mirrored) for side in sides for mirrored in (False, True)
    ]


def scale_to(pixels: Pixels, side: int) -> float:
    """How much larger a picture is searched at a long side, as the detector does it."""
    return float(min(side / max(pixels.shape[:2]), MAX_ENLARGEMENT))


def label(picture: Picture, passes: Sequence[Sequence[Detection]], trust: Trust) -> Picture:
    """Label a picture anew from passes; a label that it had and that no pass finds becomes a doubt."""
    labels, met = [], set()
    for group in _groups(passes):
        box = _median([find.box for _, find in group])
        before = [n for n, old in enumerate(picture.labels) if _overlap(box, old.box) > _SAME_FACE]
        met.update(before)
        known = any(picture.labels[n].kind == ANIME for n in before)
        best, agreeing = max(find.score for _, find in group), len({number for number, _ in group})
        if known or best >= trust.alone or (best >= trust.agreed and agreeing >= trust.passes):
            labels.append(Label(box, ANIME))
        elif before or best >= trust.doubt:
            labels.append(Label(box, UNSURE))
    labels += [Label(old.box, UNSURE) for n, old in enumerate(picture.labels) if n not in met]
    return Picture(picture.pixels, tuple(labels))


def traps(picture: Picture, detector: F2a, sides: Sequence[int]) -> tuple[Box, ...]:
    """Where the network sees faces that are none: hard negatives to mine."""
    finds = [find.box for side in sides for find in one_pass(picture.pixels, detector, side)]
    overlaps = iou(finds, [label.box for label in picture.labels]).max(axis=1, initial=0.0)
    return tuple(box for box, overlap in zip(finds, overlaps, strict=True) if overlap < _TRAP)


def one_pass(pixels: Pixels, detector: F2a, side: int, *, mirrored: bool = False) -> list[Detection]:
    """Search a picture at one long side; boxes in its own pixels, and the network's own scores."""
    scale = scale_to(pixels, side)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=how), np.uint8)
    width = small.shape[1]
    detector = replace(detector, max_side=max(small.shape[:2]))  # it shall not enlarge the picture once more
    small = np.ascontiguousarray(small[:, ::-1]) if mirrored else small
    finds = detector.scan(small, detector.threshold)
    if mirrored:
        finds = [replace(find, box=find.box._replace(x=width - find.box.x - find.box.w)) for find in finds]
    return [replace(find, box=Box(*(round(value / scale) for value in find.box))) for find in finds]


def _groups(passes: Sequence[Sequence[Detection]]) -> list[list[tuple[int, Detection]]]:
    """Finds of one face, each with the number of its pass."""
    groups: list[list[tuple[int, Detection]]] = []
    finds = [(number, find) for number, finds in enumerate(passes) for find in finds]
    for number, find in sorted(finds, key=lambda item: -item[1].score):
        for group in groups:
            if _overlap(find.box, group[0][1].box) > _SAME_FACE:
                group.append((number, find))
                break
        else:
            groups.append([(number, find)])
    return groups


def _median(boxes: Sequence[Box]) -> Box:
    return Box(*(round(float(value)) for value in np.median(np.array(boxes), 0)))


def _overlap(one: Box, other: Box) -> float:
    return float(iou([one], [other])[0, 0])

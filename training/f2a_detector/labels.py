"""Pseudo-labels for illustrations without boxes: first by agreement, then by the network itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from f2a_detector.training_data import ANIME, IGNORED, Label, LabelledImage
from f2a_faces.detectors import Detection
from f2a_faces.detectors.f2a import MAX_ENLARGEMENT, F2a
from f2a_faces.detectors.scoring import iou
from f2a_faces.images import Pixels
from f2a_manifests import Box

_SAME_FACE = 0.4
_MISPLACED = 0.2  # IoU with a face from which a box is misplaced rather than false


@dataclass(frozen=True, slots=True)
class PseudoLabelLimits:
    """Which detections become pseudo-labels.

    Attributes:
        alone: score from which a detection is a face.
        agreed: likewise if ``passes`` passes share it.
        passes: see ``agreed``.
        ignored: score from which any other detection is an ignore region.
    """

    alone: float
    agreed: float
    passes: int
    ignored: float


def all_passes(pixels: Pixels, detector: F2a, sides: Sequence[int]) -> list[list[Detection]]:
    """Passes over an image at several long sides, plain and mirrored; boxes in its own pixels."""
    return [
        one_pass(pixels, detector, side, mirrored=mirrored) for side in sides for mirrored in (False, True)
    ]


def scale_to(pixels: Pixels, side: int) -> float:
    """The factor by which the detector scales an image to a long side."""
    return float(min(side / max(pixels.shape[:2]), MAX_ENLARGEMENT))


def label(
    picture: LabelledImage, passes: Sequence[Sequence[Detection]], limits: PseudoLabelLimits
) -> LabelledImage:
    """Label an image again from passes; old labels that no pass confirms become ignore regions."""
    labels, met = [], set()
    for group in _groups(passes):
        box = _median([found.box for _, found in group])
        before = [n for n, old in enumerate(picture.labels) if box.overlap(old.box) > _SAME_FACE]
        met.update(before)
        known = any(picture.labels[n].kind == ANIME for n in before)
        best, agreeing = max(found.score for _, found in group), len({number for number, _ in group})
        if known or best >= limits.alone or (best >= limits.agreed and agreeing >= limits.passes):
            labels.append(Label(box, ANIME))
        elif before or best >= limits.ignored:
            labels.append(Label(box, IGNORED))
    labels += [Label(old.box, IGNORED) for n, old in enumerate(picture.labels) if n not in met]
    return LabelledImage(picture.pixels, tuple(labels))


def hard_negatives(picture: LabelledImage, detector: F2a, sides: Sequence[int]) -> tuple[Box, ...]:
    """The network's false detections in a labelled image."""
    detections = [found.box for side in sides for found in one_pass(picture.pixels, detector, side)]
    overlaps = iou(detections, [label.box for label in picture.labels]).max(axis=1, initial=0.0)
    return tuple(box for box, overlap in zip(detections, overlaps, strict=True) if overlap < _MISPLACED)


def one_pass(pixels: Pixels, detector: F2a, side: int, *, mirrored: bool = False) -> list[Detection]:
    """Search an image at one long side; boxes in its own pixels, with the network's own scores."""
    scale = scale_to(pixels, side)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=how), np.uint8)
    width = small.shape[1]
    detector = replace(detector, max_side=max(small.shape[:2]))  # already scaled
    small = np.ascontiguousarray(small[:, ::-1]) if mirrored else small
    detections = detector.scan(small, detector.threshold)
    if mirrored:
        detections = [
            replace(found, box=found.box._replace(x=width - found.box.x - found.box.w))
            for found in detections
        ]
    return [replace(found, box=Box(*(round(value / scale) for value in found.box))) for found in detections]


def _groups(passes: Sequence[Sequence[Detection]]) -> list[list[tuple[int, Detection]]]:
    """Detections of one face, each with the number of its pass."""
    groups: list[list[tuple[int, Detection]]] = []
    detections = [(number, found) for number, detections in enumerate(passes) for found in detections]
    for number, found in sorted(detections, key=lambda item: -item[1].score):
        for group in groups:
            if found.box.overlap(group[0][1].box) > _SAME_FACE:
                group.append((number, found))
                break
        else:
            groups.append([(number, found)])
    return groups


def _median(boxes: Sequence[Box]) -> Box:
    return Box(*(round(float(value)) for value in np.median(np.array(boxes), 0)))

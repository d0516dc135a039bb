"""Calibrate scores and boxes on images that were not trained on.

A score of 0.9 should be correct nine times in ten, whatever the face's size. Boxes of drawn faces should
end beyond each side of the face as often as before it.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from f2a_detector.labels import one_pass, scale_to
from f2a_detector.network import FaceNet
from f2a_detector.training_data import IGNORED, LabelledImage
from f2a_faces.detectors import Detection
from f2a_faces.detectors.f2a import KINDS, F2a, Kind
from f2a_faces.detectors.scoring import ImageDetections, iou, match
from f2a_manifests import Box

log = logging.getLogger(__name__)

SIDES = {"anime": (320, 384, 704, 1152), "human": (416, 512, 640)}  # close to the detector's own
MIN_IOU = 0.4
FITTED = ("anime",)  # boxes of people keep the convention of aligned portraits, by which they are cropped
SURE = 0.5  # score of the detections that boxes are fitted on
FAINTEST = 0.02
Floats = np.ndarray


@dataclass(frozen=True, slots=True)
class _Scored:
    """A detection at one size of an image.

    Attributes:
        detection: in the image's pixels.
        size: of its box as the network saw it, log2(size / 32).
        face: the real box that it matches, or None.
    """

    detection: Detection
    size: float
    face: Box | None


def calibrate(network: FaceNet, weights: Path, pictures: Mapping[str, Sequence[LabelledImage]]) -> None:
    """Fit the numbers of each kind's score and box (see `Calibrated`).

    The score's three by logistic regression: Platt scaling (1999) with the size as a second variable, because
    small detections are correct less often than in training scenes. The box's four as the median ratio of
    the distances from the detection's centre to the sides of the face and of the box.

    Args:
        network: its ``calibration`` and ``box_scale`` are set.
        weights: the same network as ONNX, not calibrated.
        pictures: labelled images for each kind that were not trained on.
    """
    for kind, number in KINDS.items():
        detections = list(_scored(weights, kind, number, pictures[kind]))
        right = [found for found in detections if found.face]
        if len(detections) < 10 or len(right) in (0, len(detections)):
            log.info("%s: %d detections are too few to calibrate the score", kind, len(detections))
            continue
        known = np.array([(_logit(found.detection.score), found.size) for found in detections])
        numbers = _regress(known, np.array([found.face is not None for found in detections], float))
        network.calibration[number] = torch.from_numpy(numbers).float()
        log.info(
            "%s: %d detections; scale, size weight, offset %s",
            kind,
            len(detections),
            numbers.round(3).tolist(),
        )
        if kind in FITTED:
            rows = zip(detections, known, strict=True)
            sure = [found for found, row in rows if found.face and _is_sure(row, numbers)]
            network.box_scale[number] = torch.from_numpy(_fitted(sure or right)).float()
            log.info("%s: left, top, right, bottom times %s", kind, network.box_scale[number].tolist())


def _fitted(detections: Sequence[_Scored]) -> Floats:
    return np.median([_box_scale(found.detection.box, found.face) for found in detections if found.face], 0)


def _scored(weights: Path, kind: Kind, number: int, pictures: Sequence[LabelledImage]) -> Iterator[_Scored]:
    detector = F2a(kind, threshold=FAINTEST, weights=weights)
    for picture in pictures:
        faces = [label.box for label in picture.labels if label.kind == number]
        ignored = [label.box for label in picture.labels if label.kind == IGNORED]
        for side in SIDES[kind]:
            matched = match(
                ImageDetections(one_pass(picture.pixels, detector, side), faces, ignored), MIN_IOU
            )
            scale = scale_to(picture.pixels, side)
            for found in (*matched.correct, *matched.false):
                size = float(np.log2(scale * np.sqrt(found.box.w * found.box.h) / 32))
                nearest = (
                    faces[int(iou([found.box], faces)[0].argmax())] if found in matched.correct else None
                )
                yield _Scored(found, size, nearest)


def _is_sure(row: Floats, numbers: Floats) -> bool:
    return float(row @ numbers[:2] + numbers[2]) >= _logit(SURE)


def _box_scale(found: Box, face: Box) -> tuple[float, float, float, float]:
    """Ratio of the face's left, top, right and bottom distance to the detection's, from its centre."""
    x, y = found.x + found.w / 2, found.y + found.h / 2
    across, down = max(found.w, 1) / 2, max(found.h, 1) / 2
    return (
        (x - face.x) / across,
        (y - face.y) / down,
        (face.x + face.w - x) / across,
        (face.y + face.h - y) / down,
    )


def _logit(score: float) -> float:
    score = min(max(score, 1e-4), 1 - 1e-4)
    return float(np.log(score / (1 - score)))


def _regress(variables: Floats, right: Floats) -> Floats:
    """Logistic regression by Newton's method with Platt's smoothed targets: weights, then an offset."""
    hits = right.sum()
    wanted = np.where(right > 0, (hits + 1) / (hits + 2), 1 / (len(right) - hits + 2))
    columns, fit = np.column_stack([variables, np.ones(len(right))]), np.array([1.0, 0.0, 0.0])
    for _ in range(50):
        score = 1 / (1 + np.exp(-(columns @ fit).clip(-30, 30)))
        bend = (columns * (score * (1 - score))[:, None]).T @ columns + 1e-3 * np.eye(3)
        fit = fit - np.linalg.solve(bend, columns.T @ (score - wanted) + 1e-3 * (fit - [1.0, 0.0, 0.0]))
    return fit

"""Making a score mean something, and a box fit: on pictures that were not learned from.

A score of 0.9 is to be right nine times in ten, whatever the size of the face; and as many boxes of drawn
faces are to end beyond each side of the face as before it.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from f2a_detector.labels import one_pass, scale_to
from f2a_detector.material import UNSURE, Picture
from f2a_detector.network import FaceNet
from f2a_faces.detectors import Detection
from f2a_faces.detectors.f2a import KINDS, F2a
from f2a_faces.detectors.scoring import ImageDetections, iou, match
from f2a_manifests import Box

log = logging.getLogger(__name__)

SIDES = {"anime": (320, 384, 704, 1152), "human": (416, 512, 640)}  # about those that are searched with
MIN_IOU = 0.4
FITTED = ("anime",)  # people's boxes are those of aligned portraits, which all crops of people are cut by
SURE = 0.5  # score of the finds that boxes are fitted on
FAINTEST = 0.02
Floats = np.ndarray


@dataclass(frozen=True, slots=True)
class _Find:
    """A find at one size of a picture.

    Attributes:
        find: the detection, in the picture's pixels.
        size: of its box as the network saw it, log2 of it over 32.
        face: the box that it is right about, or None.
    """

    find: Detection
    size: float
    face: Box | None


def calibrate(network: FaceNet, weights: Path, pictures: Mapping[str, Sequence[Picture]]) -> None:
    """Fit the numbers of each kind's score and box (see `Calibrated`).

    The score's three by logistic regression, Platt's method (1999) with the size as a second variable: what
    is small is less often a face than the scenes of the training make the network believe. The box's four
    as the median of how much farther away a face's side is than the find has it.

    Args:
        network: its ``calibration`` and ``stretch`` are set.
        weights: the same network as ONNX, not calibrated.
        pictures: labelled pictures for each kind that were not learned from.
    """
    for kind, number in KINDS.items():
        finds = list(_finds(weights, kind, number, pictures[kind]))
        right = [find for find in finds if find.face]
        if len(finds) < 10 or len(right) in (0, len(finds)):
            log.info("%s: %d finds are too few to calibrate the score", kind, len(finds))
            continue
        known = np.array([(_logit(find.find.score), find.size) for find in finds])
        numbers = _regress(known, np.array([find.face is not None for find in finds], float))
        network.calibration[number] = torch.from_numpy(numbers).float()
        log.info("%s: %d finds; slope, tilt, offset %s", kind, len(finds), numbers.round(3).tolist())
        if kind in FITTED:
            rows = zip(finds, known, strict=True)
            sure = [find for find, row in rows if find.face and _is_sure(row, numbers)]
            network.stretch[number] = torch.from_numpy(_fitted(sure or right)).float()
            log.info("%s: left, top, right, bottom times %s", kind, network.stretch[number].tolist())


def _fitted(finds: Sequence[_Find]) -> Floats:
    return np.median([_stretch(find.find.box, find.face) for find in finds if find.face], 0)


def _finds(weights: Path, kind: str, number: int, pictures: Sequence[Picture]) -> Iterator[_Find]:
    detector = F2a(kind, threshold=FAINTEST, weights=str(weights))
    for picture in pictures:
        faces = [label.box for label in picture.labels if label.kind == number]
        doubts = [label.box for label in picture.labels if label.kind == UNSURE]
        for side in SIDES[kind]:
            matched = match(ImageDetections(one_pass(picture.pixels, detector, side), faces, doubts), MIN_IOU)
            scale = scale_to(picture.pixels, side)
            for find in (*matched.correct, *matched.false):
                size = float(np.log2(scale * np.sqrt(find.box.w * find.box.h) / 32))
                yield _Find(find, size, _nearest(find.box, faces) if find in matched.correct else None)


def _nearest(box: Box, faces: Sequence[Box]) -> Box:
    return faces[int(iou([box], faces)[0].argmax())]


def _is_sure(row: Floats, numbers: Floats) -> bool:
    return float(row @ numbers[:2] + numbers[2]) >= _logit(SURE)


def _stretch(found: Box, face: Box) -> tuple[float, float, float, float]:
    """How many times farther the face's left, top, right and bottom side is from the find's middle."""
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
    """Logistic regression by Newton's method, with Platt's smoothed targets: a factor each, an offset."""
    hits = right.sum()
    wanted = np.where(right > 0, (hits + 1) / (hits + 2), 1 / (len(right) - hits + 2))
    columns, fit = np.column_stack([variables, np.ones(len(right))]), np.array([1.0, 0.0, 0.0])
    for _ in range(50):
        score = 1 / (1 + np.exp(-(columns @ fit).clip(-30, 30)))
        bend = (columns * (score * (1 - score))[:, None]).T @ columns + 1e-3 * np.eye(3)
        fit = fit - np.linalg.solve(bend, columns.T @ (score - wanted) + 1e-3 * (fit - [1.0, 0.0, 0.0]))
    return fit

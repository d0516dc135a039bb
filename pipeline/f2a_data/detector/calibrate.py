"""Making a score mean something: 0.9 is to be right nine times in ten, whatever the size of the face."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from f2a_data.detector.labels import one_pass, scale_to
from f2a_data.detector.material import UNSURE, Picture
from f2a_data.detector.network import FaceNet
from f2a_faces.detectors.f2a import KINDS, F2a
from f2a_faces.detectors.scoring import Searched, match

log = logging.getLogger(__name__)

SIDES = {"anime": (320, 384, 704, 1152), "human": (416, 512, 640)}  # about those that are searched with
MIN_IOU = 0.4
FAINTEST = 0.02
Floats = np.ndarray


def calibrate(network: FaceNet, weights: Path, pictures: Mapping[str, Sequence[Picture]]) -> None:
    """Fit the three numbers of each kind's score (see `Calibrated`) by logistic regression.

    That is Platt's method (1999) with the size as a second variable: what is small is less often a face
    than the scenes of the training make the network believe.

    Args:
        network: its ``calibration`` is set.
        weights: the same network as ONNX, not calibrated.
        pictures: labelled pictures for each kind that were not learned from.
    """
    for kind, number in KINDS.items():
        finds = np.array(_finds(weights, kind, number, pictures[kind]))
        if len(finds) < 10 or len(set(finds[:, 2])) < 2:
            log.info("%s: %d finds are too few to calibrate the score", kind, len(finds))
            continue
        numbers = _regress(finds[:, :2], finds[:, 2])
        log.info("%s: %d finds; slope, tilt, offset %s", kind, len(finds), numbers.round(3).tolist())
        network.calibration[number] = torch.from_numpy(numbers).float()


def _finds(weights: Path, kind: str, number: int, pictures: Sequence[Picture]) -> list[tuple[float, ...]]:
    """Of every find: its logit, its size as the network saw it (log2 of it over 32), whether it is right."""
    detector = F2a(kind, threshold=FAINTEST, weights=str(weights))
    found: list[tuple[float, ...]] = []
    for picture in pictures:
        faces = [label.box for label in picture.labels if label.kind == number]
        doubts = [label.box for label in picture.labels if label.kind == UNSURE]
        for side in SIDES[kind]:
            matched = match(Searched(one_pass(picture.pixels, detector, side), faces, doubts), MIN_IOU)
            scale = scale_to(picture.pixels, side)
            for right, group in ((1.0, matched.correct), (0.0, matched.false)):
                found += [
                    (_logit(find.score), float(np.log2(scale * np.sqrt(find.box.w * find.box.h) / 32)), right)
                    for find in group
                ]
    return found


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

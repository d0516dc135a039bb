"""Making a score mean something: 0.9 is to be right nine times in ten."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from f2a_data.detector.labels import search
from f2a_data.detector.material import UNSURE, Picture
from f2a_data.detector.network import FaceNet
from f2a_faces.detectors.f2a import KINDS, F2a
from f2a_faces.detectors.scoring import Searched, judge

log = logging.getLogger(__name__)

SIDES = (320, 416, 704)
MIN_IOU = 0.4
Floats = np.ndarray


def calibrate(network: FaceNet, weights: Path, pictures: dict[str, Sequence[Picture]]) -> None:
    """Fit Platt's two numbers (1999: sigmoid(a * logit + b)) for each kind, and put them into the head.

    Args:
        network: changed in place.
        weights: the same network as ONNX.
        pictures: labelled pictures for each kind that were not learned from.
    """
    for kind, number in KINDS.items():
        logits, right = _marks(weights, kind, number, pictures[kind])
        if len(set(right.tolist())) < 2:  # nothing to tell apart
            log.info("%s: %d finds, all alike: the score stays as it is", kind, len(right))
            continue
        slope, offset = _platt(logits, right)
        log.info("%s: %d finds, score = sigmoid(%.3f logit %+.3f)", kind, len(right), slope, offset)
        with torch.no_grad():
            for values in network.head.parameters():
                values[number] *= slope
            network.head_bias[number] += offset


def _marks(weights: Path, kind: str, number: int, pictures: Sequence[Picture]) -> tuple[Floats, Floats]:
    """The logit of every find, and whether it is a face."""
    detector, searched = F2a(kind, threshold=0.02, weights=str(weights)), []
    for picture in pictures:
        faces = [label.box for label in picture.labels if label.kind == number]
        doubts = [label.box for label in picture.labels if label.kind == UNSURE]
        passes = search(picture.pixels, detector, SIDES)
        searched += [Searched(finds, faces, doubts) for finds in passes]
    judged = judge(searched, MIN_IOU)
    scores = judged.scores.clip(1e-4, 1 - 1e-4)
    return np.log(scores / (1 - scores)), judged.correct.astype(np.float64)


def _platt(logits: Floats, right: Floats) -> tuple[float, float]:
    """Logistic regression of one variable by Newton's method, with Platt's smoothed targets."""
    hits = right.sum()
    wanted = np.where(right > 0, (hits + 1) / (hits + 2), 1 / (len(right) - hits + 2))
    columns, fit = np.stack([logits, np.ones_like(logits)], 1), np.array([1.0, 0.0])
    for _ in range(50):
        score = 1 / (1 + np.exp(-(columns @ fit)))
        bend = (columns * (score * (1 - score))[:, None]).T @ columns + 1e-6 * np.eye(2)
        fit = fit - np.linalg.solve(bend, columns.T @ (score - wanted))
    return float(fit[0]), float(fit[1])

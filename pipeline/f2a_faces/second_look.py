"""A second look at a crop: is there one face in it, and is it in the right place?

It runs the detector and the network for wrong crops. These numbers separate wrong crops from faces
better than ImageNet features do, in less time (docs/review.md, ADR 25).
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from f2a_faces.detectors.f2a import F2a, Kind
from f2a_faces.detectors.protocol import Detection
from f2a_faces.images import Pixels
from f2a_faces.wrong_crops import WRONG, judge

Vector = npt.NDArray[np.float32]
FACES = 3
"""Detections that are described, the best ones."""
FACTS = 5
"""Numbers for each: logit of the score, centre x and y, longer side (all in sides of the crop), shape."""
PARTS = 8
FOUND = slice(FACES * FACTS, FACES * FACTS + 2 * PARTS * PARTS)
"""Where in a vector the highest logit of either kind in 8 x 8 parts is."""
SIZE = FOUND.stop + len(WRONG)
"""Numbers in a vector: `FACTS` for each of `FACES`, `FOUND`, and the logits of `f2a_faces.wrong_crops`."""
SIDE, MARGIN = 96, 16  # pixels; with a grey margin faces that touch the border are seen as well
GREY = 128
LEAST = 0.02  # the lowest score that is described
NOWHERE = (-4.0, 0.5, 0.5, 0.5, 0.0)  # the values for a missing detection
LOGITS = 8.0  # farther from 0 they say nothing more


def look(crop: Pixels, kind: Kind) -> Vector:
    """The vector of a crop.

    Args:
        crop: uint8 (H, W, 3), sRGB; resized to 96 x 96.
        kind: what its face should be.

    Returns:
        float32 (`SIZE`,).
    """
    canvas = np.full((SIDE + 2 * MARGIN, SIDE + 2 * MARGIN, 3), GREY, np.uint8)
    resized = cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    canvas[MARGIN:-MARGIN, MARGIN:-MARGIN] = resized
    found, logits = F2a(kind).evidence(canvas, LEAST)
    edges = np.linspace(0, logits.shape[-1], PARTS, endpoint=False).astype(int)
    parts = np.maximum.reduceat(np.maximum.reduceat(logits, edges, 1), edges, 2)
    seen = parts.clip(-LOGITS, LOGITS).ravel()
    return np.array([*_described(found), *seen, *judge(crop, kind)], np.float32)


def _described(found: Sequence[Detection]) -> list[float]:
    facts = [_facts(face) for face in found[:FACES]]
    return [value for described in (*facts, *[NOWHERE] * (FACES - len(facts))) for value in described]


def _facts(face: Detection) -> tuple[float, ...]:
    box, score = face.box, min(max(face.score, 1e-3), 1 - 1e-3)
    x, y = (box.x + box.w / 2 - MARGIN) / SIDE, (box.y + box.h / 2 - MARGIN) / SIDE
    shape = float(np.log(max(box.w, 1) / max(box.h, 1)))
    return float(np.log(score / (1 - score))), x, y, max(box.w, box.h) / SIDE, shape

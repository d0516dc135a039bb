"""Transforming images together with their boxes: rotated, scaled, mirrored."""

import math

import cv2
import numpy as np

from f2a_detector.degrade import as_pixels
from f2a_detector.training_data import IGNORED, Label
from f2a_faces.images import Pixels
from f2a_manifests import Box

GONE, PARTIAL = 0.7, 0.25  # share of a face that something else hides


def similarity(centre: np.ndarray, scale: float, angle: float, side: int, *, mirror: bool) -> np.ndarray:
    """A 2x3 matrix that moves ``centre`` to the middle of a square, for `warp` and `moved`."""
    cos, sin = scale * math.cos(math.radians(angle)), scale * math.sin(math.radians(angle))
    turn = np.array([[cos, -sin], [sin, cos]]) @ np.diag([-1.0 if mirror else 1.0, 1.0])
    return np.hstack([turn, (side / 2 - turn @ centre)[:, None]])


def warp(pixels: Pixels, matrix: np.ndarray, scale: float, over: Pixels) -> Pixels:
    """Warp without aliasing: shrink by area first if the matrix shrinks a lot.

    The matrix maps edges (pixel 0 reaches from 0 to 1), as boxes do; OpenCV's maps pixel centres.

    Args:
        pixels: what is warped.
        matrix: of `similarity`, or moved.
        scale: of the matrix.
        over: the background; it is written into, and returned.
    """
    matrix = matrix.copy()
    if scale < 0.6:
        small = cv2.resize(pixels, None, fx=scale * 1.2, fy=scale * 1.2, interpolation=cv2.INTER_AREA)
        matrix[:, :2] /= small.shape[1] / pixels.shape[1]
        pixels = as_pixels(small)
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    size = over.shape[1], over.shape[0]
    how = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_TRANSPARENT}
    return as_pixels(cv2.warpAffine(pixels, matrix, size, dst=over, **how))


def moved(label: Label, matrix: np.ndarray, angle: float) -> Label:
    """The upright box of a rotated face: a face is round, so its size stays and its centre moves."""
    box = label.box
    x, y = matrix @ (box.x + box.w / 2, box.y + box.h / 2, 1)
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    share = abs(math.sin(math.radians(angle)))
    w, h = box.w * (1 - share) + box.h * share, box.h * (1 - share) + box.w * share
    edges = (x - scale * w / 2, y - scale * h / 2, scale * w, scale * h)
    return Label(Box(*(round(value) for value in edges)), label.kind)


def clipped(label: Label, side: int, smallest: float) -> Label | None:
    """The visible part of a face: an ignore region if it is small, None if it is tiny."""
    x, y, w, h = label.box
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + w, side), min(y + h, side)
    if right <= left or bottom <= top:
        return None
    share = (right - left) * (bottom - top) / (w * h)
    if share < 0.1:
        return None
    kind = label.kind if share > 0.4 and max(w, h) >= smallest - 1 else IGNORED
    return Label(Box(left, top, right - left, bottom - top), kind)


def still_seen(label: Label, hidden: float) -> Label | None:
    """What is left of a face when a share of it is hidden: None, an ignore region, or the face."""
    if hidden > GONE:
        return None
    return label if hidden < PARTIAL else Label(label.box, IGNORED)

"""Cut squares from images, and overlay one crop on a side of another."""

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from f2a_faces.images import Pixels
from f2a_manifests import Box

SIDE = 96  # pixels of a crop
FACE_RADIUS = 0.27  # of a crop's side: about brows to chin
Mask = npt.NDArray[np.float64]


def cut(pixels: Pixels, square: Box, rng: np.random.Generator) -> Pixels:
    """A square resized to `SIDE`, slightly rotated, perhaps mirrored, with the image's border repeated."""
    left, top = max(square.x - square.w // 2, 0), max(square.y - square.h // 2, 0)
    around = pixels[top : square.y + square.h * 3 // 2, left : square.x + square.w * 3 // 2]
    x, y, scale = square.x + square.w / 2 - left, square.y + square.h / 2 - top, SIDE / square.w
    if scale < 0.7:  # warpAffine has no antialiasing
        around = np.asarray(
            cv2.resize(around, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
        x, y, scale = x * scale, y * scale, 1.0
    move = cv2.getRotationMatrix2D((x, y), rng.normal(0, 6), scale)
    move[:, 2] += SIDE / 2 - np.array([x, y])
    crop = cv2.warpAffine(around, move, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(crop[:, ::-1] if rng.random() < 0.5 else crop, np.uint8)


def side_mask(rng: np.random.Generator) -> tuple[Mask, float]:
    """Where a second crop lies over a first, 0 to 1, and the direction of that side in radians.

    A half-plane with a wavy edge, or an ellipse near the border.
    """
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    if rng.random() < 0.5:
        along = np.cos(angle + np.pi / 2) * x + np.sin(angle + np.pi / 2) * y
        wave = rng.uniform(0, 0.08) * np.sin(along * rng.uniform(3, 25) + rng.uniform(0, 6))
        inside = np.cos(angle) * x + np.sin(angle) * y - rng.uniform(0.02, 0.33) + wave
    else:
        away = rng.uniform(0.3, 0.55)
        dx, dy = (x - np.cos(angle) * away), (y - np.sin(angle) * away)
        inside = rng.uniform(0.25, 0.5) - np.hypot(dx * rng.uniform(0.8, 1.2), dy * rng.uniform(0.8, 1.2))
    return 1 / (1 + np.exp(-np.clip(inside / rng.uniform(0.004, 0.02), -30, 30))), float(angle)


def laid(below: Pixels, above: Pixels, mask: Mask) -> Pixels:
    """One crop over the other."""
    return np.asarray(below * (1 - mask[..., None]) + above * mask[..., None], np.uint8)


@cache
def face_disc() -> Mask:
    """Where the face is in a right crop: 1 there, 0 elsewhere."""
    disc = np.zeros((SIDE, SIDE))
    cv2.circle(disc, (SIDE // 2, round(0.55 * SIDE)), round(FACE_RADIUS * SIDE), (1.0,), -1)
    return disc


def seen(box: Box, square: Box) -> float:
    """Share of a box that is within a square."""
    wide = min(box.x + box.w, square.x + square.w) - max(box.x, square.x)
    high = min(box.y + box.h, square.y + square.h) - max(box.y, square.y)
    return max(wide, 0) * max(high, 0) / (box.w * box.h)


def centre(box: Box) -> npt.NDArray[np.float64]:
    """Its middle, x and y."""
    return np.array([box.x + box.w / 2, box.y + box.h / 2])

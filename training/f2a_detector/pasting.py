"""Pasting faces into an image, and objects over faces."""

from collections.abc import Iterable

import cv2
import numpy as np

from f2a_detector.degrade import as_pixels
from f2a_detector.geometry import clipped, moved, similarity, still_seen, warp
from f2a_detector.training_data import IGNORED, Label, LabelledImage
from f2a_faces.images import Pixels
from f2a_manifests import Box

Rng = np.random.Generator


def paste(
    picture: LabelledImage, face: LabelledImage, size: float, middle: np.ndarray, angle: float, rng: Rng
) -> LabelledImage:
    """Paste a face with its hair through a soft oval or rectangle.

    Args:
        picture: square.
        face: with one label.
        size: pixels of the face's longer side, as far as the face can be enlarged to it.
        middle: of the face, in the picture.
        angle: degrees.
        rng: mirrors, and chooses the outline.
    """
    side = picture.pixels.shape[0]
    label = face.labels[0]
    longer = max(label.box.w, label.box.h)
    scale = min(size, 2.2 * longer) / longer
    own = np.array((label.box.x + label.box.w / 2, label.box.y + label.box.h / 2))
    matrix = similarity(own, scale, angle, side, mirror=rng.random() < 0.5)
    matrix[:, 2] += middle - side / 2
    placed = clipped(moved(label, matrix, angle), side, 0)
    if placed is None or placed.kind == IGNORED:
        return picture
    pixels = _blended(picture.pixels, face.pixels, matrix, scale, rng)
    x, y, w, h = placed.box
    hair = Box(round(x - 0.3 * w), round(y - 0.5 * h), round(1.6 * w), round(1.7 * h))
    return LabelledImage(pixels, (*_beside(picture.labels, hair), placed))


def cover(picture: LabelledImage, texture: Pixels, rng: Rng) -> LabelledImage:
    """Cover the lower part of a face, as a book would; its box becomes the visible part."""
    side = picture.pixels.shape[0]
    chosen = picture.labels[int(rng.integers(len(picture.labels)))]
    x, y, w, h = chosen.box
    shown = round(h * rng.uniform(0.5, 0.85))
    left, top = max(0, x - round(w * rng.uniform(0.05, 0.6))), y + shown
    right = min(side, x + round(w * rng.uniform(1.05, 1.6)))
    bottom = min(side, y + h + round(h * rng.uniform(0.1, 1.2)))
    if bottom <= top or right <= left or not shown:
        return picture
    pixels = picture.pixels.copy()
    pixels[top:bottom, left:right] = texture[top:bottom, left:right]
    others = [label for label in picture.labels if label is not chosen]
    kept = _beside(others, Box(left, top, right - left, bottom - top))
    return LabelledImage(pixels, (*kept, Label(Box(x, y, w, shown), chosen.kind)))


def _blended(below: Pixels, above: Pixels, matrix: np.ndarray, scale: float, rng: Rng) -> Pixels:
    """Changes only the part of the image that the face covers."""
    height, width = above.shape[:2]
    corners = matrix @ np.array([(0, width, 0, width), (0, 0, height, height), (1, 1, 1, 1)])
    left, top = np.floor(corners.min(1)).astype(int).clip(0, below.shape[0])
    right, bottom = np.ceil(corners.max(1)).astype(int).clip(0, below.shape[0])
    matrix = matrix - np.array([[0, 0, left], [0, 0, top]])
    part = below[top:bottom, left:right]
    pixels = warp(above, matrix, scale, over=part.copy()).astype(np.int32)
    mask = warp(_mask((height, width), rng), matrix, scale, over=np.zeros(part.shape[:2], np.uint8))
    mixed = part + (pixels - part) * mask[..., None].astype(np.int32) // 255
    result = below.copy()
    result[top:bottom, left:right] = mixed.astype(np.uint8)
    return result


def _mask(shape: tuple[int, int], rng: Rng) -> Pixels:
    height, width = shape
    mask = np.zeros((height, width), np.uint8)
    if rng.random() < 0.7:
        axes = int(width * rng.uniform(0.38, 0.48)), int(height * rng.uniform(0.42, 0.49))
        cv2.ellipse(mask, (width // 2, height // 2), axes, 0, 0, 360, 255, -1)
    else:
        mask[2:-2, 2:-2] = 255
    return as_pixels(cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.5, width * 0.05)))


def _beside(labels: Iterable[Label], cover: Box) -> list[Label]:
    """What is left of faces under an object."""
    left = (still_seen(label, _hidden(label.box, cover)) for label in labels)
    return [label for label in left if label]


def _hidden(box: Box, cover: Box) -> float:
    """The share of a box that another one covers."""
    x, y, w, h = box
    across = min(x + w, cover.x + cover.w) - max(x, cover.x)
    down = min(y + h, cover.y + cover.h) - max(y, cover.y)
    return max(across, 0) * max(down, 0) / max(w * h, 1)

"""Composing training scenes: windows of pictures, with faces pasted in at every size and partly covered.

A scene is a window of a picture, scaled so that its faces take a wide range of sizes, with further faces
pasted over it, and then degraded as pictures on the web are.
"""

import math

import cv2
import numpy as np

from f2a_data.detector.degrade import as_pixels, degrade
from f2a_data.detector.material import UNSURE, Label, Material, Picture
from f2a_faces.images import Pixels
from f2a_manifests import Box

Rng = np.random.Generator

# How often a scene is begun from each part of the material.
SHARES = {"illustrations": 0.45, "drawings": 0.08, "people": 0.15, "faceless": 0.32}
SMALLEST = 9.0  # pixels of the longer side of a face: one cell of the network


def scene(material: Material, side: int, rng: Rng) -> Picture:
    """One scene of ``side`` x ``side`` pixels."""
    parts = {name: share for name, share in SHARES.items() if getattr(material, name)}
    chances = np.array(list(parts.values())) / sum(parts.values())
    part = list(parts)[int(rng.choice(len(parts), p=chances))]
    backdrop = _backdrop(_pick(material.faceless, rng).pixels, side, rng)
    picture = _window(
        _pick(getattr(material, part), rng, by_faces=part == "illustrations"), backdrop, side, rng
    )
    for size in _sizes_to_paste(picture, rng):
        faces = material.anime if rng.random() < 0.6 else material.human
        picture = _paste(picture, _pick(faces, rng), size, rng)
    if picture.labels and rng.random() < 0.25:
        picture = _cover(picture, _backdrop(_pick(material.faceless, rng).pixels, side, rng), rng)
    return Picture(degrade(picture.pixels, rng), picture.labels)


def _pick(pictures: list[Picture], rng: Rng, *, by_faces: bool = False) -> Picture:
    """Any picture; ``by_faces`` takes crowds more often, as every window shows few of their faces."""
    if not by_faces:
        return pictures[int(rng.integers(len(pictures)))]
    weights = np.sqrt([1 + len(picture.labels) for picture in pictures])
    return pictures[int(rng.choice(len(pictures), p=weights / weights.sum()))]


def _backdrop(pixels: Pixels, side: int, rng: Rng) -> Pixels:
    """A square of a picture without a face, or one colour."""
    if rng.random() < 0.3:
        colour = rng.integers(0, 256, 3) if rng.random() < 0.5 else np.array((255, 255, 255))
        return np.broadcast_to(colour.astype(np.uint8), (side, side, 3)).copy()
    height, width = pixels.shape[:2]
    taken = max(8, int(min(height, width) * rng.uniform(0.3, 1)))
    top, left = int(rng.integers(height - taken + 1)), int(rng.integers(width - taken + 1))
    square = pixels[top : top + taken, left : left + taken]
    return as_pixels(cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA))


def _sizes_to_paste(picture: Picture, rng: Rng) -> list[float]:
    """Longer sides, in pixels, of the faces to paste: a few of any size, now and then a crowd."""
    side = picture.pixels.shape[0]
    if rng.random() < 0.15:
        count, largest = int(rng.integers(4, 13)), 0.25 * side
    else:
        count, largest = int(rng.integers(0, 3 if picture.labels else 5)), 0.7 * side
    return [math.exp(rng.uniform(math.log(SMALLEST), math.log(largest))) for _ in range(count)]


def _window(picture: Picture, backdrop: Pixels, side: int, rng: Rng) -> Picture:
    """A turned, scaled and mirrored window, mostly around a face or a trap, which takes any size."""
    height, width = picture.pixels.shape[:2]
    scale = side / max(height, width) * math.exp(rng.uniform(-0.5, 1.2))
    centre = rng.uniform((0, 0), (width, height))
    places = [label.box for label in picture.labels]
    if picture.traps and (not places or rng.random() < 0.35):
        places = list(picture.traps)
    if places and rng.random() < 0.8:
        box = places[int(rng.integers(len(places)))]
        scale = math.exp(rng.uniform(math.log(SMALLEST), math.log(0.8 * side))) / max(box.w, box.h, 1)
        scale = min(scale, 2.5)
        centre = np.array((box.x + box.w / 2, box.y + box.h / 2)) + rng.uniform(-0.4, 0.4, 2) * side / scale
    angle = _angle(rng)
    matrix = _similarity(centre, scale, angle, side, mirror=rng.random() < 0.5)
    pixels = _warp(picture.pixels, matrix, scale, side)
    inside = _warp(np.full((height, width, 1), 255, np.uint8), matrix, scale, side) > 127
    pixels = np.where(inside.reshape(side, side, 1), pixels, backdrop)
    labels = (_clipped(_moved(label, matrix, angle), side) for label in picture.labels)
    return Picture(pixels, tuple(label for label in labels if label))


def _angle(rng: Rng) -> float:
    """Degrees: mostly upright, often tilted, now and then lying or upside down."""
    chance = rng.random()
    if chance < 0.65:
        return float(rng.normal(0, 9))
    return float(rng.uniform(-50, 50) if chance < 0.96 else rng.uniform(-180, 180))


def _similarity(centre: np.ndarray, scale: float, angle: float, side: int, *, mirror: bool) -> np.ndarray:
    cos, sin = scale * math.cos(math.radians(angle)), scale * math.sin(math.radians(angle))
    turn = np.array([[cos, -sin], [sin, cos]]) @ np.diag([-1.0 if mirror else 1.0, 1.0])
    return np.hstack([turn, (side / 2 - turn @ centre)[:, None]])


def _warp(pixels: Pixels, matrix: np.ndarray, scale: float, side: int) -> Pixels:
    """Warp without aliasing: shrink by area first where the matrix shrinks by much.

    The matrix maps places, where pixel 0 reaches from 0 to 1, as boxes do; OpenCV's maps pixels' middles.
    """
    matrix = matrix.copy()
    if scale < 0.6:
        small = cv2.resize(pixels, None, fx=scale * 1.2, fy=scale * 1.2, interpolation=cv2.INTER_AREA)
        matrix[:, :2] /= small.shape[1] / pixels.shape[1]
        pixels = as_pixels(small)
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    return as_pixels(cv2.warpAffine(pixels, matrix, (side, side), flags=cv2.INTER_LINEAR))


def _moved(label: Label, matrix: np.ndarray, angle: float) -> Label:
    """The upright box of a turned face: a face is round, so its size stays and its middle moves."""
    box = label.box
    x, y = matrix @ (box.x + box.w / 2, box.y + box.h / 2, 1)
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    share = abs(math.sin(math.radians(angle)))
    w, h = box.w * (1 - share) + box.h * share, box.h * (1 - share) + box.w * share
    return Label(
        Box(*(round(v) for v in (x - scale * w / 2, y - scale * h / 2, scale * w, scale * h))), label.kind
    )


def _clipped(label: Label, side: int) -> Label | None:
    """The visible part of a face; a doubt where little of it shows, nothing where hardly any does."""
    x, y, w, h = label.box
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + w, side), min(y + h, side)
    if right <= left or bottom <= top:
        return None
    share = (right - left) * (bottom - top) / (w * h)
    if share < 0.1:
        return None
    kind = label.kind if share > 0.4 and max(w, h) >= SMALLEST - 1 else UNSURE
    return Label(Box(left, top, right - left, bottom - top), kind)


def _paste(picture: Picture, face: Picture, size: float, rng: Rng) -> Picture:
    """Lay a face, with its hair, over the picture through a soft oval or rectangle."""
    side = picture.pixels.shape[0]
    label = face.labels[0]
    longer = max(label.box.w, label.box.h)
    scale = min(size, 2.2 * longer) / longer
    angle = _angle(rng)
    middle = np.array((label.box.x + label.box.w / 2, label.box.y + label.box.h / 2))
    matrix = _similarity(middle, scale, angle, side, mirror=rng.random() < 0.5)
    matrix[:, 2] += rng.uniform(-0.5, 0.5, 2) * side
    moved = _clipped(_moved(label, matrix, angle), side)
    if moved is None or moved.kind == UNSURE:
        return picture
    pixels = _warp(face.pixels, matrix, scale, side)
    mask = _warp(_mask(face.pixels.shape[:2], rng), matrix, scale, side)[..., None] / 255.0
    mixed = (picture.pixels * (1 - mask) + pixels * mask).astype(np.uint8)
    x, y, w, h = moved.box
    hair = Box(round(x - 0.3 * w), round(y - 0.5 * h), round(1.6 * w), round(1.7 * h))
    return Picture(mixed, (*_beside(picture.labels, hair), moved))


def _mask(shape: tuple[int, int], rng: Rng) -> Pixels:
    height, width = shape
    mask = np.zeros((height, width), np.uint8)
    if rng.random() < 0.7:
        cv2.ellipse(
            mask, (width // 2, height // 2), (int(width * 0.47), int(height * 0.49)), 0, 0, 360, 255, -1
        )
    else:
        mask[2:-2, 2:-2] = 255
    return as_pixels(cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.5, width * 0.04)))


def _cover(picture: Picture, cover: Pixels, rng: Rng) -> Picture:
    """Hold something before the lower part of a face, as a book is; its box becomes what still shows."""
    side = picture.pixels.shape[0]
    chosen = picture.labels[int(rng.integers(len(picture.labels)))]
    x, y, w, h = chosen.box
    shown = round(h * rng.uniform(0.5, 0.85))
    left, top = max(0, x - round(w * rng.uniform(0.05, 0.6))), y + shown
    right = min(side, x + round(w * rng.uniform(1.05, 1.6)))
    bottom = min(side, y + h + round(h * rng.uniform(0.1, 1.2)))
    if bottom <= top or right <= left:
        return picture
    pixels = picture.pixels.copy()
    pixels[top:bottom, left:right] = cover[top:bottom, left:right]
    others = [label for label in picture.labels if label is not chosen]
    kept = _beside(others, Box(left, top, right - left, bottom - top))
    return Picture(pixels, (*kept, Label(Box(x, y, w, shown), chosen.kind)))


def _beside(labels: "list[Label] | tuple[Label, ...]", cover: Box) -> list[Label]:
    """What is left of faces under something: gone where most is covered, a doubt where some is."""
    left = []
    for label in labels:
        x, y, w, h = label.box
        across = min(x + w, cover.x + cover.w) - max(x, cover.x)
        down = min(y + h, cover.y + cover.h) - max(y, cover.y)
        share = max(across, 0) * max(down, 0) / max(w * h, 1)
        if share <= 0.7:
            left.append(label if share < 0.25 else Label(label.box, UNSURE))
    return left

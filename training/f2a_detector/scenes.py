"""Composing training scenes: windows of images, mosaics, pasted faces and partly covered ones.

A scene is a window of an image, scaled so that its faces have a wide range of sizes, or four such windows
of half the size, in which small faces keep their bodies and backgrounds. Faces are pasted over faces of
illustrations, which gives one body many faces, and elsewhere. The result is degraded like images on the
web.
"""

import math

import cv2
import numpy as np

from f2a_detector.degrade import as_pixels, degrade
from f2a_detector.geometry import clipped, moved, similarity, warp
from f2a_detector.pasting import cover, paste
from f2a_detector.training_data import ANIME, Label, LabelledImage, TrainingData
from f2a_faces.images import Pixels
from f2a_manifests import Box

Rng = np.random.Generator

# How often a window is taken from each part of the data.
SHARES = {
    "illustrations": 0.41,
    "crowds": 0.14,
    "drawings": 0.03,
    "photos": 0.1,
    "human": 0.17,
    "faceless": 0.15,
}
SMALLEST = 7.0  # pixels of the longer side of a face: two cells of the network
MOSAICS = 0.3  # share of the scenes
SWAPPED = 0.4  # share of the drawn faces
OVERLAID = {
    "illustrations": 0.25,
    "crowds": 0.5,
    "drawings": 0.5,
}  # share of the windows that get pasted faces; otherwise all


def scene(data: TrainingData, side: int, rng: Rng) -> LabelledImage:
    """One scene of ``side`` x ``side`` pixels."""
    if rng.random() < MOSAICS:
        picture = _mosaic([_composed(data, side // 2, rng) for _ in range(4)])
    else:
        picture = _composed(data, side, rng)
    return LabelledImage(degrade(picture.pixels, rng), picture.labels)


def _composed(data: TrainingData, side: int, rng: Rng) -> LabelledImage:
    parts = {name: share for name, share in SHARES.items() if getattr(data, name)}
    chances = np.array(list(parts.values())) / sum(parts.values())
    part = list(parts)[int(rng.choice(len(parts), p=chances))]
    backdrop = _backdrop(_pick(data.faceless, rng).pixels, side, rng)
    angle = _angle(rng)
    source = _pick(getattr(data, part), rng, by_faces=part in ("illustrations", "photos"))
    picture = _window(source, backdrop, angle, rng)
    if part == "illustrations":
        picture = _swapped(picture, data.anime, angle, rng)
    if rng.random() < OVERLAID.get(part, 1.0):
        for size in _sizes_to_paste(picture, rng):
            faces = data.anime if rng.random() < 0.7 else data.human
            middle = rng.uniform(0, side, 2)
            picture = paste(picture, _pick(faces, rng), size, middle, _angle(rng), rng)
    if picture.labels and rng.random() < 0.2:
        picture = cover(picture, _backdrop(_pick(data.faceless, rng).pixels, side, rng), rng)
    return picture


def _mosaic(quarters: list[LabelledImage]) -> LabelledImage:
    half = quarters[0].pixels.shape[0]
    one, two, three, four = (quarter.pixels for quarter in quarters)
    labels = [
        Label(Box(x + half * (number % 2), y + half * (number // 2), w, h), kind)
        for number, quarter in enumerate(quarters)
        for (x, y, w, h), kind in quarter.labels
    ]
    return LabelledImage(np.vstack([np.hstack([one, two]), np.hstack([three, four])]), tuple(labels))


def _swapped(picture: LabelledImage, faces: list[LabelledImage], angle: float, rng: Rng) -> LabelledImage:
    """Replace some of a window's drawn faces by others."""
    side = picture.pixels.shape[0]
    for label in picture.labels:
        x, y, w, h = label.box
        whole = min(x, y) > 0 and max(x + w, y + h) < side
        if label.kind == ANIME and whole and rng.random() < SWAPPED:
            middle = np.array((x + w / 2, y + h / 2))
            size = max(w, h) * rng.uniform(0.95, 1.2)
            picture = paste(picture, _pick(faces, rng), size, middle, angle + rng.normal(0, 5), rng)
    return picture


def _pick(pictures: list[LabelledImage], rng: Rng, *, by_faces: bool = False) -> LabelledImage:
    """A random image; ``by_faces`` prefers crowds, because a window shows few of their faces."""
    if not by_faces:
        return pictures[int(rng.integers(len(pictures)))]
    weights = np.sqrt([1 + len(picture.labels) for picture in pictures])
    return pictures[int(rng.choice(len(pictures), p=weights / weights.sum()))]


def _backdrop(pixels: Pixels, side: int, rng: Rng) -> Pixels:
    """A square of an image without a face, or one colour."""
    if rng.random() < 0.3:
        colour = rng.integers(0, 256, 3) if rng.random() < 0.5 else np.array((255, 255, 255))
        return np.broadcast_to(colour.astype(np.uint8), (side, side, 3)).copy()
    height, width = pixels.shape[:2]
    taken = max(8, int(min(height, width) * rng.uniform(0.3, 1)))
    top, left = int(rng.integers(height - taken + 1)), int(rng.integers(width - taken + 1))
    square = pixels[top : top + taken, left : left + taken]
    return as_pixels(cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA))


def _sizes_to_paste(picture: LabelledImage, rng: Rng) -> list[float]:
    """Longer sides, in pixels, of the faces to paste: a few of any size, sometimes a crowd."""
    side = picture.pixels.shape[0]
    if rng.random() < 0.15:
        count, largest = int(rng.integers(4, 13)), 0.25 * side
    else:
        count, largest = int(rng.integers(0, 3 if picture.labels else 5)), 0.7 * side
    return [math.exp(rng.uniform(math.log(SMALLEST), math.log(largest))) for _ in range(count)]


def _window(picture: LabelledImage, backdrop: Pixels, angle: float, rng: Rng) -> LabelledImage:
    """A rotated, scaled and mirrored window, mostly around a face or a hard negative, of any size.

    Args:
        picture: to cut it from.
        backdrop: square, as large as the window; visible beyond the image's border. It is written into.
        angle: degrees.
        rng: chooses.
    """
    side = backdrop.shape[0]
    height, width = picture.pixels.shape[:2]
    scale = side / max(height, width) * math.exp(rng.uniform(-0.3, 1.2))
    centre = rng.uniform((0, 0), (width, height))
    places = [label.box for label in picture.labels]
    if picture.hard_negatives and (not places or rng.random() < 0.35):
        places = list(picture.hard_negatives)
    if places and rng.random() < 0.8:
        box = places[int(rng.integers(len(places)))]
        scale = math.exp(rng.uniform(math.log(SMALLEST), math.log(0.8 * side))) / max(box.w, box.h, 1)
        scale = min(scale, 2.5)
        centre = np.array((box.x + box.w / 2, box.y + box.h / 2)) + rng.uniform(-0.4, 0.4, 2) * side / scale
    if rng.random() < 0.7:
        centre = _within(centre, (width, height), side / scale)
    matrix = similarity(centre, scale, angle, side, mirror=rng.random() < 0.5)
    pixels = warp(picture.pixels, matrix, scale, over=backdrop)
    labels = (clipped(moved(label, matrix, angle), side, SMALLEST) for label in picture.labels)
    return LabelledImage(pixels, tuple(label for label in labels if label))


def _within(centre: np.ndarray, size: tuple[int, int], span: float) -> np.ndarray:
    """The centre of a window of ``span`` pixels, moved to show as much of the image as possible."""
    low = np.minimum(span / 2, np.array(size) / 2)
    return np.asarray(np.clip(centre, low, np.array(size) - low))


def _angle(rng: Rng) -> float:
    """Degrees: mostly upright, often tilted, sometimes lying or upside down."""
    chance = rng.random()
    if chance < 0.75:
        return float(rng.normal(0, 9))
    return float(rng.uniform(-50, 50) if chance < 0.94 else rng.uniform(-180, 180))

"""Composing training scenes: crops of labelled pictures, with faces pasted in at every size.

A scene is a window of a picture, scaled so that its faces take a wide range of sizes, with further faces
pasted over it, and then degraded as pictures on the web are.
"""

import math

import cv2
import numpy as np

from f2a_data.detector.material import Label, Material, Picture
from f2a_faces.images import Pixels
from f2a_manifests import Box

Rng = np.random.Generator


def scene(material: Material, side: int, rng: Rng) -> Picture:
    """One scene of ``side`` x ``side`` pixels."""
    from_labelled = rng.random() < 0.6
    picture = _pick(material.labelled if from_labelled else material.empty, rng)
    picture = _window(picture, side, rng)
    pasted = int(rng.integers(0, 3)) if from_labelled else int(rng.integers(0, 6))
    for _ in range(pasted):
        faces = material.anime if rng.random() < 0.6 else material.human
        picture = _paste(picture, _pick(faces, rng), rng)
    return Picture(_degrade(picture.pixels, rng), picture.labels)


def _pick(pictures: list[Picture], rng: Rng) -> Picture:
    return pictures[int(rng.integers(len(pictures)))]


def _window(picture: Picture, side: int, rng: Rng) -> Picture:
    """A turned, scaled and mirrored window, around a face if there is one, with a face of any size."""
    height, width = picture.pixels.shape[:2]
    whole = side / max(height, width)
    scale, centre = whole * math.exp(rng.uniform(-0.5, 1.2)), rng.uniform((0, 0), (width, height))
    if picture.labels and rng.random() < 0.8:
        box = picture.labels[int(rng.integers(len(picture.labels)))].box
        scale = math.exp(rng.uniform(math.log(10), math.log(0.8 * side))) / max(box.w, box.h)
        scale = min(scale, 2.0)
        centre = np.array((box.x + box.w / 2, box.y + box.h / 2)) + rng.uniform(-0.4, 0.4, 2) * side / scale
    angle = rng.normal(0, 8) if rng.random() < 0.7 else rng.uniform(-50, 50)
    matrix = _similarity(centre, scale, angle, side, mirror=rng.random() < 0.5)
    border = tuple(int(v) for v in rng.integers(0, 256, 3)) if rng.random() < 0.5 else (255, 255, 255)
    pixels = _warp(picture.pixels, matrix, scale, side, border)
    labels = tuple(_moved(label, matrix, angle) for label in picture.labels)
    return Picture(pixels, tuple(label for label in labels if _visible(label.box, side)))


def _similarity(centre: np.ndarray, scale: float, angle: float, side: int, *, mirror: bool) -> np.ndarray:
    cos, sin = scale * math.cos(math.radians(angle)), scale * math.sin(math.radians(angle))
    turn = np.array([[cos, -sin], [sin, cos]]) @ np.diag([-1.0 if mirror else 1.0, 1.0])
    return np.hstack([turn, (side / 2 - turn @ centre)[:, None]])


def _warp(pixels: Pixels, matrix: np.ndarray, scale: float, side: int, border: tuple[int, ...]) -> Pixels:
    """Warp without aliasing: shrink by area first where the matrix shrinks by much."""
    matrix = matrix.copy()
    if scale < 0.6:
        small = cv2.resize(pixels, None, fx=scale * 1.2, fy=scale * 1.2, interpolation=cv2.INTER_AREA)
        matrix[:, :2] /= small.shape[1] / pixels.shape[1]
        pixels = _bytes(small)
    warped = cv2.warpAffine(
        pixels,
        matrix,
        (side, side),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=border,
    )
    return _bytes(warped)


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


def _visible(box: Box, side: int) -> bool:
    inside = (min(box.x + box.w, side) - max(box.x, 0)), (min(box.y + box.h, side) - max(box.y, 0))
    return min(inside) > 0 and inside[0] * inside[1] > 0.25 * box.w * box.h


def _paste(picture: Picture, face: Picture, rng: Rng) -> Picture:
    """Lay a face, with its hair, over the picture through a soft oval or rectangle."""
    side = picture.pixels.shape[0]
    label = face.labels[0]
    largest = min(0.6 * side, 2.2 * max(label.box.w, label.box.h))
    size = math.exp(rng.uniform(math.log(9), math.log(largest)))
    scale = size / max(label.box.w, label.box.h)
    angle = rng.normal(0, 10) if rng.random() < 0.6 else rng.uniform(-50, 50)
    middle = np.array((label.box.x + label.box.w / 2, label.box.y + label.box.h / 2))
    matrix = _similarity(middle, scale, angle, side, mirror=rng.random() < 0.5)
    matrix[:, 2] += rng.uniform(-0.5, 0.5, 2) * side
    moved = _moved(label, matrix, angle)
    if not _visible(moved.box, side):
        return picture
    pixels = _warp(face.pixels, matrix, scale, side, (0, 0, 0))
    mask = _warp(_mask(face.pixels.shape[:2], rng), matrix, scale, side, (0, 0, 0))[..., None] / 255.0
    mixed = (picture.pixels * (1 - mask) + pixels * mask).astype(np.uint8)
    kept = tuple(old for old in (_covered(old, moved.box) for old in picture.labels) if old)
    return Picture(mixed, (*kept, moved))


def _mask(shape: tuple[int, int], rng: Rng) -> Pixels:
    height, width = shape
    mask = np.zeros((height, width), np.uint8)
    if rng.random() < 0.7:
        cv2.ellipse(
            mask, (width // 2, height // 2), (int(width * 0.47), int(height * 0.49)), 0, 0, 360, 255, -1
        )
    else:
        mask[2:-2, 2:-2] = 255
    return _bytes(cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.5, width * 0.04)))


def _covered(label: Label, cover: Box) -> Label | None:
    """A face under another: gone where most of it is covered, a doubt where some is."""
    box = label.box
    w = min(box.x + box.w, cover.x + 1.3 * cover.w) - max(box.x, cover.x - 0.3 * cover.w)
    h = min(box.y + box.h, cover.y + 1.2 * cover.h) - max(box.y, cover.y - 0.5 * cover.h)
    share = max(w, 0) * max(h, 0) / (box.w * box.h)
    if share > 0.7:
        return None
    return label if share < 0.25 else Label(box, -1)


def _degrade(pixels: Pixels, rng: Rng) -> Pixels:
    """Colour, grey, blur, noise and JPEG, each now and then."""
    if rng.random() < 0.7:
        gain, shift = rng.uniform(0.7, 1.3, 3) * rng.uniform(0.8, 1.2), rng.uniform(-25, 25, 3)
        pixels = np.clip(pixels * gain + shift, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        pixels = _bytes(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))
    if rng.random() < 0.1:
        pixels = _line_art(pixels)
    if rng.random() < 0.15:
        pixels = _bytes(cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.4, 1.4)))
    if rng.random() < 0.15:
        pixels = np.clip(pixels + rng.normal(0, rng.uniform(2, 12), pixels.shape), 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = int(rng.integers(25, 95))
        packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        pixels = _bytes(cv2.imdecode(packed, cv2.IMREAD_COLOR))
    return pixels


def _line_art(pixels: Pixels) -> Pixels:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    lines = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 7, 6)
    return _bytes(cv2.cvtColor(lines, cv2.COLOR_GRAY2RGB))


def _bytes(pixels: object) -> Pixels:
    """What OpenCV returns, as the type that it is."""
    return np.asarray(pixels, dtype=np.uint8)

"""Cut-out figures: composed into crowds, and their faces to paste.

A key visual shows a dozen overlapping figures on any background. Few have boxes, but cut-out figures can
be composed into any number of them, with exact boxes. They also add faces that anime crops rarely show:
men, old people, helmets and hoods, profiles.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from f2a_detector.degrade import as_pixels
from f2a_detector.geometry import still_seen
from f2a_detector.training_data import PAINTED, Label, LabelledImage
from f2a_faces.detectors.boxed_set import BoxedImage
from f2a_faces.images import ImageError, Pixels, decode_transparent
from f2a_manifests import Box, FatalError

Rng = np.random.Generator

SEEN = 20  # of 255: less opaque pixels are background
LARGEST = 420  # pixels of a figure's long side
SIDE = 640  # pixels of a group picture
FIGURES = 10  # at most in one
CLOSE_UP = 128  # pixels of a face with its surroundings


@dataclass(frozen=True, slots=True)
class CutoutFigure:
    """A figure on a transparent background.

    Attributes:
        pixels: uint8, H x W x 4.
        labels: its faces; none for an animal.
    """

    pixels: Pixels
    labels: tuple[Label, ...] = ()

    @property
    def framed(self) -> bool:
        """Whether it fills its image: a portrait with background, or a card (corners may be round)."""
        return bool((self.pixels[..., 3] > SEEN).mean() > 0.95)


def read_figures(images: Sequence[BoxedImage]) -> list[CutoutFigure]:
    """Pictures with transparency, reduced, and the boxes of their drawn faces.

    Raises:
        FatalError: one cannot be read.
    """
    return [_figure(image) for image in images]


def crowds(
    figures: Sequence[CutoutFigure], grounds: Sequence[LabelledImage], count: int, seed: int
) -> list[LabelledImage]:
    """Group pictures.

    Args:
        figures: chosen with equal probability. Those that fill their image are added
            unchanged.
        grounds: images without a face, as backgrounds.
        count: how many group pictures to compose.
        seed: chooses.
    """
    rng = np.random.default_rng(seed)
    free = [figure for figure in figures if not figure.framed]
    chosen = (grounds[int(rng.integers(len(grounds)))] for _ in range(count if free else 0))
    framed = [LabelledImage(figure.pixels[..., :3], figure.labels) for figure in figures if figure.framed]
    return [_crowd(free, ground, rng) for ground in chosen] + framed


def close_ups(figures: Sequence[CutoutFigure], times: int, seed: int) -> list[LabelledImage]:
    """Every face with its surroundings, ``times`` times, on a plain background of any colour."""
    rng = np.random.default_rng(seed)
    faces = [(figure.pixels, label) for figure in figures for label in figure.labels]
    return [_close_up(pixels, label, rng) for pixels, label in faces for _ in range(times)]


def _figure(image: BoxedImage) -> CutoutFigure:
    try:
        decoded = decode_transparent(image.file, LARGEST)
    except ImageError as error:
        raise FatalError(f"{image.file}: {error}") from None
    pixels = decoded.pixels
    left, top, width, height = cv2.boundingRect((pixels[..., 3] > SEEN).astype(np.uint8))
    boxes = (Box(*(round(value / decoded.scale) for value in box)) for box in image.faces)
    labels = (Label(box._replace(x=box.x - left, y=box.y - top), PAINTED) for box in boxes)
    return CutoutFigure(pixels[top : top + height, left : left + width], tuple(labels))


def _close_up(pixels: Pixels, label: Label, rng: Rng) -> LabelledImage:
    x, y, w, h = label.box
    shown = max(w, h) * rng.uniform(1.7, 2.2)
    scale = min(CLOSE_UP / shown, 1.5)
    side = round(shown * scale)
    shift = side / 2 - scale * np.array((x + w / 2, y + h * rng.uniform(0.35, 0.5)))
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    layer = cv2.warpAffine(pixels, matrix, (side, side), flags=how)
    cover = layer[..., 3:] / 255
    ground = rng.integers(0, 256, 3) if rng.random() < 0.6 else np.array((255, 255, 255))
    mixed = layer[..., :3] * rng.uniform(0.85, 1.1, 3) * cover + ground * (1 - cover)
    (left, top), size = scale * np.array((x, y)) + shift, scale * np.array((w, h))
    box = Box(*(round(float(value)) for value in (left, top, *size)))
    return LabelledImage(mixed.clip(0, 255).astype(np.uint8), (Label(box, label.kind),))


def _crowd(figures: Sequence[CutoutFigure], ground: LabelledImage, rng: Rng) -> LabelledImage:
    picture = LabelledImage(_ground(ground.pixels, rng))
    count = int(rng.integers(1, FIGURES + 1))
    height = SIDE * rng.uniform(0.8, 1.4) / count**0.5  # about the same for all figures, as in one drawing
    for top in np.sort(rng.uniform(-0.1, 0.75, count)) * SIDE:  # whoever stands further down is in front
        figure = figures[int(rng.integers(len(figures)))]
        left = rng.uniform(-0.15, 0.85) * SIDE
        picture = _placed(picture, figure, height * rng.uniform(0.7, 1.3), (left, top), rng)
    return picture


def _ground(pixels: Pixels, rng: Rng) -> Pixels:
    if rng.random() < 0.4:
        return np.broadcast_to(rng.integers(0, 256, 3).astype(np.uint8), (SIDE, SIDE, 3)).copy()
    return as_pixels(cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA))


def _placed(
    picture: LabelledImage, figure: CutoutFigure, height: float, corner: tuple[float, float], rng: Rng
) -> LabelledImage:
    """The figure in front of everything so far; faces that it hides are removed."""
    scale = height / max(figure.pixels.shape[:2])
    small = as_pixels(cv2.resize(figure.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    left, top = (round(value) for value in corner)
    matrix = np.array([[scale, 0, left], [0, scale, top]])
    if rng.random() < 0.5:
        small = small[:, ::-1]
        matrix[0] = -scale, 0, left + small.shape[1]
    layer, place = _on_canvas(small, left, top)
    cover = layer[..., 3].astype(np.float32) / 255
    tint = rng.uniform(0.9, 1.08, 3) * rng.uniform(0.8, 1.1)
    pixels, opaque = picture.pixels.copy(), cover[place][..., None]
    pixels[place] = pixels[place] * (1 - opaque) + np.minimum(layer[place][..., :3] * tint, 255) * opaque
    seen = [still_seen(label, _hidden(label.box, cover)) for label in picture.labels]
    new = [_moved(label, matrix) for label in figure.labels]
    return LabelledImage(pixels, tuple(label for label in (*seen, *new) if label))


def _on_canvas(pixels: Pixels, left: int, top: int) -> tuple[Pixels, tuple[slice, slice]]:
    """A layer as large as the picture, and the part of it that the pixels take."""
    layer = np.zeros((SIDE, SIDE, 4), np.uint8)
    inside = pixels[max(-top, 0) : max(SIDE - top, 0), max(-left, 0) : max(SIDE - left, 0)]
    rows = slice(max(top, 0), max(top, 0) + inside.shape[0])
    columns = slice(max(left, 0), max(left, 0) + inside.shape[1])
    layer[rows, columns] = inside
    return layer, (rows, columns)


def _moved(label: Label, matrix: np.ndarray) -> Label | None:
    """A face's box in the picture; nothing where its middle lies beyond the border."""
    x, y, w, h = label.box
    (left, right), (top, bottom) = matrix @ np.array([(x, x + w), (y, y + h), (1, 1)])
    left, right = sorted((left, right))
    if not (0 < left + right < 2 * SIDE and 0 < top + bottom < 2 * SIDE):
        return None
    left, top, right, bottom = (round(float(np.clip(v, 0, SIDE))) for v in (left, top, right, bottom))
    return Label(Box(left, top, right - left, bottom - top), label.kind)


def _hidden(box: Box, cover: np.ndarray) -> float:
    x, y, w, h = box
    return float(cover[y : y + h, x : x + w].mean()) if w and h else 1.0

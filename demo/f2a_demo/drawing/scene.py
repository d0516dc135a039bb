"""A whole picture as plain values, and its rendering: pixels, face boxes and tags from one source."""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from f2a_demo.drawing.background import draw_background, tags_of
from f2a_demo.drawing.canvas import Pixels, blank, reduced
from f2a_demo.drawing.figure import Figure, draw_figure
from f2a_demo.drawing.geometry import Transform
from f2a_demo.drawing.palette import WHITE, Colour
from f2a_demo.drawing.tags import COLOUR_TAGS, figure_tags
from f2a_manifests import Box

TRANSPARENT = "transparent"


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that decides a picture; equal scenes render to equal pixels."""

    width: int
    height: int
    background: str
    """A kind of `background`, or ``transparent``."""
    figures: tuple[Figure, ...] = ()
    """From back to front."""
    monochrome: bool = False
    seed: int = 0
    """For the background's details."""

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The faces in the picture (see `Figure.box` for what is measured)."""
        found = (figure.box(self.width, self.height) for figure in self.figures)
        return tuple(box for box in found if box is not None)

    @property
    def tags(self) -> tuple[str, ...]:
        """Danbooru-like tags, sorted."""
        place = ("transparent_background",) if self.background == TRANSPARENT else tags_of(self.background)
        found = {*place, *figure_tags([(f.look, f.expression, f.pose) for f in self.figures])}
        if self.monochrome:
            found = (found - COLOUR_TAGS) | {"greyscale", "monochrome"}
        return tuple(sorted(found))


class Illustration(NamedTuple):
    """A drawn picture with what is known about it."""

    pixels: Pixels
    """uint8, H x W x 3 RGB, or H x W x 4 with straight alpha."""
    boxes: tuple[Box, ...]
    tags: tuple[str, ...]
    rating: str = "g"
    """Danbooru's letter: g or s."""
    variant_of: int | None = None
    """Position in the gallery of the picture that this one is a near copy of."""


def render(scene: Scene) -> Illustration:
    """Draw a scene."""
    pixels = _cut_out(scene) if scene.background == TRANSPARENT else _painted(scene, WHITE)
    return Illustration(pixels, scene.boxes, scene.tags)


def _painted(scene: Scene, ground: Colour) -> Pixels:
    pen = blank(scene.width, scene.height, ground)
    if scene.background != TRANSPARENT:
        picture = pen.at(Transform(scale=scene.height))
        draw_background(picture, scene.background, scene.width / scene.height, scene.seed)
    for figure in scene.figures:
        draw_figure(pen, figure, monochrome=scene.monochrome)
    return _greyed(reduced(pen)) if scene.monochrome else reduced(pen)


def _greyed(pixels: Pixels) -> Pixels:
    """Remove the last traces of colour (the irises' tints, the shade in folds)."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def _cut_out(scene: Scene) -> Pixels:
    """RGBA, solved from the same drawing on black and on white."""
    on_black, on_white = (_painted(scene, (c, c, c)).astype(np.float32) for c in (0, 255))
    alpha = np.clip(1 - (on_white - on_black).mean(axis=2, keepdims=True) / 255, 0, 1)
    colour = np.clip(on_black / np.maximum(alpha, 1 / 255), 0, 255)
    return np.concatenate([colour, alpha * 255], axis=2).round().astype(np.uint8)

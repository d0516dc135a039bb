"""Near copies, as boorus have them: another expression or colours, resized, recompressed, mirrored."""

import math
import random
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from f2a_demo.drawing import palette
from f2a_demo.drawing.canvas import Pixels
from f2a_demo.drawing.compose import random_expression
from f2a_demo.drawing.scene import Illustration, Scene, render
from f2a_manifests import Box


def variant(scene: Scene, rng: random.Random) -> Illustration:
    """Draw a near copy of a scene."""
    return _KINDS[rng.choice(list(_KINDS))](scene, rng)


def _expression(scene: Scene, rng: random.Random) -> Illustration:
    figures = tuple(replace(figure, expression=random_expression(rng)) for figure in scene.figures)
    return render(replace(scene, figures=figures))


def _colours(scene: Scene, rng: random.Random) -> Illustration:
    figures = []
    for figure in scene.figures:
        cloth, eyes = _like(figure.look.cloth, rng), rng.choice(list(palette.EYES))
        figures.append(replace(figure, look=replace(figure.look, cloth=cloth, eyes=eyes)))
    return render(replace(scene, figures=tuple(figures)))


def _like(cloth: str, rng: random.Random) -> str:
    """Another colour that is about as light, so that the pictures stay near copies."""
    level = sum(palette.CLOTHES[cloth])
    near = sorted(palette.CLOTHES, key=lambda name: abs(sum(palette.CLOTHES[name]) - level))
    return rng.choice(near[1:4])


def _resized(scene: Scene, rng: random.Random) -> Illustration:
    whole, factor = render(scene), rng.uniform(0.55, 0.85)
    size = round(scene.width * factor), round(scene.height * factor)
    pixels = np.asarray(cv2.resize(whole.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return whole._replace(pixels=pixels, boxes=tuple(_scaled(box, factor, size) for box in whole.boxes))


def _scaled(box: Box, factor: float, size: tuple[int, int]) -> Box:
    x, y = math.floor(box.x * factor), math.floor(box.y * factor)
    right, bottom = math.ceil((box.x + box.w) * factor), math.ceil((box.y + box.h) * factor)
    return Box(x, y, min(right, size[0]) - x, min(bottom, size[1]) - y)


def _recompressed(scene: Scene, rng: random.Random) -> Illustration:
    whole = render(scene)
    return whole._replace(pixels=_through_jpeg(whole.pixels[..., :3], rng.randint(30, 60)))


def _through_jpeg(pixels: Pixels, quality: int) -> Pixels:
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(decoded, np.uint8)[..., ::-1])


def _mirrored(scene: Scene, _rng: random.Random) -> Illustration:
    whole = render(scene)
    boxes = tuple(box._replace(x=scene.width - box.x - box.w) for box in whole.boxes)
    return whole._replace(pixels=np.ascontiguousarray(whole.pixels[:, ::-1]), boxes=boxes)


_KINDS: dict[str, Callable[[Scene, random.Random], Illustration]] = {
    "expression": _expression,
    "colours": _colours,
    "resized": _resized,
    "recompressed": _recompressed,
    "mirrored": _mirrored,
}

"""Things on a table: pictures without any face. Units as in `background`."""

import random
from collections.abc import Callable

from f2a_demo.drawing.canvas import Pen
from f2a_demo.drawing.geometry import Transform, curve, join, mirrored, oval, points, ribbon
from f2a_demo.drawing.palette import WHITE, Colour, ink_of, mix, shadow

_GLAZES: tuple[Colour, ...] = (
    (240, 240, 244),
    (120, 164, 210),
    (236, 160, 150),
    (248, 214, 130),
    (140, 190, 160),
)


def draw_still_life(pen: Pen, aspect: float, rng: random.Random) -> None:
    """A wall, a table, and three to five things on it."""
    wall: Colour = rng.choice(((214, 226, 232), (240, 226, 206), (226, 214, 236)))
    pen.shade(points((0, 0), (aspect, 0), (aspect, 0.65), (0, 0.65)), mix(wall, WHITE, 0.4), wall)
    pen.shade(points((0, 0.62), (aspect, 0.62), (aspect, 1), (0, 1)), (196, 146, 106), (158, 110, 80))
    count = rng.randint(3, 5) if aspect > 1 else rng.randint(1, 3)
    for index in range(count):
        x, y = aspect * (index + 0.5) / count, rng.uniform(0.72, 0.88)
        scale = min(0.22, 0.36 * aspect / count) * rng.uniform(0.85, 1.1)
        pen.fill(oval(x, y + 0.01, scale * 0.9, scale * 0.16), (90, 60, 60), 0.3)
        _THINGS[rng.randrange(len(_THINGS))](pen.at(Transform(x=x, y=y, scale=scale)), rng.choice(_GLAZES))


def _mug(pen: Pen, colour: Colour) -> None:
    ink = ink_of(colour)
    pen.line(curve((0.5, -0.85), (0.95, -0.8), (0.9, -0.3), (0.45, -0.2)), ink, 0.17)
    pen.line(curve((0.5, -0.85), (0.95, -0.8), (0.9, -0.3), (0.45, -0.2)), colour, 0.1)
    side = curve((0.6, -1.1), (0.57, -0.3), (0.42, 0.05))
    pen.shape(join(side, mirrored(side)), colour, ink)
    pen.fill(join(points((0.6, -1.1)), side, points((0.2, 0.05), (0.35, -1.0))), shadow(colour))
    pen.shape(oval(0, -1.1, 0.6, 0.16), mix(colour, WHITE, 0.4), ink)
    pen.fill(oval(0, -1.08, 0.48, 0.1), (112, 74, 56))
    for x in (-0.2, 0.15):
        pen.fill(ribbon(curve((x, -1.3), (x + 0.1, -1.55), (x - 0.05, -1.8)), (0, 0.09, 0)), WHITE, 0.6)


def _apple(pen: Pen, _colour: Colour) -> None:
    half = curve((0, -0.75), (0.35, -0.9), (0.68, -0.5), (0.4, 0.05), (0, 0))
    pen.shape(join(half, mirrored(half)), (214, 66, 66), (92, 30, 40))
    pen.fill(curve((0.3, -0.7), (0.55, -0.45), (0.3, -0.05), (0.42, -0.45), closed=True), (170, 44, 60))
    pen.fill(oval(-0.3, -0.6, 0.12, 0.16), (250, 170, 160))
    pen.fill(ribbon(curve((0, -0.75), (0.04, -0.95), (0.14, -1.08)), (0.08, 0.06)), (110, 78, 60))
    pen.shape(curve((0.1, -0.95), (0.35, -1.15), (0.55, -0.98), closed=True), (120, 180, 100), (50, 80, 50))


def _vase(pen: Pen, colour: Colour) -> None:
    for x, y, petal in (
        (-0.45, -2.0, (246, 170, 190)),
        (0.1, -2.35, (250, 220, 130)),
        (0.55, -1.9, (200, 170, 236)),
    ):
        pen.line(curve((0, -1.1), (x * 0.5, -1.5), (x, y)), (96, 150, 96), 0.05)
        for dx, dy in ((0, -0.2), (0.2, 0), (0, 0.2), (-0.2, 0)):
            pen.shape(oval(x + dx, y + dy, 0.17, 0.17), petal, ink_of(petal), 0.025)
        pen.fill(oval(x, y, 0.12, 0.12), (250, 240, 200))
    half = curve((0.22, -1.2), (0.2, -0.95), (0.52, -0.5), (0.34, 0.05))
    pen.shape(join(half, mirrored(half)), colour, ink_of(colour))
    pen.fill(oval(-0.22, -0.5, 0.08, 0.2), mix(colour, WHITE, 0.6))


def _books(pen: Pen, colour: Colour) -> None:
    for level, tint in enumerate((shadow(colour, 0.25), (206, 110, 104), (112, 148, 196))):
        shift, y = 0.08 * (level % 2), -0.28 * level
        cover = points(
            (-0.75 + shift, y), (0.75 + shift, y), (0.75 + shift, y - 0.26), (-0.75 + shift, y - 0.26)
        )
        pen.shape(cover, tint, ink_of(tint))
        pen.fill(
            points(
                (0.6 + shift, y - 0.05),
                (0.76 + shift, y - 0.05),
                (0.76 + shift, y - 0.21),
                (0.6 + shift, y - 0.21),
            ),
            WHITE,
        )


def _cake(pen: Pen, colour: Colour) -> None:
    pen.shape(oval(0, 0, 0.95, 0.16), mix(colour, WHITE, 0.5), ink_of(colour))
    pen.shape(
        points((-0.7, -0.02), (0.7, -0.02), (0.7, -0.75), (-0.7, -0.75)), (252, 226, 170), (120, 84, 60)
    )
    pen.fill(points((-0.68, -0.3), (0.68, -0.3), (0.68, -0.44), (-0.68, -0.44)), (240, 130, 140))
    icing = join(
        points((-0.72, -0.8), (0.72, -0.8)),
        curve(
            (0.72, -0.62),
            (0.48, -0.5),
            (0.24, -0.64),
            (0, -0.5),
            (-0.24, -0.64),
            (-0.48, -0.5),
            (-0.72, -0.62),
        ),
    )
    pen.shape(icing, (255, 248, 244), (140, 104, 100))
    pen.shape(
        curve((0, -0.82), (-0.2, -1.1), (0, -1.2), (0.2, -1.1), closed=True), (226, 70, 80), (110, 30, 40)
    )


_THINGS: tuple[Callable[[Pen, Colour], None], ...] = (_mug, _apple, _vase, _books, _cake)

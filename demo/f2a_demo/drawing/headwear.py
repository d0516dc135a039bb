"""What is worn on the head, in head units."""

import math
from collections.abc import Callable

from f2a_demo.drawing.canvas import Pen
from f2a_demo.drawing.geometry import Transform, curve, join, mirrored, oval, points, ribbon
from f2a_demo.drawing.palette import PAPER, Inks, mix


def draw_headwear(pen: Pen, kind: str, inks: Inks) -> None:
    """Draw it over the hair; an empty kind draws nothing."""
    if kind:
        _KINDS[kind](pen, inks)


def _bow(pen: Pen, inks: Inks) -> None:
    knot = pen.at(Transform(x=0.75, y=-1.38, degrees=28, scale=0.9))
    loop = curve((0.02, 0), (0.35, -0.42), (0.72, -0.36), (0.72, 0.3), (0.35, 0.3), closed=True)
    for shape in (loop, mirrored(loop)):
        knot.shape(shape, inks.accent, inks.cloth_line)
    for side in (-1, 1):
        knot.fill(points((side * 0.08, 0), (side * 0.5, -0.12), (side * 0.5, 0.1)), inks.accent_shade)
    knot.shape(oval(0, 0, 0.15, 0.18), inks.accent, inks.cloth_line)


def _hairband(pen: Pen, inks: Inks) -> None:
    arc = curve((-1.12, -0.5), (-0.86, -1.08), (0, -1.42), (0.86, -1.08), (1.12, -0.5))
    pen.shape(ribbon(arc, (0.14, 0.2, 0.22, 0.2, 0.14)), inks.accent, inks.cloth_line)


def _beret(pen: Pen, inks: Inks) -> None:
    hat = pen.at(Transform(x=-0.2, y=-1.25, degrees=-12))
    hat.shape(
        curve(
            (-1.25, 0.2),
            (-1.3, -0.25),
            (-0.5, -0.72),
            (0.6, -0.6),
            (1.15, -0.1),
            (1.0, 0.25),
            (0, 0.08),
            closed=True,
        ),
        inks.accent,
        inks.cloth_line,
    )
    hat.fill(
        ribbon(curve((-0.9, -0.15), (-0.3, -0.45), (0.4, -0.42)), (0, 0.1, 0)), mix(inks.accent, PAPER, 0.4)
    )
    hat.shape(ribbon(curve((-0.1, -0.62), (-0.05, -0.85)), (0.12, 0.1)), inks.accent, inks.cloth_line)


def _cap(pen: Pen, inks: Inks) -> None:
    half = curve((-1.22, -0.72), (-1.1, -1.45), (-0.6, -1.86), (0, -1.96))
    pen.shape(
        join(half, mirrored(half), curve((1.22, -0.72), (0, -1.02), (-1.22, -0.72))),
        inks.accent,
        inks.cloth_line,
    )
    pen.line(curve((0, -1.95), (0.05, -1.4), (0, -0.98)), inks.accent_shade, 0.04)
    brim = join(
        curve((-1.1, -0.78), (0, -1.06), (1.1, -0.78)), curve((1.2, -0.55), (0, -0.72), (-1.2, -0.55))
    )
    pen.shape(brim, inks.accent_shade, inks.cloth_line)


def _cat_ears(pen: Pen, inks: Inks) -> None:
    ear = join(
        curve((-1.05, -1.0), (-1.2, -1.6), (-1.08, -2.12)),
        curve((-1.08, -2.12), (-0.65, -1.85), (-0.35, -1.5)),
    )
    inner = points((-0.95, -1.25), (-1.03, -1.9), (-0.58, -1.55))
    for outer, pink in ((ear, inner), (mirrored(ear), mirrored(inner))):
        pen.shape(outer, inks.hair, inks.hair_line)
        pen.fill(pink, inks.blush)


def _flower(pen: Pen, inks: Inks) -> None:
    for petal in range(5):
        angle = math.radians(72 * petal)
        pen.shape(
            oval(-0.85 + 0.17 * math.cos(angle), -0.95 + 0.17 * math.sin(angle), 0.15, 0.15),
            inks.accent,
            inks.cloth_line,
            0.025,
        )
    pen.shape(oval(-0.85, -0.95, 0.1, 0.1), mix(inks.accent, PAPER, 0.75), inks.cloth_line, 0.02)


_KINDS: dict[str, Callable[[Pen, Inks], None]] = {
    "bow": _bow,
    "hairband": _hairband,
    "beret": _beret,
    "cap": _cap,
    "cat_ears": _cat_ears,
    "flower": _flower,
}
HEADWEAR = tuple(_KINDS)

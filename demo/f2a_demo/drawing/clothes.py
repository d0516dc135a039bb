"""The front of clothes: collars, ties, pockets. Body units."""

from collections.abc import Callable

from f2a_demo.drawing.canvas import Pen
from f2a_demo.drawing.geometry import bow, curve, join, mirrored, oval, points, ribbon
from f2a_demo.drawing.palette import WHITE, Inks


def draw_front(pen: Pen, outfit: str, inks: Inks) -> None:
    """Draw what distinguishes an outfit, on the bare torso."""
    _OUTFITS[outfit](pen, inks)


def _ribbon_tie(pen: Pen, inks: Inks, y: float) -> None:
    for side in (-1, 1):
        pen.shape(
            curve((0, y), (side * 0.42, y - 0.22), (side * 0.46, y + 0.16), closed=True),
            inks.accent,
            inks.cloth_line,
        )
        pen.shape(
            points((side * 0.03, y + 0.04), (side * 0.28, y + 0.62), (side * 0.08, y + 0.56)),
            inks.accent,
            inks.cloth_line,
        )
    pen.shape(oval(0, y, 0.1, 0.11), inks.accent_shade, inks.cloth_line)


def _collar_gap(pen: Pen, inks: Inks, depth: float) -> None:
    gap = points((-0.34, 1.52), (0, depth), (0.34, 1.52))
    pen.fill(gap, inks.skin)
    pen.fill(join(points((-0.3, 1.5)), curve((-0.28, 1.5), (0, 1.66), (0.28, 1.5))), inks.skin_shade)


def _sailor(pen: Pen, inks: Inks) -> None:
    _collar_gap(pen, inks, 2.3)
    flap = join(
        curve((0.34, 1.45), (0.62, 1.66), (1.0, 1.86)), points((0.86, 2.35), (0.0, 2.5), (0.08, 2.25))
    )
    for shape in (flap, mirrored(flap)):
        pen.shape(shape, inks.accent, inks.cloth_line)
    stripe = points((0.9, 1.92), (0.76, 2.27), (0.06, 2.38))
    for line in (stripe, mirrored(stripe)):
        pen.line(line, WHITE, 0.04)
    _ribbon_tie(pen, inks, 2.45)


def _hoodie(pen: Pen, inks: Inks) -> None:
    hood = join(
        curve((-0.95, 1.85), (-0.7, 1.45), (-0.32, 1.4)),
        curve((0.0, 1.95), (0.32, 1.4), (0.7, 1.45), (0.95, 1.85), (0, 2.3), (-0.95, 1.85)),
    )
    pen.shape(hood, inks.cloth_shade, inks.cloth_line)
    for side in (-1, 1):
        pen.line(curve((side * 0.25, 2.1), (side * 0.28, 2.8)), WHITE, 0.05)
    pen.shape(points((-0.5, 3.3), (0.5, 3.3), (0.68, 3.95), (-0.68, 3.95)), inks.cloth, inks.cloth_line)


def _dress(pen: Pen, inks: Inks) -> None:
    collar = curve((0.02, 1.75), (0.32, 1.45), (0.66, 1.68), (0.45, 2.0), closed=True)
    for shape in (collar, mirrored(collar)):
        pen.shape(shape, WHITE, inks.cloth_line)
    _ribbon_tie(pen, inks, 1.85)
    pen.shape(points((-0.79, 3.6), (0.79, 3.6), (0.84, 3.85), (-0.84, 3.85)), inks.accent, inks.cloth_line)


def _blazer(pen: Pen, inks: Inks) -> None:
    pen.shape(points((-0.4, 1.5), (0.4, 1.5), (0, 3.0)), WHITE, inks.cloth_line)
    pen.shape(
        points((-0.09, 1.8), (0.09, 1.8), (0.16, 2.7), (0, 2.9), (-0.16, 2.7)), inks.accent, inks.cloth_line
    )
    lapel = points((0.4, 1.48), (0.75, 1.75), (0.5, 2.3), (0, 3.05), (0.2, 2.3))
    for shape in (lapel, mirrored(lapel)):
        pen.shape(shape, inks.cloth_shade, inks.cloth_line)


def _kimono(pen: Pen, inks: Inks) -> None:
    _collar_gap(pen, inks, 2.5)
    for start, end in (((0.42, 1.45), (-0.3, 2.9)), ((-0.42, 1.45), (0.35, 3.05))):
        pen.shape(ribbon(bow(start, end, 0.02), (0.26, 0.26)), inks.accent, inks.cloth_line)
    pen.shape(
        points((-0.84, 3.05), (0.84, 3.05), (0.86, 3.85), (-0.86, 3.85)), inks.accent_shade, inks.cloth_line
    )
    pen.line(points((-0.84, 3.45), (0.85, 3.45)), WHITE, 0.08)


def _shirt(pen: Pen, inks: Inks) -> None:
    neck = join(curve((-0.46, 1.58), (0, 2.05), (0.46, 1.58)), curve((0.34, 1.5), (0, 1.9), (-0.34, 1.5)))
    _collar_gap(pen, inks, 1.85)
    pen.shape(neck, inks.accent, inks.cloth_line)
    star = points(
        *(
            (0.3 * x, 2.75 + 0.3 * y)
            for x, y in (
                (0, -1),
                (0.25, -0.3),
                (1, -0.3),
                (0.4, 0.15),
                (0.6, 0.85),
                (0, 0.45),
                (-0.6, 0.85),
                (-0.4, 0.15),
                (-1, -0.3),
                (-0.25, -0.3),
            )
        )
    )
    pen.shape(star, inks.accent, inks.cloth_line)


_OUTFITS: dict[str, Callable[[Pen, Inks], None]] = {
    "sailor": _sailor,
    "hoodie": _hoodie,
    "dress": _dress,
    "blazer": _blazer,
    "kimono": _kimono,
    "shirt": _shirt,
}
OUTFITS = tuple(_OUTFITS)

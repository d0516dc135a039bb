"""One eye, in its own frame: inner corner at -x, outer corner at +x, about 0.54 wide and 0.58 high."""

from f2a_demo.drawing.canvas import Pen
from f2a_demo.drawing.geometry import Points, curve, join, moved, oval, ribbon
from f2a_demo.drawing.palette import WHITE, Inks, mix


def eye(pen: Pen, inks: Inks, kind: str, size: tuple[float, float]) -> None:
    """Draw an eye: ``open``, ``half``, ``closed`` or ``happy``."""
    if kind == "happy":
        _arc(pen, inks, -0.17, size)
    elif kind == "closed":
        _arc(pen, inks, 0.13, size)
    else:
        _open(pen, inks, size, lid=0.14 if kind == "half" else 0.0)


def _arc(pen: Pen, inks: Inks, rise: float, size: tuple[float, float]) -> None:
    arc = curve((-0.24, 0.06), (-0.12, 0.06 + rise * 0.8), (0.1, 0.06 + rise), (0.3, 0.04)) * size
    pen.fill(ribbon(arc, (0.02, 0.075, 0.085, 0.02)), inks.line)
    if rise > 0:
        for start, end in (((0.1, 0.17), (0.16, 0.26)), ((0.2, 0.12), (0.3, 0.2))):
            pen.fill(ribbon(curve(start, end) * size, (0.05, 0)), inks.line)


def _open(pen: Pen, inks: Inks, size: tuple[float, float], lid: float) -> None:
    upper = (
        curve((-0.25, -0.02), (-0.17, -0.2 + lid), (0.0, -0.29 + lid), (0.17, -0.23 + lid), (0.28, -0.01))
        * size
    )
    lower = curve((0.28, -0.01), (0.22, 0.2), (0.03, 0.29), (-0.16, 0.22), (-0.25, -0.02)) * size
    with pen.clip(join(upper, lower)) as inside:
        inside.fill(join(upper, lower), WHITE)
        inside.fill(ribbon(upper, (0.16, 0.2, 0.16)), mix(inks.skin_shade, (180, 180, 215), 0.55))
        _iris(inside, inks, size)
        if lid:
            inside.fill(ribbon(upper, (0.1, 0.14, 0.1)), inks.line, 0.35)
    _lashes(pen, inks, upper, lower, size)


def _iris(pen: Pen, inks: Inks, size: tuple[float, float]) -> None:
    dark, light = mix(inks.iris, (24, 14, 44), 0.62), mix(inks.iris, WHITE, 0.42)
    disc = oval(0, 0.015, 0.195, 0.275) * size
    pen.shade(disc, dark, light)
    pen.fill(oval(0, 0.17, 0.12, 0.09) * size, mix(light, WHITE, 0.25), 0.8)
    pen.fill(oval(0, 0.0, 0.085, 0.135) * size, mix(dark, (16, 8, 30), 0.55))
    pen.line(disc, mix(dark, (16, 8, 30), 0.4), 0.03, closed=True)
    # The light falls from the upper left, so the highlights are not mirrored with the eye.
    sign = -1 if pen.frame.mirror else 1
    pen.fill(oval(-0.085 * sign, -0.12, 0.075, 0.095) * size, WHITE)
    pen.fill(oval(0.09 * sign, 0.13, 0.042, 0.05) * size, WHITE)


def _lashes(pen: Pen, inks: Inks, upper: Points, lower: Points, size: tuple[float, float]) -> None:
    pen.fill(ribbon(lower[: len(lower) // 2], (0.03, 0.02, 0)), inks.line)
    pen.fill(ribbon(upper, (0.03, 0.075, 0.1, 0.1, 0.07)), inks.line)
    wing = curve((0.2, -0.2), (0.28, -0.06), (0.36, -0.1)) * size
    pen.fill(ribbon(wing, (0.04, 0.075, 0)), inks.line)
    crease = moved(upper[len(upper) // 4 : -2], 0, -0.1)
    pen.fill(ribbon(crease, (0, 0.025, 0.02, 0)), inks.skin_shade)

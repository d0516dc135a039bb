"""Mouths, in their own frame: about 0.5 wide, centred."""

from collections.abc import Callable

from f2a_demo.drawing.canvas import Pen
from f2a_demo.drawing.geometry import Points, curve, join, mirrored, oval, points, ribbon
from f2a_demo.drawing.palette import WHITE, Inks, mix


def draw_mouth(pen: Pen, kind: str, inks: Inks) -> None:
    """Draw a mouth of a kind that `Expression` names."""
    _MOUTHS[kind](pen, inks)


def _smile(pen: Pen, inks: Inks) -> None:
    pen.fill(
        ribbon(curve((-0.2, -0.03), (-0.1, 0.035), (0.1, 0.035), (0.2, -0.03)), (0, 0.045, 0.045, 0)),
        inks.line,
    )
    pen.line(points((-0.05, 0.12), (0.05, 0.12)), inks.skin_shade, 0.03)


def _open(pen: Pen, inks: Inks) -> None:
    lips = join(
        curve((-0.25, -0.07), (0, -0.03), (0.25, -0.07)),
        curve((0.25, -0.07), (0.14, 0.15), (-0.14, 0.15), (-0.25, -0.07)),
    )
    _hollow(pen, inks, lips, teeth=True)


def _round(pen: Pen, inks: Inks) -> None:
    _hollow(pen, inks, oval(0, 0.02, 0.1, 0.12), teeth=False)


def _hollow(pen: Pen, inks: Inks, lips: Points, *, teeth: bool) -> None:
    with pen.clip(lips) as mouth:
        mouth.fill(lips, inks.mouth)
        mouth.fill(oval(0.02, 0.16, 0.15, 0.1), mix(inks.mouth, inks.skin, 0.5))
        if teeth:
            mouth.fill(points((-0.2, -0.12), (0.2, -0.12), (0.18, 0), (-0.18, 0)), WHITE)
    pen.line(lips, inks.line, 0.03, closed=True)


def _flat(pen: Pen, inks: Inks) -> None:
    pen.fill(ribbon(curve((-0.12, 0), (0, 0.012), (0.12, 0)), (0, 0.045, 0)), inks.line)


def _sad(pen: Pen, inks: Inks) -> None:
    pen.fill(
        ribbon(curve((-0.16, 0.06), (-0.07, -0.01), (0.07, -0.01), (0.16, 0.06)), (0, 0.045, 0.045, 0)),
        inks.line,
    )


def _cat(pen: Pen, inks: Inks) -> None:
    arc = curve((-0.2, -0.04), (-0.15, 0.04), (-0.06, 0.05), (0, -0.02))
    for half in (arc, mirrored(arc)):
        pen.fill(ribbon(half, (0.015, 0.045, 0.03)), inks.line)


_MOUTHS: dict[str, Callable[[Pen, Inks], None]] = {
    "smile": _smile,
    "open": _open,
    "flat": _flat,
    "sad": _sad,
    "cat": _cat,
    "o": _round,
}

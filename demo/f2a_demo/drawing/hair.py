"""Hair in front of the face: bangs, side locks, the shadow they cast and the ring of light on them."""

import random

import numpy as np

from f2a_demo.drawing.bangs import Fringe, bangs, fringe
from f2a_demo.drawing.canvas import Pen
from f2a_demo.drawing.face import contour
from f2a_demo.drawing.geometry import bow, curve, join, mirrored, moved, points, ribbon
from f2a_demo.drawing.look import Look, Pose
from f2a_demo.drawing.palette import Inks, mix


def draw_shadow(pen: Pen, look: Look, inks: Inks, pose: Pose) -> None:
    """The shadow of the bangs on the forehead; before the eyes."""
    with pen.clip(contour(pose.turn)) as skin:
        skin.fill(moved(bangs(fringe(look), pose.turn), 0.03, 0.13), inks.skin_shade)


def draw_front(pen: Pen, look: Look, inks: Inks, pose: Pose) -> None:
    """Side locks, then bangs, with strands and light."""
    _side_locks(pen, look, inks)
    cut = fringe(look)
    whole = bangs(cut, pose.turn)
    with pen.clip(whole) as hair:
        hair.shade(whole, inks.hair, mix(inks.hair, inks.hair_light, 0.3))
        _locks_in_shade(hair, cut, inks)
        _ring(hair, look, inks)
    pen.line(whole, inks.hair_line, 0.032, closed=True)
    _strands(pen, cut, inks, pose.turn)
    if look.ahoge:
        tuft = curve((0.02, -1.68), (0.1, -2.0), (0.38, -2.12), (0.55, -1.95))
        pen.shape(ribbon(tuft, (0.16, 0.13, 0.1, 0)), inks.hair, inks.hair_line)


def _side_locks(pen: Pen, look: Look, inks: Inks) -> None:
    length = _SIDES.get(look.back, 1.0)
    outer = curve((-1.13, -0.5), (-1.2, 0.1), (-1.12, length * 0.6), (-0.98, length))
    inner = curve((-0.98, length), (-0.9, length * 0.55), (-0.88, 0.0), (-0.92, -0.6))
    lock = join(outer, inner)
    for shape in (lock, mirrored(lock)):
        pen.shape(shape, inks.hair, inks.hair_line)
        side = 1 if shape is not lock else -1
        pen.fill(
            ribbon(
                curve((side * 1.06, 0.0), (side * 1.04, length * 0.5), (side * 0.98, length)), (0, 0.08, 0)
            ),
            inks.hair_shade,
        )


def _locks_in_shade(pen: Pen, cut: Fringe, inks: Inks) -> None:
    for (left, high), (x, y) in zip(cut.notches, cut.tips, strict=False):
        blade = join(
            bow((left, high - 0.25), (x, y), 0.1), bow((x, y), ((left + x) / 2 + 0.04, high - 0.1), -0.1)
        )
        pen.fill(blade, inks.hair_shade)
    pen.fill(
        join(curve((-1.3, 0.3), (-1.1, -0.4), (-0.8, -0.9)), curve((-0.98, -0.4), (-0.95, 0.3))),
        inks.hair_shade,
    )
    pen.fill(
        join(curve((1.3, 0.3), (1.1, -0.4), (0.82, -1.0)), curve((0.93, -0.4), (0.9, 0.3))), inks.hair_shade
    )


def _ring(pen: Pen, look: Look, inks: Inks) -> None:
    rng = random.Random(look.seed + 1)
    upper = curve((-0.98, -0.78), (-0.6, -1.08), (0, -1.2), (0.6, -1.08), (0.98, -0.78))
    teeth = [
        (x, -1.13 + 0.36 * x * x + (0.05, 0.2)[i % 2] * rng.uniform(0.7, 1.1))
        for i, x in enumerate(np.linspace(0.95, -0.95, 17))
    ]
    pen.fill(join(upper, points(*teeth)), inks.hair_light, 0.75)


def _strands(pen: Pen, cut: Fringe, inks: Inks, turn: float) -> None:
    for x, y in cut.notches[1:-1]:
        start = (x + 0.2 * turn * max(0.0, 1.1 - abs(x)), y)
        end = (x * 0.72, y - 0.5)
        pen.fill(ribbon(bow(start, end, -0.06 if x > 0 else 0.06), (0.028, 0.022, 0)), inks.hair_line)
    for x in (-0.28, 0.22):
        pen.fill(
            ribbon(bow((x * 0.35, -1.66), (x * 1.6, -1.38), 0.1 * np.sign(x)), (0, 0.025, 0)), inks.hair_line
        )


_SIDES = {
    "short": 0.55,
    "bob": 1.1,
    "long": 1.9,
    "wavy": 1.7,
    "twintails": 1.15,
    "spiky": 0.5,
    "ponytail": 1.2,
}

"""The cut and outline of bangs, in head units."""

import random
from dataclasses import dataclass

import numpy as np

from f2a_demo.drawing.geometry import Pair, Points, bow, curve, join, mirrored
from f2a_demo.drawing.look import Look

_CROWN = (0.0, -1.72)  # the top of the hair


@dataclass(frozen=True, slots=True)
class Fringe:
    """Bangs as a row of locks: corners between locks and the tip of each lock."""

    notches: tuple[Pair, ...]
    tips: tuple[Pair, ...]


def fringe(look: Look) -> Fringe:
    """Cut the bangs, a little irregular."""
    rng = random.Random(look.seed)
    notches, tips = _CUTS[look.bangs]
    loose = 0.02 if look.bangs == "blunt" else 0.06
    return Fringe(
        notches=tuple((x, y + rng.uniform(-loose, loose)) for x, y in notches),
        tips=tuple((x + rng.uniform(-loose, loose), y + rng.uniform(-loose, loose)) for x, y in tips),
    )


def dome() -> Points:
    """The outline of the hair over the skull, from left temple to right temple."""
    half = curve((-1.1, 0.1), (-1.17, -0.5), (-0.95, -1.2), (-0.5, -1.58), _CROWN)
    return join(half, mirrored(half)[1:])


def bangs(cut: Fringe, turn: float) -> Points:
    """The whole front hair as one outline."""
    edge = []
    for index, tip in enumerate(cut.tips):
        edge.append(bow(cut.notches[index], tip, 0.1))
        edge.append(bow(tip, cut.notches[index + 1], 0.1))
    low = join(*edge)
    low[:, 0] += 0.2 * turn * np.clip(1.1 - np.abs(low[:, 0]), 0, 1)
    return join(dome(), low)


_CUTS: dict[str, tuple[tuple[Pair, ...], tuple[Pair, ...]]] = {
    # From the right temple to the left one: notches are one more than tips.
    "blunt": (
        (
            (1.1, 0.1),
            (0.86, -0.5),
            (0.5, -0.34),
            (0.17, -0.31),
            (-0.17, -0.31),
            (-0.5, -0.34),
            (-0.86, -0.5),
            (-1.1, 0.1),
        ),
        (
            (0.93, 0.42),
            (0.66, -0.16),
            (0.33, -0.13),
            (0.0, -0.11),
            (-0.33, -0.13),
            (-0.66, -0.16),
            (-0.93, 0.42),
        ),
    ),
    "choppy": (
        ((1.1, 0.1), (0.8, -0.62), (0.42, -0.5), (0.1, -0.56), (-0.3, -0.5), (-0.76, -0.62), (-1.1, 0.1)),
        ((0.92, 0.36), (0.6, -0.1), (0.22, -0.02), (-0.08, -0.12), (-0.56, -0.06), (-0.93, 0.38)),
    ),
    "swept": (
        ((1.1, 0.1), (0.82, -0.6), (0.5, -0.72), (0.08, -0.86), (-0.42, -0.98), (-0.78, -0.7), (-1.1, 0.1)),
        ((0.95, 0.32), (0.86, -0.08), (0.58, -0.1), (0.16, -0.14), (-0.74, -0.3), (-0.94, 0.3)),
    ),
    "parted": (
        ((1.1, 0.1), (0.84, -0.6), (0.55, -0.72), (0.05, -1.18), (-0.55, -0.72), (-0.84, -0.6), (-1.1, 0.1)),
        ((0.94, 0.42), (0.88, -0.06), (0.62, -0.24), (-0.62, -0.24), (-0.88, -0.06), (-0.94, 0.42)),
    ),
    "spiky": (
        (
            (1.1, 0.1),
            (0.86, -0.6),
            (0.52, -0.72),
            (0.2, -0.68),
            (-0.12, -0.74),
            (-0.5, -0.7),
            (-0.84, -0.6),
            (-1.1, 0.1),
        ),
        ((1.0, 0.24), (0.78, -0.12), (0.32, -0.04), (0.1, 0.1), (-0.4, -0.08), (-0.76, -0.16), (-1.0, 0.26)),
    ),
    "one_eye": (
        ((1.1, 0.1), (0.82, -0.6), (0.5, -0.66), (0.12, -0.8), (-0.05, -0.86), (-0.8, 0.0), (-1.1, 0.1)),
        ((0.93, 0.34), (0.62, -0.1), (0.34, -0.14), (-0.02, -0.02), (-0.52, 0.55), (-0.95, 0.5)),
    ),
}
BANGS = tuple(_CUTS)

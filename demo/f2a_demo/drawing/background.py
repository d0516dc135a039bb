"""What is behind the figures when it is not a place: plain, gradient, patterns, manga effects.

All are drawn in units of the picture's height: y from 0 to 1, x from 0 to ``aspect``.
"""

import math
import random
from collections.abc import Callable

from f2a_demo.drawing.canvas import Pen
from f2a_demo.drawing.geometry import curve, moved, oval, points
from f2a_demo.drawing.palette import PAPER, WHITE, Colour, mix
from f2a_demo.drawing.scenery import PLACES
from f2a_demo.drawing.still_life import draw_still_life

PASTELS: tuple[Colour, ...] = (
    (252, 214, 222),
    (214, 232, 252),
    (220, 242, 222),
    (252, 240, 204),
    (230, 220, 248),
    (204, 238, 236),
    (250, 222, 196),
)


def draw_background(pen: Pen, kind: str, aspect: float, seed: int) -> None:
    """Cover the canvas; the same seed draws the same."""
    _KINDS[kind](pen, aspect, random.Random(seed))


def tags_of(kind: str) -> tuple[str, ...]:
    """The Danbooru tags of a background."""
    return _TAGS[kind]


def _sheet(aspect: float) -> tuple[tuple[float, float], ...]:
    return (0, 0), (aspect, 0), (aspect, 1), (0, 1)


def _white(pen: Pen, aspect: float, _rng: random.Random) -> None:
    pen.fill(points(*_sheet(aspect)), WHITE)


def _gradient(pen: Pen, aspect: float, rng: random.Random) -> None:
    top, bottom = rng.sample(PASTELS, 2)
    pen.shade(points(*_sheet(aspect)), top, bottom)
    for _ in range(rng.choice((0, 14))):
        x, y, radius = rng.uniform(0, aspect), rng.uniform(0, 1), rng.uniform(0.02, 0.09)
        pen.fill(oval(x, y, radius, radius), WHITE, rng.uniform(0.15, 0.4))


def _dots(pen: Pen, aspect: float, rng: random.Random) -> None:
    ground, dot = rng.sample(PASTELS, 2)
    _lattice(pen, aspect, (ground, dot), rng.uniform(0.08, 0.14), 0.26)


def _tone(pen: Pen, aspect: float, _rng: random.Random) -> None:
    _lattice(pen, aspect, (WHITE, (196, 196, 196)), 0.022, 0.27)


def _lattice(pen: Pen, aspect: float, colours: tuple[Colour, Colour], gap: float, size: float) -> None:
    pen.fill(points(*_sheet(aspect)), colours[0])
    for row in range(math.ceil(1 / gap) + 1):
        for column in range(math.ceil(aspect / gap) + 1):
            x = (column + 0.5 * (row % 2)) * gap
            pen.fill(oval(x, row * gap, gap * size, gap * size, steps=14), colours[1])


def _stripes(pen: Pen, aspect: float, rng: random.Random) -> None:
    ground, band = rng.sample(PASTELS, 2)
    pen.fill(points(*_sheet(aspect)), ground)
    gap, lean = rng.uniform(0.08, 0.16), rng.choice((-1, 0, 1))
    for i in range(-math.ceil(1 / gap), math.ceil((aspect + 1) / gap) + 1):
        x = i * gap
        pen.fill(points((x, 0), (x + gap / 2, 0), (x + gap / 2 - lean, 1), (x - lean, 1)), band)


def _hearts(pen: Pen, aspect: float, rng: random.Random) -> None:
    ground = rng.choice(PASTELS)
    pen.shade(points(*_sheet(aspect)), mix(ground, WHITE, 0.4), ground)
    for _ in range(26):
        x, y, size = rng.uniform(0, aspect), rng.uniform(0, 1), rng.uniform(0.02, 0.05)
        heart = curve((0, -0.5), (0.6, -1), (1, -0.3), (0, 1), (-1, -0.3), (-0.6, -1), closed=True)
        pen.fill(moved(heart * size, x, y), mix(ground, (246, 120, 150), 0.55))


def _speed(pen: Pen, aspect: float, rng: random.Random) -> None:
    pen.fill(points(*_sheet(aspect)), WHITE)
    cx, cy, far = aspect / 2, 0.42, 1.2 * (1 + aspect)
    for step in range(110):
        angle, wide, near = math.tau * step / 110, rng.uniform(0.002, 0.016), rng.uniform(0.42, 0.62)
        fan = [(reach, angle + turn) for reach, turn in ((near, 0.0), (far, -wide), (far, wide))]
        pen.fill(points(*((cx + r * math.cos(a), cy + r * math.sin(a)) for r, a in fan)), (46, 46, 46))


def _paper(pen: Pen, aspect: float, _rng: random.Random) -> None:
    pen.fill(points(*_sheet(aspect)), PAPER)


_KINDS: dict[str, Callable[[Pen, float, random.Random], None]] = {
    "white": _white,
    "paper": _paper,
    "gradient": _gradient,
    "dots": _dots,
    "stripes": _stripes,
    "hearts": _hearts,
    "tone": _tone,
    "speed": _speed,
    "still_life": draw_still_life,
    **PLACES,
}
_TAGS: dict[str, tuple[str, ...]] = {
    "white": ("simple_background", "white_background"),
    "paper": ("simple_background",),
    "gradient": ("gradient_background", "simple_background"),
    "dots": ("polka_dot_background",),
    "stripes": ("striped_background",),
    "hearts": ("heart", "heart_background"),
    "tone": ("screentones",),
    "speed": ("speed_lines",),
    "still_life": ("food", "still_life", "table"),
    "hills": ("cloud", "day", "outdoors", "sky"),
    "sea": ("beach", "ocean", "outdoors", "sunset"),
    "night": ("cityscape", "night", "outdoors", "star_(sky)"),
    "blossoms": ("cherry_blossoms", "outdoors", "petals"),
    "room": ("indoors", "window"),
}
MANGA = ("white", "paper", "tone", "speed")
"""Backgrounds for line art."""
PATTERNS = ("gradient", "dots", "stripes", "hearts")
"""Coloured ones that are no place."""

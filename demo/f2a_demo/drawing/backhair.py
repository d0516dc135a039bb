"""Hair behind head and body, and braids, which hang in front."""

import math
import random
from collections.abc import Callable

from f2a_demo.drawing.canvas import Pen
from f2a_demo.drawing.geometry import Pair, Points, bow, curve, join, mirrored, moved, oval, points, ribbon
from f2a_demo.drawing.look import Look
from f2a_demo.drawing.palette import Inks, mix


def draw_back(pen: Pen, look: Look, inks: Inks) -> None:
    """Draw the back hair of a style; before the body."""
    _STYLES[look.back](pen, look, inks)


def draw_from_behind(pen: Pen, look: Look, inks: Inks) -> None:
    """The head seen from behind: the same hair over everything."""
    pen.shape(oval(0, -0.35, 1.2, 1.36), inks.hair, inks.hair_line)
    draw_back(pen, look, inks)
    with pen.clip(oval(0, -0.35, 1.2, 1.36)) as hair:
        hair.fill(oval(0, -0.35, 1.2, 1.36), inks.hair)
        hair.fill(
            ribbon(curve((-1, -0.5), (-0.5, -0.95), (0.5, -0.95), (1, -0.5)), (0.04, 0.2, 0.2, 0.04)),
            inks.hair_light,
            0.75,
        )
        for x in (-0.8, -0.5, -0.2, 0.15, 0.45, 0.75):
            hair.fill(
                ribbon(curve((x * 0.4, -1.5), (x, -0.5), (x * 1.1, 0.9)), (0, 0.05, 0.03)), inks.hair_shade
            )


def draw_braids(pen: Pen, look: Look, inks: Inks) -> None:
    """Two braids over the shoulders; after the body."""
    if look.back != "braids":
        return
    for side in (-1, 1):
        for knot in range(7):
            x, y = side * (1.06 - 0.03 * knot), 0.85 + 0.27 * knot
            bead = oval(x, y, 0.21 - 0.012 * knot, 0.19)
            pen.shape(bead, inks.hair, inks.hair_line)
            pen.fill(
                ribbon(curve((x - 0.12, y - 0.05), (x, y + 0.08), (x + 0.12, y - 0.05)), (0, 0.04, 0)),
                inks.hair_shade,
            )
        pen.shape(oval(side * 0.88, 2.72, 0.13, 0.09), inks.accent, inks.cloth_line)
        pen.shape(
            curve(
                (side * 0.88, 2.75), (side * 0.76, 3.0), (side * 0.86, 3.16), (side * 1.0, 2.98), closed=True
            ),
            inks.hair,
            inks.hair_line,
        )


def _cap(pen: Pen, inks: Inks, low: float, width: float) -> None:
    side = curve(
        (-0.4, -1.62),
        (-1.05, -1.15),
        (-1.22, -0.3),
        (-width, low * 0.6),
        (-width * 0.92, low * 0.94),
        (-width * 0.66, low),
    )
    whole = join(side, curve((-width * 0.66, low), (0, low * 0.96), (width * 0.66, low)), mirrored(side))
    pen.shape(whole, inks.hair_shade, inks.hair_line)


def _short(pen: Pen, look: Look, inks: Inks) -> None:
    rng = random.Random(look.seed + 2)
    tips = [
        (x, 0.85 + rng.uniform(0, 0.2) if i % 2 else 0.62)
        for i, x in enumerate((1.0, 0.9, 0.6, 0.3, 0, -0.3, -0.6, -0.9, -1.0))
    ]
    side = curve((-1.0, 0.62), (-1.2, 0.0), (-1.14, -0.9), (-0.4, -1.6))
    pen.shape(join(side, mirrored(side), points(*tips)), inks.hair_shade, inks.hair_line)


def _bob(pen: Pen, look: Look, inks: Inks) -> None:
    _cap(pen, inks, 1.3 + 0.1 * (look.seed % 3), 1.42)


def _long(pen: Pen, look: Look, inks: Inks) -> None:
    low = 3.2 + 0.5 * (look.seed % 4)
    side = curve((-0.4, -1.62), (-1.1, -1.1), (-1.26, 0.0), (-1.45, 1.6), (-1.5, low))
    _fall(pen, look, inks, side, low)


def _wavy(pen: Pen, look: Look, inks: Inks) -> None:
    low = 2.8 + 0.5 * (look.seed % 4)
    waves = [(-1.4 - 0.13 * (i % 2) - 0.07 * i, 0.3 + (low - 0.3) * i / 6) for i in range(7)]
    _fall(pen, look, inks, curve((-0.4, -1.62), (-1.1, -1.1), (-1.25, -0.2), *waves), low)


def _fall(pen: Pen, look: Look, inks: Inks, side: Points, low: float) -> None:
    rng = random.Random(look.seed + 3)
    reach, count = float(-side[-1, 0]), 8
    ends = []
    for i in range(count):
        x = -reach + 2 * reach * i / count
        ends += [(x + reach / count * 0.6, low + rng.uniform(0.25, 0.55)), (x + 2 * reach / count, low)]
    whole = join(side, curve((-reach, low), *ends[:-1], (reach, low), steps=4), mirrored(side))
    pen.shape(whole, inks.hair, inks.hair_line)
    with pen.clip(whole) as hair:
        hair.fill(
            join(curve((-1, -1), (-1.12, 0.6), (-1.05, low)), curve((1.05, low), (1.12, 0.6), (1, -1))),
            inks.hair_shade,
        )
        for x, y in ends[1::2]:
            hair.fill(
                ribbon(curve((x * 0.86, 0.6), (x * 0.95, low * 0.6), (x, y)), (0, 0.05, 0.03)),
                inks.hair_line,
                0.55,
            )


def _twintails(pen: Pen, look: Look, inks: Inks) -> None:
    _short(pen, look, inks)
    length = 2.0 + 0.5 * (look.seed % 4)
    for side in (-1, 1):
        tail = curve(
            (side * 1.05, -0.95),
            (side * 1.75, -0.9),
            (side * 2.05, 0.1),
            (side * 1.95, length * 0.6),
            (side * 1.6, length),
        )
        _lock(pen, inks, tail, (0.25, 0.75, 0.85, 0.6, 0))
        pen.shape(oval(side * 1.12, -0.94, 0.16, 0.24), inks.accent, inks.cloth_line)


def _ponytail(pen: Pen, look: Look, inks: Inks) -> None:
    length = 1.6 + 0.4 * (look.seed % 4)
    tail = curve((0.45, -1.5), (1.25, -1.75), (1.85, -0.8), (1.9, length * 0.4), (1.5, length))
    _lock(pen, inks, tail, (0.3, 0.7, 0.85, 0.6, 0))
    pen.shape(oval(0.62, -1.55, 0.2, 0.16), inks.accent, inks.cloth_line)
    _short(pen, look, inks)


def _lock(pen: Pen, inks: Inks, line: Points, widths: tuple[float, ...]) -> None:
    pen.shape(ribbon(line, widths), inks.hair, inks.hair_line)
    pen.fill(ribbon(moved(line, 0.12, 0), tuple(w * 0.3 for w in widths)), inks.hair_shade)
    half = len(line) // 2
    pen.fill(ribbon(moved(line[half // 2 : half], -0.1, 0), (0, 0.14, 0)), inks.hair_light, 0.75)
    pen.fill(ribbon(line[half // 2 :], (0, 0.03, 0)), inks.hair_line)


def _spiky(pen: Pen, look: Look, inks: Inks) -> None:
    rng = random.Random(look.seed + 4)
    spikes = []
    for angle in (40, 12, -14, -38, -62, -88, -114, -140, -164, -190, -220):
        root, tip = _polar(angle + 14, 1.12), _polar(angle - rng.uniform(2, 16), rng.uniform(1.42, 1.75))
        spikes += [bow(root, tip, 0.1), bow(tip, _polar(angle - 13, 1.12), -0.12)]
    pen.shape(join(*spikes), inks.hair, inks.hair_line)
    pen.fill(oval(0, 0, 1.1, 0.8), inks.hair_shade)


def _polar(degrees: float, reach: float) -> Pair:
    return reach * math.cos(math.radians(degrees)), -0.4 + reach * math.sin(math.radians(degrees))


def _buns(pen: Pen, look: Look, inks: Inks) -> None:
    for side in (-1, 1):
        pen.shape(oval(side * 0.92, -1.45, 0.46, 0.44), inks.hair, inks.hair_line)
        pen.line(
            curve((side * 0.75, -1.6), (side * 0.95, -1.68), (side * 1.15, -1.5), (side * 1.05, -1.3)),
            inks.hair_shade,
            0.05,
        )
        pen.fill(oval(side * 0.92 - 0.14, -1.62, 0.1, 0.07), mix(inks.hair_light, inks.hair, 0.2))
    _short(pen, look, inks)


_STYLES: dict[str, Callable[[Pen, Look, Inks], None]] = {
    "short": _short,
    "bob": _bob,
    "long": _long,
    "wavy": _wavy,
    "twintails": _twintails,
    "ponytail": _ponytail,
    "spiky": _spiky,
    "buns": _buns,
    "braids": _short,
}
BACKS = tuple(_STYLES)

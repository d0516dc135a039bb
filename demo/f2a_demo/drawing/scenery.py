"""Places: hills, sea, a city at night, cherry blossoms, a room. Units as in `background`."""

import random
from collections.abc import Callable

import numpy as np

from f2a_demo.drawing.canvas import Pen
from f2a_demo.drawing.geometry import Points, curve, join, moved, oval, points, ribbon
from f2a_demo.drawing.palette import WHITE, Colour, mix, shadow


def _strip(aspect: float, top: float, bottom: float) -> Points:
    return points((0, top), (aspect, top), (aspect, bottom), (0, bottom))


def _ridge(aspect: float, rng: random.Random, level: float, rough: float) -> Points:
    xs = np.linspace(-0.1, aspect + 0.1, 7)
    return join(
        curve(*((float(x), level + rng.uniform(-rough, rough)) for x in xs)),
        points((aspect + 0.1, 1.02), (-0.1, 1.02)),
    )


def _cloud(pen: Pen, x: float, y: float, size: float) -> None:
    for under, tint in ((0.12, (222, 234, 250)), (0.0, WHITE)):
        for dx, dy, radius in ((-0.9, 0.1, 0.42), (-0.35, -0.2, 0.6), (0.35, -0.1, 0.52), (0.95, 0.12, 0.36)):
            pen.fill(oval(x + dx * size, y + (dy + under) * size, radius * size, radius * size * 0.75), tint)


def _tree(pen: Pen, x: float, y: float, size: float, leaves: Colour) -> None:
    pen.fill(ribbon(points((x, y), (x, y - size)), (size * 0.16, size * 0.1)), (122, 90, 76))
    for dx, dy, radius in ((-0.3, -0.9, 0.4), (0.32, -0.95, 0.38), (0, -1.3, 0.46)):
        pen.fill(
            oval(x + dx * size, y + dy * size + 0.05 * size, radius * size, radius * size),
            shadow(leaves, 0.2),
        )
        pen.fill(oval(x + dx * size, y + dy * size, radius * size, radius * size * 0.9), leaves)


def _hills(pen: Pen, aspect: float, rng: random.Random) -> None:
    pen.shade(_strip(aspect, 0, 0.8), (122, 186, 242), (226, 242, 252))
    for _ in range(rng.randint(2, 4)):
        _cloud(pen, rng.uniform(0, aspect), rng.uniform(0.08, 0.4), rng.uniform(0.07, 0.15))
    greens: tuple[Colour, ...] = ((156, 204, 190), (136, 196, 134), (104, 174, 104))
    for level, green in zip((0.62, 0.7, 0.82), greens, strict=True):
        pen.fill(_ridge(aspect, rng, level, 0.05), green)
    for _ in range(rng.randint(2, 6)):
        _tree(pen, rng.uniform(0, aspect), rng.uniform(0.8, 0.96), rng.uniform(0.08, 0.16), (88, 158, 96))
    _flowers(pen, aspect, rng)


def _flowers(pen: Pen, aspect: float, rng: random.Random) -> None:
    for _ in range(40):
        x, y = rng.uniform(0, aspect), rng.uniform(0.88, 1.0)
        pen.fill(oval(x, y, 0.006, 0.006, steps=10), rng.choice((WHITE, (252, 224, 120), (248, 170, 190))))


def _sea(pen: Pen, aspect: float, rng: random.Random) -> None:
    pen.shade(_strip(aspect, 0, 0.56), (246, 150, 130), (255, 226, 160))
    sun = rng.uniform(0.2, 0.8) * aspect
    pen.glow(sun, 0.48, 0.4, (255, 250, 210), 0.8)
    pen.fill(oval(sun, 0.48, 0.09, 0.09), (255, 248, 214))
    for _ in range(3):
        y = rng.uniform(0.1, 0.36)
        pen.fill(
            ribbon(curve((-0.1, y), (aspect / 2, y + 0.02), (aspect + 0.1, y - 0.03)), (0, 0.03, 0.01, 0)),
            (255, 200, 170),
            0.7,
        )
    pen.shade(_strip(aspect, 0.55, 0.86), (238, 150, 130), (70, 110, 170))
    for _ in range(26):
        y, x = rng.uniform(0.57, 0.84), sun + rng.gauss(0, 0.12)
        pen.fill(ribbon(points((x - 0.04, y), (x, y), (x + 0.04, y)), (0, 0.006, 0)), (255, 238, 190), 0.8)
    pen.fill(_ridge(aspect, rng, 0.87, 0.015), WHITE)
    pen.fill(_ridge(aspect, rng, 0.89, 0.01), (240, 214, 170))


def _night(pen: Pen, aspect: float, rng: random.Random) -> None:
    pen.shade(_strip(aspect, 0, 1), (24, 28, 72), (104, 92, 156))
    for _ in range(70):
        radius = rng.uniform(0.0012, 0.0035)
        pen.fill(oval(rng.uniform(0, aspect), rng.uniform(0, 0.7), radius, radius, steps=10), (255, 250, 226))
    moon = rng.uniform(0.15, 0.85) * aspect
    pen.glow(moon, 0.18, 0.25, (250, 244, 200), 0.5)
    pen.fill(oval(moon, 0.18, 0.075, 0.075), (252, 244, 208))
    left = -0.02
    while left < aspect:
        wide = rng.uniform(0.07, 0.16)
        _tower(pen, rng, (left, rng.uniform(0.55, 0.8)), wide)
        left += wide + rng.uniform(0, 0.02)


def _tower(pen: Pen, rng: random.Random, corner: tuple[float, float], wide: float) -> None:
    left, top = corner
    wall: Colour = (36, 36, 74)
    pen.fill(points((left, top), (left + wide, top), (left + wide, 1), (left, 1)), wall)
    for y in np.arange(top + 0.02, 0.99, 0.04):
        for x in np.arange(left + 0.015, left + wide - 0.02, 0.03):
            lit: Colour = (250, 214, 120) if rng.random() < 0.4 else mix(wall, (90, 96, 150), 0.3)
            pen.fill(points((x, y), (x + 0.014, y), (x + 0.014, y + 0.02), (x, y + 0.02)), lit)


def _blossoms(pen: Pen, aspect: float, rng: random.Random) -> None:
    pen.shade(_strip(aspect, 0, 1), (198, 226, 250), (254, 232, 240))
    pen.fill(_ridge(aspect, rng, 0.86, 0.02), (176, 214, 150))
    pen.fill(ribbon(curve((-0.05, 0.95), (0.06, 0.5), (0.02, 0.1)), (0.16, 0.1, 0.09)), (116, 84, 84))
    pen.fill(ribbon(curve((0.03, 0.36), (0.3, 0.14), (aspect * 0.8, 0.06)), (0.06, 0.04, 0)), (116, 84, 84))
    for _ in range(60):
        x = rng.uniform(-0.05, aspect * 0.9)
        y, radius = rng.uniform(-0.03, 0.24 - 0.14 * x / aspect), rng.uniform(0.03, 0.07)
        pen.fill(
            oval(x, y, radius, radius * 0.85), rng.choice(((250, 190, 208), (254, 212, 224), (244, 170, 194)))
        )
    for _ in range(45):
        petal = curve((0, -1), (0.6, 0), (0, 1), (-0.6, 0), closed=True) * rng.uniform(0.006, 0.012)
        pen.fill(moved(petal, rng.uniform(0, aspect), rng.uniform(0.1, 1)), (250, 184, 204))


def _room(pen: Pen, aspect: float, rng: random.Random) -> None:
    wall: Colour = rng.choice(((246, 232, 212), (222, 234, 240), (240, 222, 228)))
    pen.shade(_strip(aspect, 0, 0.8), mix(wall, WHITE, 0.3), wall)
    pen.shade(_strip(aspect, 0.8, 1), (206, 164, 124), (176, 132, 98))
    pen.fill(_strip(aspect, 0.785, 0.81), WHITE)
    left = rng.uniform(0.05, max(0.06, aspect - 0.55))
    _window(pen, left)
    shelf = left + 0.62 if left + 1.0 < aspect else left - 0.5
    pen.fill(points((shelf, 0.4), (shelf + 0.4, 0.4), (shelf + 0.4, 0.43), (shelf, 0.43)), (160, 116, 86))
    for book in range(9):
        x, tall = shelf + 0.02 + 0.04 * book, rng.uniform(0.1, 0.16)
        colour: Colour = rng.choice(((206, 96, 96), (98, 138, 190), (236, 196, 108), (116, 168, 130)))
        pen.fill(points((x, 0.4 - tall), (x + 0.034, 0.4 - tall), (x + 0.034, 0.4), (x, 0.4)), colour)


def _window(pen: Pen, left: float) -> None:
    glass = points((left, 0.1), (left + 0.46, 0.1), (left + 0.46, 0.58), (left, 0.58))
    with pen.clip(glass) as view:
        view.shade(glass, (150, 204, 248), (234, 246, 254))
        _cloud(view, left + 0.3, 0.26, 0.1)
    pen.line(glass, WHITE, 0.025, closed=True)
    pen.line(points((left + 0.23, 0.1), (left + 0.23, 0.58)), WHITE, 0.014)
    for x, out in ((left, -0.05), (left + 0.46, 0.05)):
        drape = join(
            curve((x + out, 0.05), (x + out * 1.4, 0.4), (x + out * 1.6, 0.66)),
            points((x - out, 0.66), (x - out * 1.5, 0.05)),
        )
        pen.fill(drape, (244, 170, 176))


PLACES: dict[str, Callable[[Pen, float, random.Random], None]] = {
    "hills": _hills,
    "sea": _sea,
    "night": _night,
    "blossoms": _blossoms,
    "room": _room,
}

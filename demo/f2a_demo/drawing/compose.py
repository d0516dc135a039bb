"""Random scenes: characters, their number and distance, and the background."""

import random

from f2a_demo.drawing import palette
from f2a_demo.drawing.background import MANGA, PATTERNS
from f2a_demo.drawing.backhair import BACKS
from f2a_demo.drawing.bangs import BANGS
from f2a_demo.drawing.body import SOLES
from f2a_demo.drawing.clothes import OUTFITS
from f2a_demo.drawing.figure import Figure
from f2a_demo.drawing.geometry import Transform
from f2a_demo.drawing.headwear import HEADWEAR
from f2a_demo.drawing.look import Expression, Look, Pose
from f2a_demo.drawing.scene import TRANSPARENT, Scene
from f2a_demo.drawing.scenery import PLACES

_LONG_SIDES = (600, 680, 760, 850, 900, 960, 1080, 1280, 1600)
_SIDE_WEIGHTS = (10, 12, 16, 16, 16, 12, 10, 6, 3)
_UPRIGHT, _SQUARE, _WIDE = (0.67, 0.71, 0.75), (1.0,), (1.33, 1.5, 1.78)
MAX_TILT = 25.0
"""Degrees."""


def random_look(rng: random.Random) -> Look:
    """A new character."""
    boy = rng.random() < 0.2
    cloth, accent = rng.sample(list(palette.CLOTHES), 2)
    return Look(
        hair=rng.choice(list(palette.HAIR)),
        eyes=rng.choice(list(palette.EYES)),
        skin=rng.choices(list(palette.SKIN), (5, 7, 2, 1))[0],
        cloth=cloth,
        accent=accent,
        bangs=rng.choices(BANGS, (4, 5, 5, 4, 4, 1))[0],
        back=rng.choice(("short", "spiky")) if boy else rng.choice([b for b in BACKS if b != "spiky"]),
        outfit=rng.choice(("hoodie", "blazer", "kimono", "shirt")) if boy else rng.choice(OUTFITS),
        lids=rng.uniform(-7, 7),
        eye_size=rng.uniform(0.9, 1.0) if boy else rng.uniform(1.0, 1.2),
        headwear=rng.choice(("", "", "", "cap") if boy else ("",) * 5 + HEADWEAR),
        glasses=rng.random() < 0.12,
        ahoge=rng.random() < 0.2,
        boy=boy,
        seed=rng.randrange(1 << 16),
    )


def random_expression(rng: random.Random) -> Expression:
    """Mostly eyes open and smiling, as on a booru."""
    sad = rng.random() < 0.12
    pairs = (
        ("open", "open"),
        ("half", "half"),
        ("happy", "happy"),
        ("closed", "closed"),
        ("open", "closed"),
        ("happy", "open"),
    )
    left, right = rng.choices(pairs, (74, 5, 6, 5, 5, 5))[0]
    return Expression(
        left_eye=left,
        right_eye=right,
        mouth=rng.choice(("sad", "flat", "o"))
        if sad
        else rng.choices(("smile", "open", "flat", "cat", "o"), (7, 6, 3, 2, 2))[0],
        brows=rng.uniform(-1, -0.4) if sad else rng.uniform(-0.5, 0.7),
        blush=rng.random() < 0.3,
        tear=sad and rng.random() < 0.5,
    )


def random_pose(rng: random.Random) -> Pose:
    """Heads are mostly nearly upright; a few lean far."""
    tilt = max(-MAX_TILT, min(MAX_TILT, rng.gauss(0, 8)))
    turn = max(-1.0, min(1.0, rng.gauss(0, 0.5)))
    return Pose(tilt=tilt, turn=turn, arms=rng.choice(("down", "down", "wave", "hips", "behind")))


def random_scene(rng: random.Random, people: int | None = None) -> Scene:
    """A picture of one to four characters, all faces towards the viewer."""
    count = people or rng.choices((1, 2, 3, 4), (68, 20, 8, 4))[0]
    width, height = _size(rng, count)
    monochrome = rng.random() < 0.1
    distance = rng.choices(("head", "bust", "full", "far"), (30, 40, 24, 6))[0]
    return Scene(
        width=width,
        height=height,
        background=rng.choice(MANGA) if monochrome else _background(rng),
        figures=_row(rng, count, (width, height), distance),
        monochrome=monochrome,
        seed=rng.randrange(1 << 16),
    )


def faceless_scene(rng: random.Random) -> Scene:
    """A picture in which no face is to be found: a place, things, a pattern, or someone from behind."""
    width, height = _size(rng, rng.choice((1, 2)))
    kind = rng.choices(("place", "things", "pattern", "behind"), (4, 4, 1, 3))[0]
    background = {
        "place": rng.choice(list(PLACES)),
        "things": "still_life",
        "pattern": rng.choice(PATTERNS),
    }.get(kind, "")
    if kind == "behind":
        arms = rng.choice(("down", "wave", "hips"))
        (figure,) = _row(rng, 1, (width, height), rng.choice(("bust", "full")))
        turned = Figure(
            figure.look,
            figure.expression,
            Pose(tilt=figure.pose.tilt / 2, arms=arms, back=True),
            figure.place,
        )
        return Scene(width, height, _background(rng), (turned,), seed=rng.randrange(1 << 16))
    return Scene(width, height, background, seed=rng.randrange(1 << 16))


def _size(rng: random.Random, people: int) -> tuple[int, int]:
    side = rng.choices(_LONG_SIDES, _SIDE_WEIGHTS)[0]
    shapes = (_UPRIGHT * 2 + _SQUARE + _WIDE[:1]) if people == 1 else _SQUARE + _WIDE
    aspect = rng.choice(shapes)
    return (side, round(side / aspect)) if aspect >= 1 else (round(side * aspect), side)


def _background(rng: random.Random) -> str:
    family = rng.choices(("white", "pattern", "place", TRANSPARENT), (15, 32, 48, 5))[0]
    return {"pattern": rng.choice(PATTERNS), "place": rng.choice(list(PLACES))}.get(family, family)


def _row(rng: random.Random, count: int, size: tuple[int, int], distance: str) -> tuple[Figure, ...]:
    """Figures side by side, one to a column of equal width; the smaller ones are painted first."""
    column = size[0] / count
    figures = [
        Figure(
            random_look(rng),
            random_expression(rng),
            random_pose(rng),
            _place(rng, (column, size[1]), index, distance),
        )
        for index in range(count)
    ]
    return tuple(sorted(figures, key=lambda figure: figure.place.scale))


def _place(rng: random.Random, slot: tuple[float, float], index: int, distance: str) -> Transform:
    column, height = slot
    least = min(column, height)
    soles = 0.17 + 0.85 * SOLES
    if distance in ("full", "far"):
        scale = height * 0.94 / (soles + 2) if distance == "full" else rng.uniform(24, 34)
        scale = min(scale, column * 0.24) * rng.uniform(0.92, 1)
        y = height * 0.97 - soles * scale
    else:
        # A figure whose feet would show stands on the ground.
        scale = least * (rng.uniform(0.19, 0.25) if distance == "head" else rng.uniform(0.12, 0.16))
        y = max(height * rng.uniform(0.3, 0.42), 1.9 * scale, height * 0.96 - soles * scale)
    x = column * (index + 0.5) + rng.uniform(-0.06, 0.06) * column
    return Transform(x=x, y=y, scale=scale, degrees=rng.gauss(0, 2.5), mirror=rng.random() < 0.5)

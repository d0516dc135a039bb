"""Drawn anime faces, as many as a test of metrics needs, and whole illustrations, each drawn once."""

import random
from functools import cache

import numpy as np

from f2a_demo.drawing import (
    Figure,
    Illustration,
    Scene,
    Transform,
    draw,
    random_expression,
    random_look,
    random_pose,
    render,
)
from f2a_demo.drawing.background import PATTERNS
from f2a_faces.images import Pixels


@cache
def illustration(seed: int) -> Illustration:
    """That of a seed; do not change it."""
    return draw(seed)


@cache
def drawn_faces(first: int, count: int) -> Pixels:
    """Faces of the seeds from ``first`` on: uint8 (count, 64, 64, 3), read-only."""
    faces = np.stack([_face(seed) for seed in range(first, first + count)])
    faces.flags.writeable = False
    return faces


def _face(seed: int) -> Pixels:
    rng = random.Random(seed)
    near = [rng.uniform(-3, 3) for _ in "xy"]
    place = Transform(32 + near[0], 34 + near[1], rng.uniform(18, 24), mirror=rng.random() < 0.5)
    figure = Figure(random_look(rng), random_expression(rng), random_pose(rng), place)
    return render(Scene(64, 64, rng.choice(PATTERNS), (figure,), seed=seed)).pixels

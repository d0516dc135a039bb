"""Pictures as on a booru: new ones, near copies of earlier ones, and some without a face."""

import random
from collections.abc import Iterator

from f2a_demo.drawing.compose import faceless_scene, random_scene
from f2a_demo.drawing.scene import Illustration, Scene, render
from f2a_demo.drawing.variant import variant

COPIES, FACELESS, SENSITIVE = 0.15, 0.12, 0.1
"""Shares of near copies, of pictures without a face, and of rating s."""


def draw(seed: int, people: int | None = None) -> Illustration:
    """Draw one picture of ``people`` characters (1 to 4, or by chance); a seed always draws the same."""
    return render(random_scene(random.Random(seed), people))


def draw_faceless(seed: int) -> Illustration:
    """Draw a picture without a face."""
    return render(faceless_scene(random.Random(seed)))


def gallery(count: int, seed: int = 0) -> Iterator[Illustration]:
    """Draw ``count`` pictures in a realistic mix, one at a time.

    Each picture has its own generator, so the first ones do not depend on how many are asked for.
    """
    originals: list[tuple[int, Scene, str]] = []
    for index in range(count):
        rng = random.Random(f"{seed}/{index}")
        chance, rating = rng.random(), "s" if rng.random() < SENSITIVE else "g"
        if chance < COPIES and originals:
            parent, scene, rating = rng.choice(originals)
            yield variant(scene, rng)._replace(rating=rating, variant_of=parent)
        elif chance > 1 - FACELESS:
            yield render(faceless_scene(rng))._replace(rating=rating)
        else:
            scene = random_scene(rng)
            originals.append((index, scene, rating))
            yield render(scene)._replace(rating=rating)

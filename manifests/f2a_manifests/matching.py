"""Which boxes of two detections are the same face."""

from collections.abc import Iterable, Iterator

from f2a_manifests import Box

SAME_FACE = 0.5
"""Intersection over union from which a moved box is taken for the same face."""


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0 to 1; 0 when either is empty."""
    width = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    height = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (one.w * one.h + other.w * other.h - width * height)


def pair(boxes: Iterable[Box], others: Iterable[Box]) -> Iterator[tuple[Box, Box]]:
    """Pairs of the same face, the best overlap first, each box in one pair at most."""
    others = list(others)
    pairs = [(overlap(box, other), box, other) for box in boxes for other in others]
    taken: set[Box] = set()
    taken_others: set[Box] = set()
    for _share, box, other in sorted((one for one in pairs if one[0] >= SAME_FACE), reverse=True):
        if box not in taken and other not in taken_others:
            taken.add(box)
            taken_others.add(other)
            yield box, other

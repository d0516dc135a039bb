"""Match the boxes of two detections."""

from collections.abc import Iterable, Iterator

from f2a_manifests import Box

SAME_FACE = 0.5
"""The IoU from which two boxes are the same face."""


def pair(boxes: Iterable[Box], others: Iterable[Box]) -> Iterator[tuple[Box, Box]]:
    """Pairs of boxes of the same face, the best overlap first; each box is in at most one pair."""
    others = list(others)
    pairs = [(box.overlap(other), box, other) for box in boxes for other in others]
    taken: set[Box] = set()
    taken_others: set[Box] = set()
    for _share, box, other in sorted((one for one in pairs if one[0] >= SAME_FACE), reverse=True):
        if box not in taken and other not in taken_others:
            taken.add(box)
            taken_others.add(other)
            yield box, other

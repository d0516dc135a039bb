"""Match the boxes of two detections."""

from collections.abc import Iterable, Iterator

from f2a_manifests import Box, Record

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


def nearest(box: Box, faces: Iterable[Record]) -> Record | None:
    """The face that a logged box is about; several boxes may be about one."""
    best = max(faces, key=lambda face: _closeness(box, face), default=None)
    return best if best and _closeness(box, best) >= (False, SAME_FACE) else None


def _closeness(box: Box, face: Record) -> tuple[bool, float]:
    here = Box(0, 0, 0, 0) if face.box_x is None else face.box
    return here == box, box.overlap(here)

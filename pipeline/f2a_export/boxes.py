"""Boxes for detector training: inside the image, where our own may cross its border."""

from collections.abc import Iterable, Iterator

from f2a_manifests import Box


def visible(boxes: Iterable[Box], width: int, height: int) -> Iterator[Box]:
    """What of each box is in an image of that size; boxes beside it are left out."""
    for box in boxes:
        left, top = max(box.x, 0), max(box.y, 0)
        right, bottom = min(box.x + box.w, width), min(box.y + box.h, height)
        if right > left and bottom > top:
            yield Box(left, top, right - left, bottom - top)


def boxes_in(cell: str) -> list[Box]:
    """The boxes of a row's column ``box``."""
    return [Box(*map(int, part.split(" "))) for part in cell.split(";") if part]

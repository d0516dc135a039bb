"""Boxes for detector training, cut at the image's border."""

from collections.abc import Iterable, Iterator

from f2a_manifests import Box


def visible(boxes: Iterable[Box], width: int, height: int) -> Iterator[Box]:
    """Cut boxes at the image's border; boxes outside the image are left out."""
    for box in boxes:
        left, top = max(box.x, 0), max(box.y, 0)
        right, bottom = min(box.x + box.w, width), min(box.y + box.h, height)
        if right > left and bottom > top:
            yield Box(left, top, right - left, bottom - top)


def boxes_in(cell: str) -> list[Box]:
    """The boxes of a row's column ``box``."""
    return [Box(*map(int, part.split(" "))) for part in cell.split(";") if part]

"""Source images with the boxes of their faces."""

from collections.abc import Sequence
from dataclasses import dataclass

from f2a_inspect.report.pictures import Album, Picture
from f2a_inspect.report.sampling import sample
from f2a_inspect.report.sheets import describe, name_of
from f2a_manifests import Box, BoxFrom, Record, Unit

ILLUSTRATIONS = 9
_SIDE = 480
_BOXES = 60


@dataclass(frozen=True, slots=True)
class Marked:
    """A face's box in pixels of the full image, with its state (``keep``, ``flag``, ``drop``, ``error``)."""

    box: Box
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class SourceImage:
    """A source image and the boxes in it."""

    picture: Picture
    name: str
    boxes: list[Marked]


def illustrations(units: Sequence[Unit], album: Album) -> list[SourceImage]:
    """Some of the images in which faces were found; finished crops have no box worth a look."""
    found = [unit for unit in units if any(_was_found(face) for face in unit.faces)]
    return [_illustration(unit, album) for unit in sample(found, ILLUSTRATIONS, lambda unit: unit.image.id)]


def _illustration(unit: Unit, album: Album) -> SourceImage:
    boxes = [Marked(face.box, _state(face), describe(face)) for face in unit.faces[:_BOXES] if _has_box(face)]
    return SourceImage(album.image(unit.image, _SIDE), name_of(unit.image), boxes)


def _was_found(face: Record) -> bool:
    return _has_box(face) and face.box_from is not BoxFrom.WHOLE


def _has_box(face: Record) -> bool:
    return None not in (face.box_x, face.box_y, face.box_w, face.box_h)


def _state(face: Record) -> str:
    return "flag" if face.kept and face.flags else face.status.value

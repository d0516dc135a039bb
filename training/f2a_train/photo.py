"""The faces of an unseen photo, cut as the training faces were cut."""

from collections.abc import Iterator
from dataclasses import dataclass

from f2a_faces.crop import CropError, CropRule, crop_face, rule
from f2a_faces.detectors import Detector, find_faces
from f2a_faces.images import Pixels, decode
from f2a_manifests import Box


@dataclass(frozen=True, slots=True)
class Face:
    """A face that was found.

    Attributes:
        box: in pixels of the full photo, upright.
        crop: uint8, S x S x 3; None where it cannot be cut.
        problem: why not; empty otherwise.
    """

    box: Box
    crop: Pixels | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo's size in pixels, upright, and its faces, the surest first."""

    width: int
    height: int
    faces: list[Face]


def look(data: bytes, training: CropRule, detector: Detector) -> Photo:
    """Find and cut all faces of a photo.

    Raises:
        ImageError: it cannot be decoded.
    """
    reduced, found = find_faces(data, detector)
    if not found:
        return Photo(reduced.width, reduced.height, [])
    pixels = decode(data).pixels
    return Photo(reduced.width, reduced.height, list(_cut(pixels, [face.box for face in found], training)))


def centre(data: bytes, training: CropRule) -> Photo:
    """Take the centre square of a photo for its only face.

    Raises:
        ImageError: it cannot be decoded.
    """
    pixels = decode(data).pixels
    height, width = pixels.shape[:2]
    side = min(width, height)
    square = Box((width - side) // 2, (height - side) // 2, side, side)
    whole = rule("whole", training.size)
    return Photo(width, height, list(_cut(pixels, [square], whole)))


def _cut(pixels: Pixels, boxes: list[Box], how: CropRule) -> Iterator[Face]:
    for box in boxes:
        try:
            yield Face(box, crop_face(pixels, box, how))
        except CropError as error:
            yield Face(box, problem=str(error))

"""The faces of an unseen photo, cut as the training faces were cut."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from f2a_faces.crop import CropError, CropRule, crop_face, rule
from f2a_faces.detectors import Detection, Detector, find_faces, load
from f2a_faces.images import Decoded, Pixels, decode
from f2a_manifests import Box

SIDES = (448, 704, 320)
"""Long sides at which a photo is searched, in turn until there is a face. A person waits for this one
photo, so that it is searched more closely than the thousands of a data set."""


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


def finders(kind: str) -> list[Detector]:
    """The detectors for faces of a kind, ``human`` or ``anime``, in the order in which to try them.

    Raises:
        FatalError: the detector does not work here.
    """
    return [load("f2a", kind=kind, max_side=side) for side in SIDES]


def look(data: bytes, training: CropRule, tried: Sequence[Detector]) -> Photo:
    """Find and cut all faces of a photo.

    Args:
        data: the file's bytes.
        training: how to cut.
        tried: detectors, in turn until one finds a face; at least one.

    Raises:
        ImageError: it cannot be decoded.
    """
    reduced, found = _find(data, tried)
    if not found:
        return Photo(reduced.width, reduced.height, [])
    pixels = decode(data).pixels
    return Photo(reduced.width, reduced.height, list(_cut(pixels, [face.box for face in found], training)))


def _find(data: bytes, tried: Sequence[Detector]) -> tuple[Decoded, list[Detection]]:
    for detector in tried:
        reduced, found = find_faces(data, detector)
        if found:
            break
    return reduced, found


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

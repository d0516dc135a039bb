"""The faces of a new photo, cropped as the training faces were."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from f2a_faces.crop import CropError, CropRule, accepted, cut, rule, square
from f2a_faces.detectors import Detector, find_faces, load
from f2a_faces.detectors.mirrored import Mirrored
from f2a_faces.images import Decoded, Pixels, decode
from f2a_manifests import Box, Square

SIDES = (448, 704, 320)
"""Long sides at which a photo is searched, in turn until there is a face. The user waits for this one
photo, so it is searched more thoroughly than the thousands of a data set."""
MAX_ENLARGEMENT = 4.0
"""Largest enlargement of a crop: a soft result is better than none, although training excludes
soft faces."""


@dataclass(frozen=True, slots=True)
class Face:
    """A detected face.

    Attributes:
        box: from brows to chin, in pixels of the full photo, upright.
        square: what is cropped, in the same pixels.
        crop: uint8, S x S x 3; None where it cannot be cropped.
        problem: why not; None otherwise.
    """

    box: Box
    square: Square
    crop: Pixels | None = None
    problem: CropError | None = None


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo's size in pixels, upright, and its faces, best first."""

    width: int
    height: int
    faces: list[Face]


def photo_detectors(kind: str) -> list[Detector]:
    """The detectors for faces of a kind, ``human`` or ``anime``, in the order in which to try them.

    The last ones search the mirrored photo, in one pass.

    Raises:
        FatalError: the detector does not work here.
    """
    upright = [load("f2a", kind=kind, max_side=side) for side in SIDES]
    mirrored = [Mirrored(load("f2a", kind=kind, max_side=side, close_side=1)) for side in SIDES]
    return [*upright, *mirrored]


def detect_and_crop(data: bytes, training: CropRule, detectors: Sequence[Detector]) -> Photo:
    """Detect and crop all faces of a photo.

    Args:
        data: the file's bytes.
        training: how the training faces were cropped. Small faces, which it may refuse, are cropped as well:
            see `MAX_ENLARGEMENT`.
        detectors: tried in turn until one detects a face; at least one.

    Raises:
        ImageError: it cannot be decoded.
    """
    reduced, found = _find(data, detectors)
    if not found:
        return Photo(reduced.width, reduced.height, [])
    patient = replace(training, min_box=0, max_upscale=MAX_ENLARGEMENT)
    return _cut(decode(data).pixels, found, patient)


def _find(data: bytes, detectors: Sequence[Detector]) -> tuple[Decoded, list[Box]]:
    for detector in detectors:
        reduced, found = find_faces(data, detector)
        if found:
            break
    return reduced, [face.box for face in found]


def centre(data: bytes, training: CropRule) -> Photo:
    """Take the centre square of a photo for its only face.

    Raises:
        ImageError: it cannot be decoded.
    """
    pixels = decode(data).pixels
    height, width = pixels.shape[:2]
    side = min(width, height)
    middle = Box((width - side) // 2, (height - side) // 2, side, side)
    return _cut(pixels, [middle], rule("whole", training.size))


def _cut(pixels: Pixels, boxes: list[Box], how: CropRule) -> Photo:
    height, width = pixels.shape[:2]
    return Photo(width, height, list(_faces(pixels, boxes, how)))


def _faces(pixels: Pixels, boxes: list[Box], how: CropRule) -> Iterator[Face]:
    height, width = pixels.shape[:2]
    for box in boxes:
        try:
            place = accepted(box, width, height, how)
        except CropError as error:
            yield Face(box, square(box, width, height, how), problem=error)
        else:
            yield Face(box, place, cut(pixels, place, how.size))

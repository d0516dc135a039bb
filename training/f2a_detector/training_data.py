"""What scenes are made of: labelled images, faces to paste, and images without a face."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from f2a_faces.archive import open_members
from f2a_faces.detectors import Detector, find_faces
from f2a_faces.detectors.boxed_set import BoxedImage
from f2a_faces.images import ImageError, Pixels, decode
from f2a_manifests import Box, FatalError
from f2a_manifests.progress import progress

# Haar's squares include forehead and ears. The part of them that is the face from brows to chin
# (x, y, w, h), the median over aligned portraits.
HAAR_TO_FACE = (0.05, 0.245, 0.915, 0.855)
WHOLE_BOX = (0.0, 0.0, 1.0, 1.0)
ANIME, HUMAN, PAINTED, IGNORED = 0, 1, 2, -1


class Label(NamedTuple):
    """A face in an image.

    ``kind`` is ``ANIME``; ``HUMAN``; ``PAINTED``, a drawn face so close to a photo that it is not trained as
    "not human"; or ``IGNORED``, an ignore region.
    """

    box: Box
    kind: int


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """Pixels (uint8, H x W x 3) with all the faces in them.

    Attributes:
        pixels: see above.
        labels: the faces.
        hard_negatives: a network's false detections.
    """

    pixels: Pixels
    labels: tuple[Label, ...] = ()
    hard_negatives: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Everything that scenes are made of.

    Attributes:
        illustrations: labelled; may be empty.
        drawings: labelled exactly; may be empty.
        faceless: images without a face.
        anime: crops with one face each, to paste.
        human: likewise; also used whole: hair, ears and hands are background.
        photos: of people, labelled; may be empty.
        crowds: group pictures of figures, labelled exactly; may be empty.
    """

    illustrations: list[LabelledImage]
    drawings: list[LabelledImage]
    faceless: list[LabelledImage]
    anime: list[LabelledImage]
    human: list[LabelledImage]
    photos: list[LabelledImage] = field(default_factory=list)
    crowds: list[LabelledImage] = field(default_factory=list)


def read_pictures(root: Path, max_side: int) -> Iterator[Pixels]:
    """All readable images of a folder or zip archive, reduced to a long side."""
    with open_members(root) as members:
        for member in members:
            try:
                yield decode(member.read(), max_side).pixels
            except ImageError:
                continue


def read_boxed_pictures(images: Sequence[BoxedImage], kind: int, max_side: int = 1000) -> list[LabelledImage]:
    """Images with hand-drawn boxes, scaled down to a long side.

    Raises:
        FatalError: one cannot be read.
    """
    return [_boxed_picture(image, kind, max_side) for image in progress(images, "boxed")]


def face_bank(
    crops: Iterable[Pixels], detector: Detector, kind: int, part: tuple[float, ...] = WHOLE_BOX
) -> list[LabelledImage]:
    """Give each tight crop the box of its face: ``part`` of the detector's.

    Where it detects none, the crop takes the median box of the set: hard faces matter most, and in a tidy
    set all faces are framed alike.
    """
    found = [(crop, _middle_face(crop, detector)) for crop in crops if min(crop.shape[:2]) >= 32]
    boxes = [np.array(box) / max(crop.shape[:2]) for crop, box in found if box]
    median = np.median(boxes, 0) if boxes else np.array((0.2, 0.2, 0.6, 0.6))
    return [
        LabelledImage(crop, (Label(_part(box or _scaled(median, crop), part), kind),)) for crop, box in found
    ]


def painted(photos: Iterable[LabelledImage]) -> list[LabelledImage]:
    """Photos of faces as comics: old, bearded and realistic faces, which anime crops rarely show."""
    return [
        LabelledImage(
            np.asarray(cv2.stylization(photo.pixels, sigma_s=30, sigma_r=0.3), np.uint8),
            tuple(Label(label.box, PAINTED) for label in photo.labels),
        )
        for photo in photos
    ]


def _boxed_picture(image: BoxedImage, kind: int, max_side: int) -> LabelledImage:
    try:
        decoded = decode(image.file, max_side)
    except ImageError as error:
        raise FatalError(f"{image.file}: {error}") from None
    pairs = [(box, kind) for box in image.faces] + [(box, IGNORED) for box in image.unsure]
    labels = (Label(Box(*(round(v / decoded.scale) for v in box)), sure) for box, sure in pairs)
    return LabelledImage(decoded.pixels, tuple(labels))


def _middle_face(crop: Pixels, detector: Detector) -> Box | None:
    """The face with the highest score whose centre is in the middle of the crop."""
    height, width = crop.shape[:2]
    scale = max(1, round(256 / max(height, width)))
    large = np.repeat(np.repeat(crop, scale, 0), scale, 1)
    for found in find_faces(large, detector)[1]:
        x, y, w, h = (round(value / scale) for value in found.box)
        if abs(x + w / 2 - width / 2) < width / 4 and w > width / 4:
            return Box(x, y, w, h)
    return None


def _scaled(share: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", crop: Pixels) -> Box:
    return Box(*(round(float(value)) for value in share * max(crop.shape[:2])))


def _part(box: Box, part: tuple[float, ...]) -> Box:
    x, y, w, h = part
    return Box(round(box.x + x * box.w), round(box.y + y * box.h), round(w * box.w), round(h * box.h))

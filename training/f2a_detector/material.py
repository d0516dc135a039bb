"""What scenes are made of: labelled pictures, faces to paste, and pictures without a face."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from f2a_faces.archive import open_members
from f2a_faces.detectors import Detector
from f2a_faces.detectors.boxed_set import BoxedImage
from f2a_faces.images import ImageError, Pixels, decode
from f2a_manifests import Box, FatalError
from f2a_manifests.progress import progress

# Haar's squares hold forehead and ears: what a box from the brows to the chin, as wide as the face, takes of
# them (x, y, w, h), from the median over aligned portraits.
HAAR_TO_FACE = (0.05, 0.245, 0.915, 0.855)
WHOLE_BOX = (0.0, 0.0, 1.0, 1.0)
ANIME, HUMAN, PAINTED, UNSURE = 0, 1, 2, -1


class Label(NamedTuple):
    """A face in a picture.

    ``kind`` is ``ANIME``; ``HUMAN``; ``PAINTED``, a drawn one so near to a photo that the network is not told
    that it is no human one; or ``UNSURE``, where the network is told nothing.
    """

    box: Box
    kind: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels (uint8, H x W x 3) with all the faces in them.

    Attributes:
        pixels: see above.
        labels: the faces.
        traps: places without a face where a network saw one: what it has to learn most.
    """

    pixels: Pixels
    labels: tuple[Label, ...] = ()
    traps: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that scenes are made of.

    Attributes:
        illustrations: labelled; may be empty.
        drawings: labelled exactly; may be empty.
        faceless: pictures without a face.
        anime: crops with one face each, to paste.
        human: likewise; also pictures of their own: hair, ears and hands are no faces.
        photos: of people, labelled; may be empty.
        crowds: group pictures of figures, labelled exactly; may be empty.
    """

    illustrations: list[Picture]
    drawings: list[Picture]
    faceless: list[Picture]
    anime: list[Picture]
    human: list[Picture]
    photos: list[Picture] = field(default_factory=list)
    crowds: list[Picture] = field(default_factory=list)


def read_pictures(root: Path, max_side: int) -> Iterator[Pixels]:
    """All readable images of a folder or zip archive, reduced to a long side."""
    with open_members(root) as members:
        for member in members:
            try:
                yield decode(member.read(), max_side).pixels
            except ImageError:
                continue


def read_boxed_pictures(images: Sequence[BoxedImage], kind: int, max_side: int = 1000) -> list[Picture]:
    """Pictures with the boxes of their faces that somebody drew, reduced to a long side.

    Raises:
        FatalError: one cannot be read.
    """
    return [_boxed_picture(image, kind, max_side) for image in progress(images, "boxed")]


def face_bank(
    crops: Iterable[Pixels], detector: Detector, kind: int, part: tuple[float, ...] = WHOLE_BOX
) -> list[Picture]:
    """Give each tight crop the box of its face: ``part`` of the detector's.

    Where the detector is blind the crop takes the set's median box: the hard faces are the ones to learn
    from, and a tidy set frames all of its faces alike.
    """
    found = [(crop, _middle_face(crop, detector)) for crop in crops if min(crop.shape[:2]) >= 32]
    boxes = [np.array(box) / max(crop.shape[:2]) for crop, box in found if box]
    median = np.median(boxes, 0) if boxes else np.array((0.2, 0.2, 0.6, 0.6))
    return [Picture(crop, (Label(_part(box or _scaled(median, crop), part), kind),)) for crop, box in found]


def painted(photos: Iterable[Picture]) -> list[Picture]:
    """Photos of faces as comics: old, bearded and realistic faces, which sets of anime crops hardly hold."""
    return [
        Picture(
            np.asarray(cv2.stylization(photo.pixels, sigma_s=30, sigma_r=0.3), np.uint8),
            tuple(Label(label.box, PAINTED) for label in photo.labels),
        )
        for photo in photos
    ]


def _boxed_picture(image: BoxedImage, kind: int, max_side: int) -> Picture:
    try:
        decoded = decode(image.file, max_side)
    except ImageError as error:
        raise FatalError(f"{image.file}: {error}") from None
    pairs = [(box, kind) for box in image.faces] + [(box, UNSURE) for box in image.unsure]
    labels = (Label(Box(*(round(v / decoded.scale) for v in box)), sure) for box, sure in pairs)
    return Picture(decoded.pixels, tuple(labels))


def _middle_face(crop: Pixels, detector: Detector) -> Box | None:
    """The most certain face whose middle lies in the crop's middle."""
    height, width = crop.shape[:2]
    scale = max(1, round(256 / max(height, width)))
    large = np.repeat(np.repeat(crop, scale, 0), scale, 1)
    for find in detector.detect(large):
        x, y, w, h = (round(value / scale) for value in find.box)
        if abs(x + w / 2 - width / 2) < width / 4 and w > width / 4:
            return Box(x, y, w, h)
    return None


def _scaled(share: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", crop: Pixels) -> Box:
    return Box(*(round(float(value)) for value in share * max(crop.shape[:2])))


def _part(box: Box, part: tuple[float, ...]) -> Box:
    x, y, w, h = part
    return Box(round(box.x + x * box.w), round(box.y + y * box.h), round(w * box.w), round(h * box.h))

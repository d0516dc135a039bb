"""Make misdetections of known kinds.

They are made from images whose faces are known. Background crops are false detections of OpenCV's cascade
for people; the detector of the review's queue is not used. The other kinds are faces with a wrong box.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from f2a_faces.detectors.boxed_set import read_boxed
from f2a_faces.detectors.haar import Haar
from f2a_faces.images import Pixels, decode
from f2a_manifests import Box

T = TypeVar("T")
CROP = 1.75  # times the face's width: the crops of `ntu96`
BACKGROUND = "background"
LARGEST = 0.01  # IoU of a piece of background with a face
FRAMES = {
    "half": (1.0, 0.55, 0.0),
    "low": (1.0, 0.0, 0.55),
    "close": (0.4, 0.1, -0.1),
    "wide": (3.0, 0.5, 0.6),
}
"""By kind: the crop's side, and how far its centre is moved right and down, in sides of the right crop."""


@dataclass(frozen=True, slots=True)
class Misdetection:
    """A wrong crop.

    Attributes:
        kind: `BACKGROUND`, or one of `FRAMES`.
        pixels: uint8 (side, side, 3).
    """

    kind: str
    pixels: Pixels


def misdetections(folders: Sequence[Path], side: int) -> list[Misdetection]:
    """All misdetections that the images provide.

    Args:
        folders: of images, with ``boxes.csv``.
        side: pixels of a crop.
    """
    return [one for folder in folders for one in _of_folder(folder, side)]


def planted(found: Sequence[T], count: int, seed: int, is_background: Callable[[T], bool]) -> list[T]:
    """Some of them, half of them pieces of background where there are enough."""
    order = [found[place] for place in np.random.default_rng(seed).permutation(len(found)).tolist()]
    pieces = [one for one in order if is_background(one)][: count // 2]
    others = [one for one in order if not is_background(one)]
    return [*pieces, *others[: count - len(pieces)]]


def _of_folder(folder: Path, side: int) -> Iterator[Misdetection]:
    detector = Haar(min_neighbors=1)
    for image in read_boxed(folder, folder / "boxes.csv").images:
        pixels = decode(image.file).pixels
        for face in image.faces:
            for kind, frame in FRAMES.items():
                yield Misdetection(kind, _cut(pixels, face, frame, side))
        for piece in (one.box for one in detector.find(pixels)):
            if all(piece.overlap(face.scaled(1.5)) < LARGEST for face in [*image.faces, *image.unsure]):
                yield Misdetection(BACKGROUND, _cut(pixels, piece, (1.0, 0.0, 0.0), side))


def _cut(pixels: Pixels, box: Box, frame: tuple[float, float, float], side: int) -> Pixels:
    """A square of the image, resized to ``side``, with the image's border repeated."""
    times, right, down = frame
    size = CROP * max(box.w, box.h)
    x, y = box.x + box.w / 2 + right * size, box.y + box.h / 2 + down * size
    scale = side / (size * times)
    if scale < 1:  # warpAffine has no antialiasing
        pixels, x, y, scale = _reduced(pixels, x, y, scale)
    move = np.array([[scale, 0, side / 2 - x * scale], [0, scale, side / 2 - y * scale]])
    cut = cv2.warpAffine(pixels, move, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)


def _reduced(pixels: Pixels, x: float, y: float, scale: float) -> tuple[Pixels, float, float, float]:
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), x * scale, y * scale, 1.0

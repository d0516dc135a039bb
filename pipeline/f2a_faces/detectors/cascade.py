"""Any OpenCV cascade file, for example the paper's ``lbpcascade_animeface.xml`` (nagadomi)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from f2a_faces.detectors.protocol import Detection, SingleScale
from f2a_faces.images import Pixels
from f2a_manifests import Box, ExitCode, FatalError, sha256_file


@dataclass(frozen=True, slots=True)
class Cascade(SingleScale):
    """An OpenCV cascade; the defaults are the ones that lbpcascade_animeface's author recommends.

    Attributes:
        cascade: the XML file.
        scale_factor: ratio between detection sizes.
        min_neighbors: how many overlapping hits make a face.
        min_size: smallest face, in pixels of the reduced image.
        max_side: long side in pixels to which images are scaled down.
    """

    cascade: Path | None = None
    scale_factor: float = 1.1
    min_neighbors: int = 5
    min_size: int = 24
    max_side: int = 800

    def __str__(self) -> str:
        """The file's name and the beginning of its SHA-256."""
        return f"cascade-{self._file.stem}-{_digest(self._file)}"

    def prepare(self) -> None:
        """Load the file once.

        Raises:
            FatalError: no file was given, it is missing, or it is not a cascade.
        """
        load_cascade(self._file)

    def find(self, pixels: Pixels) -> list[Detection]:
        """See `SingleScale.find`; the score is the last stage's weight, higher is better."""
        return detect_cascade(pixels, self._file, self.scale_factor, self.min_neighbors, self.min_size)

    @property
    def _file(self) -> Path:
        if not self.cascade:
            raise FatalError("the cascade detector needs a file: --cascade FILE.xml", ExitCode.USAGE)
        return self.cascade


def detect_cascade(
    pixels: Pixels, file: Path, scale_factor: float, min_neighbors: int, min_size: int
) -> list[Detection]:
    """Run one cascade over uint8 RGB pixels; best first."""
    grey = cv2.equalizeHist(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    boxes, _, weights = load_cascade(file).detectMultiScale3(
        grey,
        scaleFactor=scale_factor,
        minNeighbors=min_neighbors,
        minSize=(min_size, min_size),
        outputRejectLevels=True,
    )
    scores = np.asarray(weights, dtype=float).ravel()
    found = [
        Detection(Box(*(int(value) for value in box)), round(float(score), 4))
        for box, score in zip(boxes, scores, strict=True)
    ]
    return sorted(found, key=lambda face: (-face.score, face.box))


@cache
def load_cascade(file: Path) -> cv2.CascadeClassifier:
    """Load a cascade, once per process.

    Raises:
        FatalError: the file is missing or not a cascade.
    """
    if not file.is_file():
        raise FatalError(f"there is no cascade file {file}", ExitCode.USAGE)
    try:
        classifier = cv2.CascadeClassifier(str(file))
    except (cv2.error, SystemError):
        classifier = None
    if classifier is None or classifier.empty():
        raise FatalError(f"{file} is not an OpenCV cascade", ExitCode.USAGE)
    return classifier


@cache
def _digest(file: Path) -> str:
    return sha256_file(file)[:8]

"""Human faces with the Haar cascade that comes in the OpenCV wheel."""

from dataclasses import dataclass
from pathlib import Path

import cv2

from f2a_faces.detectors.cascade import detect_cascade, load_cascade
from f2a_faces.detectors.protocol import Detection, SingleScale
from f2a_faces.images import Pixels


@dataclass(frozen=True, slots=True)
class Haar(SingleScale):
    """OpenCV's frontal face cascade.

    Attributes:
        min_neighbors: how many overlapping hits make a face.
        max_side: long side in pixels to which images are scaled down.
    """

    min_neighbors: int = 6
    max_side: int = 640

    def __str__(self) -> str:
        """Name, with the OpenCV version whose cascade it is."""
        return f"haar-{cv2.__version__}"

    def prepare(self) -> None:
        """Load the cascade once."""
        load_cascade(_file())

    def find(self, pixels: Pixels) -> list[Detection]:
        """See `SingleScale.find`; the score is the last stage's weight, higher is better."""
        return detect_cascade(pixels, _file(), 1.1, self.min_neighbors, 40)


def _file() -> Path:
    return Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"

"""Human faces with MTCNN from facenet-pytorch, whose wheel has the weights.

facenet-pytorch 2.6 requires older versions of torch, numpy and Pillow than it needs, so no extra can
name it: `INSTALL` skips its requirements.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from f2a_faces.detectors.protocol import Detection, SingleScale
from f2a_faces.images import Pixels
from f2a_manifests import Box, FatalError, Landmark

INSTALL = "pip install torchvision && pip install --no-deps facenet-pytorch==2.6.0"
NAMES = ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth")


@dataclass(frozen=True, slots=True)
class Mtcnn(SingleScale):
    """MTCNN from facenet-pytorch.

    Attributes:
        threshold: faces with a probability at or below it are not reported.
        max_side: long side in pixels to which images are scaled down.
    """

    threshold: float = 0.9
    max_side: int = 800

    def __str__(self) -> str:
        """Name of the network, and the package with its weights."""
        return "mtcnn-facenet-pytorch-2.6"

    def prepare(self) -> None:
        """Load the network once.

        Raises:
            FatalError: facenet-pytorch is not installed.
        """
        _network()

    def find(self, pixels: Pixels) -> list[Detection]:
        """See `SingleScale.find`; the score is the network's probability, 0 to 1."""
        boxes, scores, points = _network().detect(pixels, landmarks=True)
        if boxes is None:
            return []
        found = [_detection(*row) for row in zip(boxes, scores, points, strict=True)]
        return sorted((face for face in found if face.score > self.threshold), key=lambda face: -face.score)


@cache
def _network() -> Any:  # noqa: ANN401 -- an optional package without types
    try:
        from facenet_pytorch import MTCNN  # noqa: PLC0415 -- an optional package
    except ImportError as error:
        raise FatalError(f"the mtcnn detector needs facenet-pytorch ({error}): {INSTALL}") from None
    return MTCNN(keep_all=True, device="cpu")


def _detection(box: Any, score: float, points: Any) -> Detection:  # noqa: ANN401 -- numpy rows
    left, top, right, bottom = (round(float(value)) for value in box)
    landmarks = tuple(Landmark(name, float(x), float(y)) for name, (x, y) in zip(NAMES, points, strict=True))
    return Detection(Box(left, top, right - left, bottom - top), round(float(score), 4), landmarks)

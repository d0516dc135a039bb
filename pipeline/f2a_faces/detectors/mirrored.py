"""Detection in mirrored images."""

from dataclasses import dataclass, replace

import numpy as np

from f2a_faces.detectors.protocol import Detection, Detector
from f2a_faces.images import Pixels


@dataclass(frozen=True, slots=True)
class Mirrored:
    """Run a detector on mirrored images: it may detect a profile that it misses otherwise.

    Its detections have no landmarks.

    Attributes:
        detector: the detector to run.
    """

    detector: Detector

    @property
    def max_side(self) -> int:
        """See `Detector`."""
        return self.detector.max_side

    def prepare(self) -> None:
        """See `Detector`."""
        self.detector.prepare()

    def detect(self, pixels: Pixels) -> list[Detection]:
        """See `Detector`; boxes are in the image as given."""
        width = pixels.shape[1]
        found = self.detector.detect(np.ascontiguousarray(pixels[:, ::-1]))
        return [_mirrored(face, width) for face in found]

    def __str__(self) -> str:
        """See `Detector`: the name of the inner detector."""
        return str(self.detector)


def _mirrored(face: Detection, width: int) -> Detection:
    box = face.box
    return replace(face, box=box._replace(x=width - box.x - box.w), landmarks=())

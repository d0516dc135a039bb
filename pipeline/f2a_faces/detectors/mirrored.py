"""Detection in mirrored images."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from f2a_faces.detectors.protocol import Detection, Detector, View
from f2a_faces.images import Decoded


@dataclass(frozen=True, slots=True)
class Mirrored:
    """Run a detector on mirrored images: it may detect a profile that it misses otherwise.

    Its detections have no landmarks.

    Attributes:
        detector: the detector to run.
    """

    detector: Detector

    def prepare(self) -> None:
        """See `Detector`."""
        self.detector.prepare()

    def detect(self, images: Sequence[View]) -> list[list[Detection]]:
        """See `Detector`; boxes are in the images as given."""
        mirrors = [_Mirror(view, []) for view in images]
        found = self.detector.detect(mirrors)
        return [
            [_mirrored(face, mirror.widths[0]) for face in faces]
            for mirror, faces in zip(mirrors, found, strict=True)
        ]

    def __str__(self) -> str:
        """See `Detector`: the name of the inner detector."""
        return str(self.detector)


@dataclass(frozen=True, slots=True)
class _Mirror:
    """An image's mirror image; remembers the full width in ``widths``."""

    view: View
    widths: list[int]

    def __call__(self, max_side: int) -> Decoded:
        seen = self.view(max_side)
        self.widths.append(seen.width)
        return replace(seen, pixels=np.ascontiguousarray(seen.pixels[:, ::-1]))


def _mirrored(face: Detection, width: int) -> Detection:
    return replace(face, box=face.box._replace(x=width - face.box.x - face.box.w), landmarks=())

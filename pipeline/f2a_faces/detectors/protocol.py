"""What a detector is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from f2a_faces.images import Pixels
from f2a_manifests import Box, Landmark


@dataclass(frozen=True, slots=True)
class Detection:
    """One face.

    Attributes:
        box: the face from brows to chin, as wide as the face; whole pixels of the image that was searched.
            It may cross the border. How much more a crop shows is up to the crop rule.
        score: confidence, comparable within one detector only.
        landmarks: points in the same pixels, or none.
    """

    box: Box
    score: float
    landmarks: tuple[Landmark, ...] = ()


class Detector(Protocol):
    """Detects faces. A frozen dataclass whose fields are its options; must survive pickling."""

    @property
    def max_side(self) -> int:
        """Images are scaled down to this long side before `detect`."""

    def prepare(self) -> None:
        """Load models and check that the detector works here.

        Raises:
            FatalError: it does not; the message says what to do.
        """

    def detect(self, pixels: Pixels) -> list[Detection]:
        """Detect faces in uint8 pixels, height x width x 3, RGB; best first."""

    def __str__(self) -> str:
        """Name and version, for the manifest."""


@runtime_checkable
class TwoPass(Protocol):
    """Optional for a detector: a second pass over the images that need one."""

    def second_pass(self, found: Sequence[Detection], long_side: int) -> Detector | None:
        """The detector for the second pass; None if the first is enough.

        Args:
            found: this detector's detections, in pixels of the full image.
            long_side: of the full image.
        """

    def merge(self, far: Sequence[Detection], near: Sequence[Detection], long_side: int) -> list[Detection]:
        """Merge both passes: each face once, best first."""

"""The interface of detectors."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from f2a_faces.images import Decoded, Pixels
from f2a_manifests import Box, Landmark

View = Callable[[int], Decoded]
"""An image: call it with a long side in pixels, and it is decoded, upright, at most that large."""


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

    def prepare(self) -> None:
        """Load models and check that the detector works here.

        Raises:
            FatalError: it does not; the message says what to do.
        """

    def detect(self, images: Sequence[View]) -> list[list[Detection]]:
        """Detect the faces of each image: in pixels of the full image, inside it, best first.

        Raises:
            ImageError: an image cannot be decoded.
        """

    def __str__(self) -> str:
        """Name and version, for the manifest."""


class SingleScale(Protocol):
    """A base for detectors that look at each image once, at one size: write `find` for one image."""

    @property
    def max_side(self) -> int:
        """Images are scaled down to this long side."""

    @abstractmethod
    def find(self, pixels: Pixels) -> list[Detection]:
        """Detect faces in uint8 pixels, height x width x 3, RGB; best first, in these pixels."""

    def detect(self, images: Sequence[View]) -> list[list[Detection]]:
        """See `Detector.detect`."""
        return [full_size(self.find(seen.pixels), seen) for seen in (view(self.max_side) for view in images)]


def full_size(found: Sequence[Detection], seen: Decoded) -> list[Detection]:
    """Detections in pixels of the full image, cut at its border; those outside are left out.

    Args:
        found: in pixels of ``seen``.
        seen: the image, scaled down.
    """
    faces = (_enlarged(face, seen) for face in found)
    return [face for face in faces if face.box.w > 0 and face.box.h > 0]


def _enlarged(face: Detection, seen: Decoded) -> Detection:
    x, y, w, h = (value * seen.scale for value in face.box)
    left, top = max(0, round(x)), max(0, round(y))
    right, bottom = min(seen.width, round(x + w)), min(seen.height, round(y + h))
    scale = seen.scale
    landmarks = tuple(Landmark(name, round(px * scale), round(py * scale)) for name, px, py in face.landmarks)
    return replace(face, box=Box(left, top, right - left, bottom - top), landmarks=landmarks)

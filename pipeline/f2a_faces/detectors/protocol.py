"""What a detector is, and how it is applied to an image of any size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from f2a_faces.images import Decoded, Pixels, decode
from f2a_manifests import Box, Landmark


@dataclass(frozen=True, slots=True)
class Detection:
    """One face.

    Attributes:
        box: the face from brows to chin, as wide as the face; whole pixels of the image that was searched.
            It may reach over the border. How much more a crop shows is the crop rule's business.
        score: confidence, comparable within one detector only.
        landmarks: points in the same pixels, or none.
    """

    box: Box
    score: float
    landmarks: tuple[Landmark, ...] = ()


class Detector(Protocol):
    """Finds faces. A frozen dataclass whose fields are its options; must survive pickling."""

    @property
    def max_side(self) -> int:
        """Images are reduced to this long side before `detect` sees them."""

    def prepare(self) -> None:
        """Load models and check that the detector works here.

        Raises:
            FatalError: it does not; the message says what to do.
        """

    def detect(self, pixels: Pixels) -> list[Detection]:
        """Find faces in uint8 pixels, height x width x 3, RGB; best first."""

    def __str__(self) -> str:
        """Name and version, for the manifest."""


@runtime_checkable
class LooksCloser(Protocol):
    """What a detector may have besides: a second, closer look at the images that need one."""

    def closer(self, found: Sequence[Detection], long_side: int) -> Detector | None:
        """The detector for a closer look; None where one look is enough.

        Args:
            found: what this detector found, in pixels of the full image.
            long_side: of the full image.
        """

    def together(
        self, far: Sequence[Detection], near: Sequence[Detection], long_side: int
    ) -> list[Detection]:
        """The faces of both looks, each once, best first."""


def find_faces(source: Path | bytes, detector: Detector) -> tuple[Decoded, list[Detection]]:
    """Decode an image at the detector's size, and find its faces; look closer if the detector asks for it.

    Returns:
        The image of the first look, and its faces in pixels of the *full* image, best first.

    Raises:
        ImageError: the image cannot be decoded.
    """
    decoded, found = _look(source, detector)
    if isinstance(detector, LooksCloser):
        long_side = max(decoded.width, decoded.height)
        closer = detector.closer(found, long_side)
        if closer:
            found = detector.together(found, _look(source, closer)[1], long_side)
    return decoded, found


def _look(source: Path | bytes, detector: Detector) -> tuple[Decoded, list[Detection]]:
    decoded = decode(source, detector.max_side)
    faces = [_enlarged(face, decoded) for face in detector.detect(decoded.pixels)]
    return decoded, [face for face in faces if face.box.w > 0 and face.box.h > 0]


def _enlarged(face: Detection, decoded: Decoded) -> Detection:
    """The same face in pixels of the full image, cut at its border."""
    x, y, w, h = (value * decoded.scale for value in face.box)
    left, top = max(0, round(x)), max(0, round(y))
    right, bottom = min(decoded.width, round(x + w)), min(decoded.height, round(y + h))
    scale = decoded.scale
    landmarks = tuple(Landmark(name, round(px * scale), round(py * scale)) for name, px, py in face.landmarks)
    return replace(face, box=Box(left, top, right - left, bottom - top), landmarks=landmarks)

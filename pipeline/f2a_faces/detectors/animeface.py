"""The `animeface` package (nagadomi's AnimeFace 2009 engine): anime faces with eyes, nose and mouth."""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from PIL import Image

from f2a_faces.detectors.protocol import Detection, SingleScale
from f2a_faces.detectors.self_check import plain_face
from f2a_faces.images import Pixels
from f2a_manifests import Box, FatalError, Landmark

FRAME = 1.2
"""Times the face: the package's boxes are 1.19 wide and 1.21 high in the median over 135 hand-drawn boxes."""


@dataclass(frozen=True, slots=True)
class AnimeFace(SingleScale):
    """The package animeface.

    Attributes:
        threshold: faces with a likelihood at or below it are not reported.
        max_side: long side in pixels to which images are scaled down. At 512 it detects as many faces as
            at 800, twice as fast.
    """

    threshold: float = 0.3
    max_side: int = 512

    def __str__(self) -> str:
        """Name and version of the package."""
        return f"animeface-{version('animeface')}"

    def prepare(self) -> None:
        """Check the package on a known face: with Pillow 12 it detects nothing and reports no error.

        Raises:
            FatalError: it is not installed, or detects nothing here.
        """
        if find_spec("animeface") is None:
            raise FatalError(
                "detector animeface is not installed: pip install 'face2anime-toolkit[animeface]'"
            )
        if not _sees():
            raise FatalError(
                f"the animeface detector misses a face that it must detect; it does not work with "
                f"Pillow {version('pillow')}: install 'pillow<12'"
            )

    def find(self, pixels: Pixels) -> list[Detection]:
        """See `SingleScale.find`; the score is the engine's likelihood, 0 to 1."""
        import animeface  # noqa: PLC0415 -- 80 ms that other detectors need not pay

        faces = (_detection(face) for face in animeface.detect(Image.fromarray(pixels)))
        found = [face for face in faces if face.score > self.threshold]
        return sorted(found, key=lambda face: (-face.score, face.box))


@cache
def _sees() -> bool:
    return bool(AnimeFace().find(plain_face()))


def _detection(face: Any) -> Detection:  # noqa: ANN401 -- the package has no types
    parts = {"left_eye": face.left_eye, "right_eye": face.right_eye, "nose": face.nose, "mouth": face.mouth}
    landmarks = tuple(Landmark(name, *_middle(part.pos)) for name, part in parts.items())
    box = face.face.pos
    tight = Box(box.x, box.y, box.width, box.height).scaled(1 / FRAME)
    return Detection(tight, round(face.likelihood, 4), landmarks)


def _middle(position: Any) -> tuple[int, int]:  # noqa: ANN401 -- a point, or a box with a size
    x = position.x + getattr(position, "width", 0) // 2
    y = position.y + getattr(position, "height", 0) // 2
    return x, y

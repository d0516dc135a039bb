"""The face's box in images of aligned data sets.

All boxes are those that the f2a detector would return: from just above the brows to the chin, as wide as the
face. So one crop rule gives the same view of both domains.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from f2a_faces.images import ImageError
from f2a_manifests import Box, Landmark, Reason

LANDMARKS = ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth")

# Means over CelebA's aligned landmarks, pixels of 178x218: the row of the eyes, the distance
# between them, and that from them to the mouth.
_EYES_Y, _EYES_APART, _EYES_TO_MOUTH = 111.3, 38.2, 41.1
_TOLERANCE = 0.02  # of the aspect ratio: releases at other sizes round their sides


@dataclass(frozen=True, slots=True)
class Framing:
    """A set's image size and the face's box in it, in pixels."""

    width: int
    height: int
    face: Box

    def scale(self, width: int, height: int) -> float:
        """The scale relative to the official image size.

        Raises:
            ImageError: the aspect ratio differs, so the image was cropped differently.
        """
        scale = width / self.width
        if abs(height / (self.height * scale) - 1) > _TOLERANCE:
            raise ImageError(Reason.NOT_ALIGNED, f"{width}x{height} pixels for {self.width}x{self.height}")
        return scale

    def box(self, width: int, height: int) -> Box:
        """The face in an image of this size; see `scale` for errors."""
        scale = self.scale(width, height)
        x, y, w, h = (round(value * scale) for value in self.face)
        return _inside(Box(x, y, w, h), width, height)


# The average of the first 600 images has its brows at y = 100, chin at 186 and cheeks at 40 and 139.
CELEBA = Framing(178, 218, Box(41, 97, 97, 91))
# Same place of eyes and chin in the box as CelebA's; eyes are at about y = 155 and chins at 308.
FBP5500 = Framing(350, 350, Box(76, 126, 199, 186))


def celeba_box(points: Sequence[float], width: int, height: int) -> Box:
    """The face from CelebA's five landmarks.

    The size follows the distance of the eyes or that from eyes to mouth, whichever gives the larger box:
    turning the head shortens the first, lowering it the second. For average landmarks it is the fixed box.

    Args:
        points: x and y of `LANDMARKS`, pixels of this image.
        width: of this image.
        height: of this image.

    Returns:
        A box inside the image; the fixed one if the landmarks are not plausible.

    Raises:
        ImageError: the aspect ratio is not that of an aligned image.
    """
    scale = CELEBA.scale(width, height)
    xs, ys = points[0::2], points[1::2]
    eyes = (xs[0] + xs[1]) / 2, (ys[0] + ys[1]) / 2
    mouth = (xs[3] + xs[4]) / 2, (ys[3] + ys[4]) / 2
    apart = _distance((xs[0], ys[0]), (xs[1], ys[1])) / _EYES_APART
    factor = max(apart, _distance(eyes, mouth) / _EYES_TO_MOUTH)
    if not 0.5 < factor / scale < 2:
        return CELEBA.box(width, height)
    face = CELEBA.face
    down = (face.y + face.h / 2 - _EYES_Y) / _EYES_TO_MOUTH  # the fixed box's centre, from eyes to mouth
    center_x = eyes[0] + (mouth[0] - eyes[0]) * down
    center_y = eyes[1] + (mouth[1] - eyes[1]) * down
    w, h = round(face.w * factor), round(face.h * factor)
    return _inside(Box(round(center_x - w / 2), round(center_y - h / 2), w, h), width, height)


def celeba_landmarks(points: Sequence[float]) -> tuple[Landmark, ...]:
    """CelebA's five landmarks by name, in whole pixels."""
    named = zip(LANDMARKS, points[0::2], points[1::2], strict=True)
    return tuple(Landmark(name, round(x), round(y)) for name, x, y in named)


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5)


def _inside(box: Box, width: int, height: int) -> Box:
    """Shrink to the image's sides, then move inside."""
    w, h = min(box.w, width), min(box.h, height)
    return Box(max(0, min(box.x, width - w)), max(0, min(box.y, height - h)), w, h)

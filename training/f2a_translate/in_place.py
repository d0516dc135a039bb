"""Put translated faces back into the photo, without a visible edge."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from f2a_faces.images import Pixels
from f2a_manifests import Square

ROUND = 3.0
"""Exponent of the superellipses on which a patch is equally opaque: 2 is a circle, infinity a square."""
OPAQUE = 0.65
"""Share of the way from its middle to its edge up to which a patch is opaque; from there on it fades."""


def patch(result: Pixels) -> Pixels:
    """A translated face that fades out towards its edge.

    Args:
        result: uint8, S x S x 3.

    Returns:
        uint8, S x S x 4: its alpha is 0 along the border.
    """
    return np.dstack([result, _fade(len(result))])


def paste(photo: Pixels, faces: Sequence[tuple[Square, Pixels]]) -> Pixels:
    """A photo with its faces replaced.

    Args:
        photo: uint8, height x width x 3.
        faces: each one's square, and its translation, uint8, S x S x 3. The first, which has the highest
            score, is on top.

    Returns:
        A new image of the photo's size, the same outside the squares.
    """
    image = Image.fromarray(photo)
    for square, result in reversed(faces):
        side = max(1, round(square.side))
        face = Image.fromarray(result).resize((side, side), Image.Resampling.LANCZOS)
        image.paste(face, (round(square.x), round(square.y)), Image.fromarray(_fade(side)))
    return np.asarray(image)


def _fade(side: int) -> npt.NDArray[np.uint8]:
    """Alpha, side x side: 255 in the middle, and from there down to 0 on a smooth curve."""
    offsets = np.abs((np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1) ** ROUND
    radius = (offsets[:, None] + offsets) ** (1 / ROUND)
    inwards = ((1 - radius) / (1 - OPAQUE)).clip(0, 1)
    return np.asarray(255 * inwards**2 * (3 - 2 * inwards), np.uint8)

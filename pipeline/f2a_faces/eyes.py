"""Whether the two eyes of a drawn face match."""

import cv2
import numpy as np
import numpy.typing as npt

from f2a_faces.images import Pixels

SIDE = 64
"""Size of the face at which eyes are compared, in pixels."""
TOP, BOTTOM = 19, 36
"""Rows of the eyes in the upright face."""
REACH = 17
"""Columns that are compared on either side of the axis."""
AXES = range(-10, 11, 2)
"""Offsets of the symmetry axis from the middle, in half pixels."""
TILTS = (-8.0, -4.0, 0.0, 4.0, 8.0)
"""Tilts of the head that are tried, in degrees."""
PIVOT = (31.5, 28.0)
"""Centre of that rotation."""
BLUR = 0.8
"""Standard deviation in pixels, so that lines need not align exactly."""
TINT = 0.0075
"""Weight of the difference of the mean colours, per unit of CIELAB."""
Floats = npt.NDArray[np.float32]
LEFT = np.array([np.arange((SIDE + axis) // 2 - REACH, (SIDE + axis) // 2) for axis in AXES])
RIGHT = SIDE - 1 + np.array(AXES)[:, None] - LEFT
"""Columns on the left of each axis, and those across: (len(`AXES`), `REACH`)."""


def match(face: Pixels) -> float:
    """How well one side of the eyes' band mirrors the other, at the best axis and tilt.

    Args:
        face: uint8, S x S x 3.

    Returns:
        at most 1, for perfect symmetry. Unlike a correlation, it is also lower if one side has less contrast
        or another colour.
    """
    small = cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    colours = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    smooth = np.asarray(cv2.GaussianBlur(colours, (0, 0), BLUR), np.float32)
    return max(float(_symmetries(_upright(smooth, tilt)).max()) for tilt in TILTS)


def _upright(face: Floats, tilt: float) -> Floats:
    turn = cv2.getRotationMatrix2D(PIVOT, tilt, 1)
    turned = cv2.warpAffine(face, turn, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned[TOP:BOTTOM], np.float32)


def _symmetries(band: Floats) -> Floats:
    """For each axis: (len(`AXES`),)."""
    one, other = (band[:, columns].transpose(1, 0, 2, 3) for columns in (LEFT, RIGHT))
    middles = (1, 2)  # rows and columns of (axes, rows, columns, colours)
    one_mean, other_mean = one.mean(middles, keepdims=True), other.mean(middles, keepdims=True)
    shape, mirrored = one - one_mean, other - other_mean
    everything = (1, 2, 3)
    contrast = (shape * shape).sum(everything) + (mirrored * mirrored).sum(everything)
    common = (
        2 * (shape * mirrored).sum(everything) / np.maximum(contrast, 1.0)
    )  # a plain area has no contrast
    return np.asarray(common - TINT * np.abs(one_mean - other_mean).sum(everything), np.float32)

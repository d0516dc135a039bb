"""Change the lighting of a face."""

import cv2
import numpy as np
import numpy.typing as npt

from f2a_faces.images import Pixels

DARKER = 1.5
"""Gamma exponent for colours in [0, 1]."""
WINDOW = 0.25
"""Share of a face's side: shading of this size and larger is evened."""
CONTRAST = 0.45
"""Standard deviation of lightness, in [-1, 1], to which every window is normalized."""
FLOOR = 0.1
"""Added to a window's standard deviation, so that noise in plain areas is not amplified."""
Floats = npt.NDArray[np.float32]


def darker(face: Pixels) -> Pixels:
    """Darken all colours except black and white."""
    return _to_pixels((2 * ((_to_floats(face) + 1) / 2) ** DARKER - 1).astype(np.float32))


def evened(face: Pixels) -> Pixels:
    """Halve shadows and highlights, and move bright faces closer to mid-grey."""
    return _evened(face, min(0.0, float(_to_floats(face).mean())))


def evened_to_middle(face: Pixels) -> Pixels:
    """Like `evened`, and also move dark faces closer to mid-grey."""
    return _evened(face, 0.0)


def _evened(face: Pixels, middle: float) -> Pixels:
    colours = _to_floats(face)
    lightness = colours.mean(axis=2)
    mean = _blurred(lightness)
    deviation = np.sqrt(_blurred((lightness - mean) ** 2))
    even = CONTRAST * (lightness - mean) / (deviation + FLOOR) + middle
    return _to_pixels(colours + (even - lightness)[..., None] / 2)


def _blurred(values: Floats) -> Floats:
    """Blur twice with a box filter, which approximates a Gaussian."""
    box = 2 * (int(WINDOW * len(values) / 2),)
    for _ in range(2):
        values = cv2.blur(values, box, borderType=cv2.BORDER_REPLICATE).astype(np.float32)
    return values


def _to_floats(face: Pixels) -> Floats:
    """To [-1, 1]."""
    return (face / np.float32(127.5) - 1).astype(np.float32)


def _to_pixels(colours: Floats) -> Pixels:
    """From [-1, 1], rounded; values outside are clipped."""
    return ((colours.clip(-1, 1) + 1) * 127.5).round().astype(np.uint8)

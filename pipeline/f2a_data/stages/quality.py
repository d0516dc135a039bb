"""Measures on the pixels of one crop, for the flags of ``clean``.

The measures and limits were chosen by inspecting real crops; see docs/clean.md.
"""

import cv2
import numpy as np

from f2a_faces.images import Pixels


def grey(pixels: Pixels) -> Pixels:
    """Luma (BT.601), uint8, height x width."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def contrast(luma: Pixels) -> float:
    """Grey levels between the 1st and the 99th percentile, 0 to 255."""
    low, high = np.percentile(luma, (1, 99))
    return float(high - low)


def sharpness(luma: Pixels) -> float:
    """Strength of the sharpest edges against the contrast, about 0.2 (blurred) to 2 (drawn lines).

    The 99th percentile of the absolute Laplacian, over `contrast`: a drawing is mostly flat colour, and
    its few lines tell whether it is sharp. The variance of the Laplacian, over all pixels, also measures
    how much is drawn. In pixels of the crop, so an enlarged small face is blurred.
    """
    edges = np.abs(cv2.Laplacian(luma, cv2.CV_32F))
    return float(np.percentile(edges, 99)) / max(contrast(luma), 1.0)


def colour_spread(pixels: Pixels) -> float:
    """How far colours lie from the most common one: the 90th percentile of the distance in CIELAB's a*b*.

    Near 0 for grey pictures, and for those in shades of one tint.
    """
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    hues = lab[..., 1:].reshape(-1, 2)
    distances = np.linalg.norm(hues - np.median(hues, axis=0), axis=1)
    return float(np.percentile(distances, 90))

"""Measurements of pictures: means of blocks, edges, the brightness of a region."""

import cv2
import numpy as np

from f2a_faces.images import Pixels
from f2a_metrics.features import Floats

SKIN = ((0.50, 0.62), (0.42, 0.58))
"""Rows and columns, as shares of the side, of nose and cheeks in faces cropped by the rule ``default``."""
HAIR = ((0.05, 0.16), (0.30, 0.70))
"""Likewise of the area that is mostly hair."""


def block_means(faces: Pixels, blocks: int) -> Floats:
    """Mean colours, 0 to 1, of blocks x blocks parts: (N, S, S, 3) to (N, blocks * blocks * 3)."""
    return _flat([cv2.resize(face, (blocks, blocks), interpolation=cv2.INTER_AREA) for face in faces]) / 255


def edge_maps(faces: Pixels, blocks: int) -> Floats:
    """How strong edges are in each of blocks x blocks parts: (N, S, S, 3) to (N, blocks * blocks)."""
    return _flat([cv2.resize(_edges(face), (blocks, blocks), interpolation=cv2.INTER_AREA) for face in faces])


def brightness(faces: Pixels, place: tuple[tuple[float, float], tuple[float, float]]) -> Floats:
    """Mean brightness, 0 to 1, of a place such as `SKIN`: (N, S, S, 3) to (N,)."""
    side = faces.shape[1]
    rows, columns = (slice(round(begin * side), round(end * side)) for begin, end in place)
    return np.asarray(faces[:, rows, columns].mean((1, 2, 3)) / 255, np.float64)


def _edges(face: Pixels) -> Floats:
    grey = cv2.GaussianBlur(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(np.float64), (0, 0), 1)
    return np.asarray(np.hypot(cv2.Sobel(grey, cv2.CV_64F, 1, 0), cv2.Sobel(grey, cv2.CV_64F, 0, 1)))


def _flat(parts: list[cv2.typing.MatLike]) -> Floats:
    return np.stack(parts).reshape(len(parts), -1).astype(np.float64)

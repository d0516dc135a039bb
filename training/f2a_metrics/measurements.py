"""The measurements that metrics use: a few hundred numbers for each picture."""

from typing import NamedTuple

import cv2
import numpy as np

from f2a_faces.images import Pixels
from f2a_metrics.blocks import HAIR, SKIN, block_means, brightness, edge_maps
from f2a_metrics.features import Floats

OUTLINE = 16
"""Blocks per side: pose and outline, not texture."""
COLOURS = 4
"""Blocks per side: the colours of hair, skin, clothes and background."""


class Measurements(NamedTuple):
    """Of N pictures.

    Attributes:
        edges: (N, 256), see `edge_maps`.
        colours: (N, 48), 0 to 1, see `block_means`.
        skin: (N,), brightness 0 to 1.
        hair: likewise.
    """

    edges: Floats
    colours: Floats
    skin: Floats
    hair: Floats

    @classmethod
    def of(cls, faces: Pixels) -> "Measurements":
        """Of some pictures: uint8 (N, S, S, 3)."""
        return cls(
            edge_maps(faces, OUTLINE),
            block_means(faces, COLOURS),
            brightness(faces, SKIN),
            brightness(faces, HAIR),
        )

    @classmethod
    def joined(cls, parts: list["Measurements"]) -> "Measurements":
        """Of all pictures from those of parts."""
        return cls(*map(np.concatenate, zip(*parts, strict=True)))


def changes(faces: Pixels, sources: Pixels) -> Floats:
    """Mean absolute difference of each face and its source, pixels in [-1, 1]: (N,)."""
    gaps = [cv2.absdiff(*pair).mean() for pair in zip(faces, sources, strict=True)]
    return np.array(gaps) / 127.5

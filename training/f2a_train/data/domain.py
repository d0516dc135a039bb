"""One domain's training faces."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

PROBES = 8
"""Faces of each domain in the sample grids."""


@dataclass(frozen=True, slots=True)
class Faces:
    """One domain's faces.

    Attributes:
        pixels: uint8, (N, 3, S, S), the training faces in manifest order; on disk, see
            `f2a_train.data.cache`.
        probes: uint8, (up to 8, 3, S, S), for the sample grids: held-out faces if the manifest
            has a split, otherwise the first training faces.
        crop_rule: the most frequent value of that column in the training rows.
        sha256: of the manifest.
        is_split: whether the manifest has a split.
        chosen: int64, the positions of the training faces to train on; None: all.
    """

    pixels: Tensor
    probes: Tensor
    crop_rule: str
    sha256: str
    is_split: bool
    chosen: npt.NDArray[np.int64] | None = None

    @classmethod
    def of(cls, pixels: Tensor, training: int, crop_rule: str, sha256: str, *, is_split: bool) -> "Faces":
        """Split one array of faces: the training faces, then the probes, if there are any."""
        probes = pixels[training:] if training < len(pixels) else pixels[:PROBES]
        return cls(pixels[:training], probes, crop_rule, sha256, is_split)

    @property
    def count(self) -> int:
        """How many are trained on."""
        return len(self.pixels) if self.chosen is None else len(self.chosen)

    @property
    def size(self) -> int:
        """Pixels of a side."""
        return int(self.pixels.shape[-1])

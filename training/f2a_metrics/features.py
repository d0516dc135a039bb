"""Faces as feature vectors of an ImageNet network that is not used in training."""

from functools import cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from f2a_faces.images import Pixels
from f2a_metrics.backbone import POOLED, SOURCES, Backbone, load, resized
from f2a_metrics.pictures import Pictures

BACKBONE = "lite2"
"""Not the network of the discriminators, which generators learn to satisfy."""
SIDE = 128
"""Pixels; larger faces are shrunk to it. docs/lab/metrics.md compares sides."""
BATCH = 32
Floats = npt.NDArray[np.float64]


def embed(faces: Pictures) -> Floats:
    """The backbone's pooled features, as its classifier would see them.

    Args:
        faces: uint8 (N, S, S, 3), sRGB; resized to 128 pixels, a few at a time. N may be 0.

    Returns:
        float64 (N, 1280), each 0 to 6.

    Raises:
        FatalError: the weights are not installed, or are others.
    """
    batches = [_run(faces[at : at + BATCH]) for at in range(0, len(faces), BATCH)]
    return np.concatenate([np.empty((0, POOLED)), *batches])


def version() -> str:
    """Backbone, side and the SHA-256 of its weights, as in ``lite2-128-9656183e...``."""
    return f"{BACKBONE}-{SIDE}-{SOURCES[BACKBONE].sha256}"


def _run(faces: Pixels) -> Floats:
    batch: Tensor = torch.from_numpy(np.array(faces)).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.inference_mode():
        return np.asarray(_network().pooled(resized(batch, SIDE)).numpy(), np.float64)


@cache
def _network() -> Backbone:
    return load(BACKBONE).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

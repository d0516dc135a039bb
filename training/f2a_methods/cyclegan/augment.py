"""Differentiable augmentation of the discriminators' input (Zhao et al., 2020, arXiv:2006.10738).

Real faces and fakes are augmented alike, in the generators' step and in the discriminators'. This keeps a
discriminator from memorising a small data set. All randomness comes from torch's generator, whose state
checkpoints contain.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from f2a_methods.method import STRONGEST
from f2a_methods.processes import random_each


def augment(faces: Tensor, names: Sequence[str], strength: float = 1.0) -> Tensor:
    """Augment each face at random.

    Args:
        faces: float32 in [-1, 1], (N, 3, S, S).
        names: of the augmentations, some of `f2a_methods.cyclegan.settings.AUGMENTATIONS`.
        strength: 0: none, 1: as in the paper, at most `STRONGEST`.

    Returns:
        The same shape; colours may leave [-1, 1].
    """
    for name in names:
        faces = CHANGES[name](faces, min(strength, STRONGEST))
    return faces


def _color(faces: Tensor, strength: float) -> Tensor:
    """Brightness, then saturation, then contrast."""
    faces = faces + strength * (random_each(faces) - 0.5)
    grey = faces.mean(dim=1, keepdim=True)
    faces = grey + (faces - grey) * (1 + strength * (2 * random_each(faces) - 1))
    mean = faces.mean(dim=(1, 2, 3), keepdim=True)
    return mean + (faces - mean) * (1 + strength * (random_each(faces) - 0.5))


def _translation(faces: Tensor, strength: float) -> Tensor:
    """Shift by up to an eighth of the side, padded with 0, a medium grey."""
    largest = strength * faces.shape[-1] / 8
    down, right = (((2 * random_each(faces) - 1) * largest).round() for _ in range(2))
    return _shift(down, faces) @ faces @ _shift(right, faces).mT


def _shift(offset: Tensor, faces: Tensor) -> Tensor:
    """Matrices (N, 1, S, S) that shift rows: matrix products are differentiable and deterministic."""
    pixels = torch.arange(faces.shape[-1], device=faces.device, dtype=faces.dtype)
    return (pixels.view(-1, 1) == pixels + offset).to(faces.dtype)


def _cutout(faces: Tensor, strength: float) -> Tensor:
    """Blank a square of half the side, its centre anywhere in the face."""
    size = faces.shape[-1]
    half = strength * size / 4
    pixels = torch.arange(size, device=faces.device, dtype=faces.dtype)
    rows, columns = ((pixels - random_each(faces) * size).abs() < half for _ in range(2))
    return faces * ~(rows.mT & columns)


CHANGES = {"color": _color, "translation": _translation, "cutout": _cutout}

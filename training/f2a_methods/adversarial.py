"""Three adversarial losses on logits, shared by the methods.

``bce`` is the logarithms of Goodfellow et al., with -log D in place of log(1 - D) for the generator, the
usual non-saturating form. ``lsgan`` uses squared distances from 1 (real) and 0 (fake) instead (Mao et
al., 2017); ``hinge`` stops at margins of 1 and -1 (Lim and Ye, 2017; Miyato et al., 2018).
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, relu


class Adversarial(NamedTuple):
    """The discriminator's loss on real faces and on fakes, and the generator's on fakes."""

    real: Callable[[Tensor], Tensor]
    fake: Callable[[Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


def discriminator_loss(real: Tensor, fake: Tensor, kind: str = "bce") -> Tensor:
    """The discriminator's loss; with ``bce``, the negative of the paper's equation 4 or 5.

    Args:
        real: logits of real faces, any shape.
        fake: logits of translated faces.
        kind: one of `ADVERSARIAL`.

    Returns:
        A scalar. At chance level: 2 log 2 for ``bce``, 1/2 for ``lsgan``, 2 for ``hinge``.
    """
    adversarial = ADVERSARIAL[kind]
    return adversarial.real(real) + adversarial.fake(fake)


def adversarial_loss(fake: Tensor, kind: str = "bce") -> Tensor:
    """The generator's loss; with ``bce`` the mean of -log D(fake), log 2 at chance level."""
    return ADVERSARIAL[kind].generator(fake)


def _bce_real(logits: Tensor) -> Tensor:
    return binary_cross_entropy_with_logits(logits, torch.ones_like(logits))


def _bce_fake(logits: Tensor) -> Tensor:
    return binary_cross_entropy_with_logits(logits, torch.zeros_like(logits))


ADVERSARIAL = {
    "bce": Adversarial(_bce_real, _bce_fake, _bce_real),
    "lsgan": Adversarial(
        lambda real: (real - 1).square().mean(),
        lambda fake: fake.square().mean(),
        lambda fake: (fake - 1).square().mean(),
    ),
    "hinge": Adversarial(
        lambda real: relu(1 - real).mean(),
        lambda fake: relu(1 + fake).mean(),
        lambda fake: -fake.mean(),
    ),
}

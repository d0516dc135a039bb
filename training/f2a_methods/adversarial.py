"""Three adversarial losses on logits, for the methods to share.

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
    """The losses per score: of a real face and a fake for the discriminator, of a fake for the generator."""

    true: Callable[[Tensor], Tensor]
    fake: Callable[[Tensor], Tensor]
    fooling: Callable[[Tensor], Tensor]


def discriminator_loss(real: Tensor, fake: Tensor, kind: str = "bce") -> Tensor:
    """The discriminator's; with ``bce`` minus the paper's equation 4 or 5.

    Args:
        real: logits of real faces, any shape.
        fake: logits of translated faces.
        kind: one of `ADVERSARIAL`.

    Returns:
        A scalar; for ``bce`` 2 log 2, ``lsgan`` 1/2 and ``hinge`` 2 at chance.
    """
    adversarial = ADVERSARIAL[kind]
    return adversarial.true(real) + adversarial.fake(fake)


def adversarial_loss(fake: Tensor, kind: str = "bce") -> Tensor:
    """The generator's; with ``bce`` -log D(fake), averaged, which is log 2 at chance."""
    return ADVERSARIAL[kind].fooling(fake)


def _called_true(logits: Tensor) -> Tensor:
    return binary_cross_entropy_with_logits(logits, torch.ones_like(logits))


def _called_fake(logits: Tensor) -> Tensor:
    return binary_cross_entropy_with_logits(logits, torch.zeros_like(logits))


ADVERSARIAL = {
    "bce": Adversarial(_called_true, _called_fake, _called_true),
    "lsgan": Adversarial(
        lambda true: (true - 1).square().mean(),
        lambda fake: fake.square().mean(),
        lambda fake: (fake - 1).square().mean(),
    ),
    "hinge": Adversarial(
        lambda true: relu(1 - true).mean(),
        lambda fake: relu(1 + fake).mean(),
        lambda fake: -fake.mean(),
    ),
}

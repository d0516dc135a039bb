"""Equations 4 to 7 of the paper, on the discriminators' logits, and two other adversarial losses.

With x human and y anime, G: human to anime, F: anime to human:

    (4)  L_GAN(G, D_Y) = E_y[log D_Y(y)] + E_x[log(1 - D_Y(G(x)))]
    (5)  L_GAN(F, D_X) = E_x[log D_X(x)] + E_y[log(1 - D_X(F(y)))]
    (6)  L_cyc(G, F)   = E_x[|F(G(x)) - x|] + E_y[|G(F(y)) - y|]
    (7)  L             = L_GAN(G, D_Y) + L_GAN(F, D_X) + lambda L_cyc(G, F)

The discriminators ascend (4) and (5), which is to descend a binary cross-entropy (``bce``). The
generators descend (7) with log(1 - D) replaced by -log D, the usual non-saturating form (see the ADR).

``lsgan`` puts squared distances from 1 (true) and 0 (fake) in the place of the logarithms (Mao et al.,
2017); ``hinge`` stops at margins of 1 and -1 (Lim and Ye, 2017; Miyato et al., 2018).
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss, relu


class Adversarial(NamedTuple):
    """What each score costs: a true face and a fake the discriminator, a fake the generator."""

    true: Callable[[Tensor], Tensor]
    fake: Callable[[Tensor], Tensor]
    fooling: Callable[[Tensor], Tensor]


def discriminator_loss(real: Tensor, fake: Tensor, kind: str = "bce") -> Tensor:
    """Minus equation 4 or 5, for the discriminator.

    Args:
        real: logits of true faces, any shape.
        fake: logits of translated faces.
        kind: one of `f2a_train.choices.LOSSES`.

    Returns:
        A scalar; for ``bce`` 2 log 2, ``lsgan`` 1/2 and ``hinge`` 2 at a discriminator that cannot tell.
    """
    adversarial = ADVERSARIAL[kind]
    return adversarial.true(real) + adversarial.fake(fake)


def adversarial_loss(fake: Tensor, kind: str = "bce") -> Tensor:
    """The generator's part of equation 4 or 5: -log D(fake), averaged; log 2 where D cannot tell."""
    return ADVERSARIAL[kind].fooling(fake)


def cycle_loss(face: Tensor, cycled: Tensor) -> Tensor:
    """One term of equation 6: the mean absolute difference, 0 to 2 for pixels in [-1, 1]."""
    return l1_loss(cycled, face)


def total_loss(adversarial: Tensor, cycle: Tensor, weight: float) -> Tensor:
    """Equation 7 as the generators see it: both adversarial terms plus lambda times both cycle terms."""
    return adversarial + weight * cycle


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

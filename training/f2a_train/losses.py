"""Equations 4 to 7 of the paper, on the discriminators' logits.

With x human and y anime, G: human to anime, F: anime to human:

    (4)  L_GAN(G, D_Y) = E_y[log D_Y(y)] + E_x[log(1 - D_Y(G(x)))]
    (5)  L_GAN(F, D_X) = E_x[log D_X(x)] + E_y[log(1 - D_X(F(y)))]
    (6)  L_cyc(G, F)   = E_x[|F(G(x)) - x|] + E_y[|G(F(y)) - y|]
    (7)  L             = L_GAN(G, D_Y) + L_GAN(F, D_X) + lambda L_cyc(G, F)

The discriminators ascend (4) and (5), which is to descend a binary cross-entropy. The generators
descend (7) with log(1 - D) replaced by -log D, the usual non-saturating form (see the ADR).
"""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Minus equation 4 or 5, for the discriminator.

    Args:
        real: logits of true faces, any shape.
        fake: logits of translated faces.

    Returns:
        A scalar, 2 log 2 for a discriminator that cannot tell.
    """
    return _cross_entropy(real, 1.0) + _cross_entropy(fake, 0.0)


def adversarial_loss(fake: Tensor) -> Tensor:
    """The generator's part of equation 4 or 5: -log D(fake), averaged; log 2 where D cannot tell."""
    return _cross_entropy(fake, 1.0)


def cycle_loss(face: Tensor, cycled: Tensor) -> Tensor:
    """One term of equation 6: the mean absolute difference, 0 to 2 for pixels in [-1, 1]."""
    return l1_loss(cycled, face)


def total_loss(adversarial: Tensor, cycle: Tensor, weight: float) -> Tensor:
    """Equation 7 as the generators see it: both adversarial terms plus lambda times both cycle terms."""
    return adversarial + weight * cycle


def _cross_entropy(logits: Tensor, label: float) -> Tensor:
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))

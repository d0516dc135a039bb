"""Equations 6 and 7 of the paper; `f2a_methods.adversarial` has 4 and 5.

With x human and y anime, G: human to anime, F: anime to human:

    (4)  L_GAN(G, D_Y) = E_y[log D_Y(y)] + E_x[log(1 - D_Y(G(x)))]
    (5)  L_GAN(F, D_X) = E_x[log D_X(x)] + E_y[log(1 - D_X(F(y)))]
    (6)  L_cyc(G, F)   = E_x[|F(G(x)) - x|] + E_y[|G(F(y)) - y|]
    (7)  L             = L_GAN(G, D_Y) + L_GAN(F, D_X) + lambda L_cyc(G, F)

The discriminators maximise (4) and (5): they minimise a binary cross-entropy (``bce``). The generators
minimise (7), with -log D in place of log(1 - D), the usual non-saturating form (see ADR 4).
"""

from torch import Tensor
from torch.nn.functional import l1_loss


def cycle_loss(face: Tensor, cycled: Tensor) -> Tensor:
    """One term of equation 6: the mean absolute difference, 0 to 2 for pixels in [-1, 1]."""
    return l1_loss(cycled, face)


def total_loss(adversarial: Tensor, cycle: Tensor, weight: float) -> Tensor:
    """Equation 7, the generators' loss: both adversarial terms plus lambda times both cycle terms."""
    return adversarial + weight * cycle

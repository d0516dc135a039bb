"""The zero-centred gradient penalty R1 (Mescheder et al., 2018, arXiv:1801.04406, equation 9).

It penalises the discriminator's gradient at real faces. Without it, training does not converge to the
equilibrium but circles around it.
"""

import torch
from torch import Tensor, nn

EVERY = 16
"""Steps between penalties; the weight is multiplied by it (lazy regularisation, as in StyleGAN2)."""


def is_due(step: int) -> bool:
    """Whether this step has the penalty."""
    return step % EVERY == 0


def gradient_penalty(discriminator: nn.Module, faces: Tensor) -> Tensor:
    """Half the squared norm of the gradient of each face's mean score, averaged over the batch.

    Args:
        discriminator: its ``forward`` is called directly, since compiled networks have no second derivative.
        faces: real faces, float32, (N, 3, S, S).

    Returns:
        A scalar, to be multiplied by the weight and by `EVERY`.
    """
    faces = faces.detach().requires_grad_()
    scores = discriminator.forward(faces).flatten(1).mean(dim=1)
    (gradient,) = torch.autograd.grad(scores.sum(), faces, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean() / 2

"""The zero-centred gradient penalty R1 (Mescheder et al., 2018, arXiv:1801.04406, equation 9).

When fakes equal real faces, a discriminator should have no gradient; the penalty
removes its gradient at real faces, without which training circles around that point.
"""

import torch
from torch import Tensor, nn

EVERY = 16
"""Computed every 16th step, with 16 times the weight (lazy regularisation, as in StyleGAN2)."""


def is_due(step: int) -> bool:
    """Whether this step has the penalty."""
    return step % EVERY == 0


def gradient_penalty(discriminator: nn.Module, faces: Tensor) -> Tensor:
    """Half the squared norm of the gradient of each face's mean score, averaged over the batch.

    Args:
        discriminator: any map of scores from faces; its ``forward`` is called in fp32, since a compiled
            network has no second derivative.
        faces: real ones, float32, (N, 3, S, S).

    Returns:
        A scalar, to be multiplied by the weight and by `EVERY`.
    """
    faces = faces.detach().requires_grad_()
    scores = discriminator.forward(faces).flatten(1).mean(dim=1)
    (gradient,) = torch.autograd.grad(scores.sum(), faces, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean() / 2

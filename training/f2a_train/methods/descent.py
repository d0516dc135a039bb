"""One step of an optimiser, for the methods to share."""

import torch
from torch import Tensor


def descend(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """Move the optimiser's weights down the gradient of a scalar loss."""
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()

"""One step of an optimiser, for the methods to share."""

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from f2a_methods import processes


def descend(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """Move the optimiser's weights down the gradient of a scalar loss."""
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()


class Side(nn.Module):
    """Networks that one optimiser trains, as one module whose forward is any function of them."""

    def __init__(self, networks: Iterable[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, function: Callable[..., Any], *inputs: object) -> Any:  # noqa: ANN401
        """Call the function."""
        return function(*inputs)


def side_of(networks: Iterable[nn.Module]) -> nn.Module:
    """A `Side`; with several processes one whose gradients `descend` gets averaged over all of them.

    `DistributedDataParallel` wants one forward for each backward, and a step passes through its networks
    several times. So call the function that computes the loss through this: ``side(function, *inputs)``. All
    weights of the networks must take part in that loss.
    """
    side = Side(networks)
    if processes.count() == 1:
        return side
    warnings.filterwarnings("ignore", "Grad strides do not match")  # which costs little
    # Buffers are the same everywhere: they are functions of the weights (spectral normalisation).
    return DistributedDataParallel(side, forward_sync_buffers=False)

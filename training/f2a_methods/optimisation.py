"""One step of an optimiser, for the methods to share."""

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from f2a_methods import processes


def update(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step of gradient descent on a scalar loss: zero the gradients, backward, step."""
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()


class NetworkGroup(nn.Module):
    """The networks of one optimiser as a module; its ``forward`` calls any function that uses them."""

    def __init__(self, networks: Iterable[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, function: Callable[..., Any], *inputs: object) -> Any:  # noqa: ANN401
        """Call the function."""
        return function(*inputs)


def network_group(networks: Iterable[nn.Module]) -> nn.Module:
    """A `NetworkGroup`; with several processes, one that averages the gradients over all of them.

    `DistributedDataParallel` needs one forward for each backward, and a step passes through its networks
    several times. So call the function that computes the loss through this: ``group(function, *inputs)``.
    The loss must depend on all weights of the networks.
    """
    group = NetworkGroup(networks)
    if processes.world_size() == 1:
        return group
    warnings.filterwarnings("ignore", "Grad strides do not match")  # the cost is small
    # Buffers are the same everywhere: they are functions of the weights (spectral normalisation).
    return DistributedDataParallel(group, forward_sync_buffers=False)

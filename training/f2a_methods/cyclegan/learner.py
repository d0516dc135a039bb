"""CycleGAN's `Learner`: the four networks, their optimisers, and the pools of fakes."""

import logging
import os
import shutil
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from f2a_manifests import ExitCode, FatalError
from f2a_methods.cyclegan.generators import make_generator as generator
from f2a_methods.cyclegan.networks import CycleGan
from f2a_methods.cyclegan.pool import Pool
from f2a_methods.cyclegan.settings import CycleGanConfig
from f2a_methods.cyclegan.step import Step
from f2a_methods.method import StepContext
from f2a_methods.optimisation import network_group

__all__ = ["Learner", "generator"]
log = logging.getLogger(__name__)


class Learner:
    """See `f2a_methods.method.Learner`.

    Args:
        config: the settings.
        size: pixels of a face's side.
        device: of the networks.

    Attributes:
        networks: all four.
        optimisers: Adam for both generators, and for both discriminators.
        pools: earlier fakes, by their domain.

    Raises:
        ValueError: the method does not support the faces' size.
        FatalError: ``compile`` is set and there is no C++ compiler.
    """

    def __init__(self, config: CycleGanConfig, size: int, device: torch.device) -> None:
        check_compiler(config, device)
        self._config = config
        # channels_last makes bf16 convolutions faster on CUDA, but not on a CPU.
        layout = torch.channels_last if device.type == "cuda" else torch.contiguous_format
        self.networks: CycleGan = CycleGan(config, size).to(device, memory_format=layout)  # type: ignore[call-overload]
        self.optimisers = self._adam(self.generators), self._adam(self.networks.discriminators)
        self._groups = (
            network_group(self.generators.values()),
            network_group(self.networks.discriminators.values()),
        )
        empty = torch.empty((0, 3, size, size), device=device)
        self.pools = {
            domain: Pool(config.pool, (config.seed, number), empty)
            for number, domain in enumerate(("human", "anime"))
        }
        for network in self.networks.children() if compiles(config, device) else ():
            network.compile(dynamic=False)

    @property
    def generators(self) -> dict[str, nn.Module]:
        """Both, by direction."""
        return self.networks.generators

    def step(self, human: Tensor, anime: Tensor, context: StepContext) -> dict[str, Tensor]:
        """See `f2a_methods.method.Learner.step`."""
        step = Step(self._config, self.networks, self.optimisers, self._groups, self.pools, context)
        return step.take(human, anime)

    def extra_state(self) -> dict[str, Tensor]:
        """The pools' fakes by domain, (up to ``pool``, 3, S, S)."""
        return {domain: pool.faces for domain, pool in self.pools.items()}

    def load_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """See `f2a_methods.method.Learner.load_extra_state`."""
        for domain, pool in self.pools.items():
            pool.restore(state[domain])

    def _adam(self, networks: dict[str, nn.Module]) -> torch.optim.Adam:
        weights = [weight for network in networks.values() for weight in network.parameters()]
        betas = (self._config.beta1, 0.999)
        return torch.optim.Adam(weights, self._config.learning_rate, betas=betas, fused=True)


def check_compiler(config: CycleGanConfig, device: torch.device) -> None:
    """Check that the networks can be compiled; warn if ``compile`` is ignored.

    Raises:
        FatalError: there is no C++ compiler.
    """
    compilers = [os.environ.get("CXX", "g++"), "clang++"]
    if config.compile and not compiles(config, device):
        log.warning("compile would make U-Nets slower on a CPU: nothing is compiled")
    elif config.compile and not any(map(shutil.which, compilers)):
        raise FatalError(
            "compile needs a C++ compiler: install g++ or clang++ (or set CXX), or set compile to false",
            ExitCode.USAGE,
        )


def compiles(config: CycleGanConfig, device: torch.device) -> bool:
    """Whether the networks are compiled: if asked for, except for U-Nets on a CPU."""
    return config.compile and not (config.generator == "unet" and device.type == "cpu")

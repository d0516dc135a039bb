"""CycleGAN for the engine: the four networks, their optimisers, and the pools of fakes."""

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
from f2a_methods.descent import side_of
from f2a_methods.method import Moment

__all__ = ["Learner", "generator"]
log = logging.getLogger(__name__)


class Learner:
    """See `f2a_methods.method.Learner`.

    Args:
        config: the settings.
        size: pixels of a face's side.
        device: where to compute.

    Attributes:
        networks: all four.
        optimisers: Adam for both generators, and for both discriminators.
        pools: earlier fakes, by their domain.

    Raises:
        ValueError: the method does not support the faces' size.
        FatalError: there is no compiler where one is needed.
    """

    def __init__(self, config: CycleGanConfig, size: int, device: torch.device) -> None:
        check_compiler(config, device)
        self._config = config
        # Convolutions in bf16 are faster on CUDA with the channels last, on a CPU they are not.
        layout = torch.channels_last if device.type == "cuda" else torch.contiguous_format
        self.networks: CycleGan = CycleGan(config, size).to(device, memory_format=layout)  # type: ignore[call-overload]
        self.optimisers = self._adam(self.generators), self._adam(self.networks.discriminators)
        self._sides = side_of(self.generators.values()), side_of(self.networks.discriminators.values())
        empty = torch.empty((0, 3, size, size), device=device)
        self.pools = {
            domain: Pool(config.pool, (config.seed, number), empty)
            for number, domain in enumerate(("human", "anime"))
        }
        for network in self.networks.children() if compiles(config, device) else ():
            network.compile(dynamic=False)

    @property
    def generators(self) -> dict[str, nn.Module]:
        """Both, by the direction they translate in."""
        return self.networks.generators

    def step(self, human: Tensor, anime: Tensor, moment: Moment) -> dict[str, Tensor]:
        """See `f2a_methods.method.Learner.step`."""
        step = Step(self._config, self.networks, self.optimisers, self._sides, self.pools, moment)
        return step.take(human, anime)

    def memory(self) -> dict[str, Tensor]:
        """The pools' fakes, by their domain: (up to ``pool``, 3, S, S)."""
        return {domain: pool.faces for domain, pool in self.pools.items()}

    def recall(self, memory: Mapping[str, Tensor]) -> None:
        """See `f2a_methods.method.Learner.recall`."""
        for domain, pool in self.pools.items():
            pool.restore(memory[domain])

    def _adam(self, networks: dict[str, nn.Module]) -> torch.optim.Adam:
        weights = [weight for network in networks.values() for weight in network.parameters()]
        betas = (self._config.beta1, 0.999)
        return torch.optim.Adam(weights, self._config.learning_rate, betas=betas, fused=True)


def check_compiler(config: CycleGanConfig, device: torch.device) -> None:
    """Refuse to compile where that cannot work, and warn where it would be slower.

    Raises:
        FatalError: ``compile`` without a C++ compiler.
    """
    compilers = [os.environ.get("CXX", "g++"), "clang++"]
    if config.compile and not compiles(config, device):
        log.warning("compile would make U-Nets slower on a CPU: nothing is compiled")
    elif config.compile and not any(map(shutil.which, compilers)):
        raise FatalError(
            "compile needs a C++ compiler (g++ or clang++, or what CXX names), and there is none; "
            "install one, or set compile to false",
            ExitCode.USAGE,
        )


def compiles(config: CycleGanConfig, device: torch.device) -> bool:
    """Whether the networks are compiled: if asked for, except for U-Nets on a CPU."""
    return config.compile and not (config.generator == "unet" and device.type == "cpu")

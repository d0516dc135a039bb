"""Everything that changes as a run goes on, and that a checkpoint therefore holds."""

import copy
from typing import Any

import torch
from torch import Tensor, nn

from f2a_manifests import FatalError, first_line
from f2a_train.average import Average
from f2a_train.checkpoint import Checkpoint, Origin
from f2a_train.config import Config
from f2a_train.machine import check_machine, compiles
from f2a_train.networks import CycleGan
from f2a_train.pool import Pool


class State:
    """A run's networks, optimisers, average and pools, and the number of steps done.

    Attributes:
        config: the choices.
        origin: the data.
        device: where the networks lie.
        step: steps done.
        networks: the four networks.
        generators: Adam for both generators.
        discriminators: Adam for both discriminators.
        average: of the generators; None if there is none.
        pools: earlier fakes, by their domain.
        rate_factor: multiplies the discriminators' rate; may be changed between steps.
        augment_strength: of `f2a_train.augment`; may be changed between steps.
        watch: the watchdog's memory, see `f2a_train.watch_limits`.

    Raises:
        FatalError: the faces' size cannot be worked with, or there is no compiler where one is needed.
    """

    def __init__(self, config: Config, origin: Origin, device: torch.device) -> None:
        check_machine(config, device)
        torch.manual_seed(config.seed)
        self.config, self.origin, self.device, self.step = config, origin, device, 0
        self.rate_factor = self.augment_strength = 1.0
        self.watch: dict[str, Any] = {}
        self.networks = _build(config, origin.size, device)
        half_life = config.ema_half_life
        self.average = Average(self.networks.generators, half_life) if half_life else None
        self.generators = self._adam(self.networks.generators)
        self.discriminators = self._adam(self.networks.discriminators)
        shape = (0, 3, origin.size, origin.size)
        self.pools = {
            domain: Pool(config.pool, (config.seed, number), torch.empty(shape, device=device))
            for number, domain in enumerate(("human", "anime"))
        }
        for network in self.networks.children() if compiles(config, device) else ():
            network.compile(dynamic=False)

    def snapshot(self) -> Checkpoint:
        """A copy of it all, which later steps do not change; `restore` takes it back."""
        return copy.deepcopy(self.checkpoint())

    def checkpoint(self) -> Checkpoint:
        """It all, sharing memory with the run: to be written before the next step."""
        return Checkpoint(
            config=self.config,
            origin=self.origin,
            step=self.step,
            networks=self.networks.state_dict(),
            averages=self.average.generators.state_dict() if self.average else {},
            optimisers=[self.generators.state_dict(), self.discriminators.state_dict()],
            pools={domain: pool.faces for domain, pool in self.pools.items()},
            rng=_get_rng(),
            rate_factor=self.rate_factor,
            augment_strength=self.augment_strength,
            watch=self.watch,
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Be again as the checkpoint says, in every number that a later step depends on.

        Raises:
            FatalError: it does not fit.
        """
        try:
            self._load(checkpoint)
        except (RuntimeError, ValueError, TypeError, AttributeError, KeyError) as error:
            raise FatalError(f"the state does not fit this run: {first_line(error)}") from None

    def _load(self, checkpoint: Checkpoint) -> None:
        self.networks.load_state_dict(checkpoint.networks)
        if self.average:
            self.average.generators.load_state_dict(checkpoint.averages)
        optimisers = (self.generators, self.discriminators)
        for optimiser, state in zip(optimisers, checkpoint.optimisers, strict=True):
            optimiser.load_state_dict(copy.deepcopy(state))  # it would go on with these very tensors
        for domain, pool in self.pools.items():
            pool.restore(checkpoint.pools[domain])
        _set_rng(checkpoint.rng)
        self.step = checkpoint.step
        self.rate_factor, self.augment_strength = checkpoint.rate_factor, checkpoint.augment_strength
        self.watch = dict(checkpoint.watch)

    def _adam(self, networks: dict[str, nn.Module]) -> torch.optim.Adam:
        weights = [weight for network in networks.values() for weight in network.parameters()]
        betas = (self.config.beta1, 0.999)
        return torch.optim.Adam(weights, self.config.learning_rate, betas=betas, fused=True)


def _build(config: Config, size: int, device: torch.device) -> CycleGan:
    try:
        networks = CycleGan(config, size)
    except ValueError as error:
        raise FatalError(str(error)) from None
    # Convolutions in bf16 are faster on CUDA with the channels last, on a CPU they are not.
    layout = torch.channels_last if device.type == "cuda" else torch.contiguous_format
    return networks.to(device, memory_format=layout)  # type: ignore[call-overload, no-any-return]


def _get_rng() -> list[Tensor]:
    """The state of torch's generators, CPU first; no other generator is used in training."""
    return [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [])]


def _set_rng(states: list[Tensor]) -> None:
    """Set the generators that `_get_rng` read; a device that this machine lacks is passed over."""
    torch.set_rng_state(states[0])
    for device, state in enumerate(states[1 : 1 + torch.cuda.device_count()]):
        torch.cuda.set_rng_state(state, device)

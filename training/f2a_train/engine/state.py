"""Everything that changes during a run; checkpoints contain it."""

import copy
from typing import Any

import torch
from torch import Tensor, nn

from f2a_manifests import FatalError, first_line
from f2a_methods import method_of, processes
from f2a_methods.config import Config
from f2a_train.engine.average import Average
from f2a_train.engine.checkpoint import Checkpoint, RunOrigin, packed, unpacked


class SizeError(FatalError):
    """A method does not support faces of this size."""


class State:
    """A run's learner, the moving average of its generators, and the number of steps done.

    Attributes:
        config: the settings.
        origin: the data.
        device: where the networks are.
        step: steps done.
        learner: the method's.
        average: of the generators, or None.
        rate_factor: multiplies the discriminators' learning rate; may be changed between steps.
        augment_strength: multiplies the strength of the augmentation; may be changed between steps.
        watch: the watchdog's memory, see `f2a_train.engine.watch_limits`.

    Raises:
        SizeError: the method does not support the faces' size.
        FatalError: the settings are not supported on this machine.
    """

    def __init__(self, config: Config, origin: RunOrigin, device: torch.device) -> None:
        torch.manual_seed(config.seed)
        self.config, self.origin, self.device, self.step = config, origin, device, 0
        self.rate_factor = self.augment_strength = 1.0
        self.watch: dict[str, Any] = {}
        try:
            self.learner = method_of(config).learner(config, origin.size, device)
        except ValueError as error:
            raise SizeError(str(error)) from None
        half_life = config.ema_half_life
        self.average = Average(self.learner.generators, half_life) if half_life else None

    @property
    def networks(self) -> nn.Module:
        """All trained networks."""
        return self.learner.networks

    def snapshot(self) -> Checkpoint:
        """A copy of the whole state, independent of later steps; `restore` takes it back."""
        return copy.deepcopy(self.checkpoint())

    def checkpoint(self) -> Checkpoint:
        """The whole state, sharing memory with the run: write it before the next step."""
        return Checkpoint(
            config=self.config,
            origin=self.origin,
            step=self.step,
            networks=self.networks.state_dict(),
            averages=self.average.generators.state_dict() if self.average else {},
            optimisers=[optimiser.state_dict() for optimiser in self.learner.optimisers],
            memory=self.learner.extra_state(),
            rng=_get_rng(self.device),
            rate_factor=self.rate_factor,
            augment_strength=self.augment_strength,
            watch=self.watch,
        )

    def follow(self) -> None:
        """Copy the first process's state, so that only that process reads the run's files."""
        if processes.world_size() > 1:
            first = unpacked(processes.run_on_first(lambda: packed(self.checkpoint())))
            self.config = first.config
            self.restore(first)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Restore the checkpoint, in every value that a later step depends on.

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
        for optimiser, state in zip(self.learner.optimisers, checkpoint.optimisers, strict=True):
            optimiser.load_state_dict(copy.deepcopy(state))  # it would continue with these same tensors
        self.learner.load_extra_state(checkpoint.memory)
        _set_rng(checkpoint.rng, self.device)
        self.step = checkpoint.step
        self.rate_factor, self.augment_strength = checkpoint.rate_factor, checkpoint.augment_strength
        self.watch = dict(checkpoint.watch)


def _get_rng(device: torch.device) -> list[Tensor]:
    """The state of torch's generators: the CPU's, then the GPU's if one is used. Training uses no others."""
    return [torch.get_rng_state(), *([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])]


def _set_rng(states: list[Tensor], device: torch.device) -> None:
    """Set the generators that `_get_rng` read; that of a GPU that is not used here is skipped."""
    torch.set_rng_state(states[0])
    if device.type == "cuda" and len(states) > 1:
        torch.cuda.set_rng_state(states[1], device)

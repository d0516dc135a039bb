"""The engine's interface to a training method.

A method is a package in `f2a_methods`. It declares its settings and builds a `Learner`, which does the
training steps. The engine does the rest: data, precision, checkpoints, weight averages, logs, the watchdog.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from f2a_methods.config import Config

if TYPE_CHECKING:  # the command line reads presets, and torch takes seconds
    import torch
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a training step depends on besides the data.

    Attributes:
        step: the number of steps done before.
        rate_factor: multiplies the discriminators' learning rate; the watchdog lowers it.
        augment_strength: multiplies the strength of the augmentation, 0 to `STRONGEST`; the watchdog raises
            it.
        bf16: whether to use bf16 autocast.
    """

    step: int
    rate_factor: float = 1.0
    augment_strength: float = 1.0
    bf16: bool = False


STRONGEST = 1.5
"""The largest augmentation strength: cutout then covers three quarters of the side."""


class Learner(Protocol):
    """Trains the networks. Made from a config, the faces' size in pixels, and a device.

    Attributes:
        networks: everything that is trained, each generator under the name of its direction. Checkpoints
            contain its state.
        generators: by direction; the engine averages their weights.
        optimisers: in a fixed order. Checkpoints contain their state.
    """

    networks: "nn.Module"
    optimisers: "Sequence[torch.optim.Optimizer]"

    @property
    def generators(self) -> "dict[str, nn.Module]":
        """See the class."""

    def step(self, human: "Tensor", anime: "Tensor", context: StepContext) -> "dict[str, Tensor]":
        """Train on one batch of each domain, or this process' part of it (see `f2a_methods.processes`).

        Args:
            human: float32 in [-1, 1], (N, 3, S, S).
            anime: likewise.
            context: the step's number, and what the watchdog has changed.

        Returns:
            The losses named in `Method.losses`: detached scalars from before the update, each a mean over
            the faces. Any randomness is a function of the seed and the step, or comes from torch's
            generators through `f2a_methods.processes.sample`.
        """

    def extra_state(self) -> "dict[str, Tensor]":
        """Tensors that later steps depend on, besides networks and optimisers; checkpoints contain them."""

    def load_extra_state(self, state: "Mapping[str, Tensor]") -> None:
        """Restore what `extra_state` returned.

        Raises:
            ValueError: a tensor has the wrong shape.
            KeyError: a tensor is missing.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A training method.

    Attributes:
        config: the class of its settings.
        presets: by name; no other method has the same names.
        running: how each preset is run by default, where it differs from `f2a_train.engine.options.Options`.
        losses: the names of the losses that a step returns, in the order of ``losses.csv``.
        shown: the losses on the progress bar.
        charts: the losses of each chart, by its title.
        directions: the directions it translates in.
        module: the name of a module with a class ``Learner`` and a function ``generator(config, size)``,
            which builds the generator of either direction. It is imported when it is used, because torch
            takes long. Both raise `ValueError` for a size that they do not support.
    """

    config: type[Config]
    presets: Mapping[str, Any]
    running: Mapping[str, Mapping[str, Any]]
    losses: tuple[str, ...]
    shown: tuple[str, ...]
    charts: Mapping[str, tuple[str, ...]]
    directions: tuple[str, ...]
    module: str

    def learner(self, config: Config, size: int, device: "torch.device") -> Learner:
        """Build the learner; its weights depend on torch's random state."""
        learner: Learner = import_module(self.module).Learner(config, size, device)
        return learner

    def generator(self, config: Config, size: int) -> "nn.Module":
        """Build a generator, whose weights are to be loaded."""
        generator: nn.Module = import_module(self.module).generator(config, size)
        return generator

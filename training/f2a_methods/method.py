"""The engine's interface to a training method.

A method is a package of `f2a_methods`. It declares its settings and builds a `Learner`, which takes
the steps. Everything else is the engine's: faces, precision, checkpoints, averages, logs, the watchdog.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from f2a_methods.config import Config, Mode

if TYPE_CHECKING:  # the command line reads presets, and torch takes seconds
    import torch
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Moment:
    """When a step is taken, and what the watchdog has changed so far.

    Attributes:
        step: steps done before.
        rate_factor: multiplies the discriminators' learning rate.
        augment_strength: multiplies how strongly the discriminators' faces are augmented, 0 to `STRONGEST`.
        bf16: whether the networks' passes are in bf16 where autocast allows it.
    """

    step: int
    rate_factor: float = 1.0
    augment_strength: float = 1.0
    bf16: bool = False


STRONGEST = 1.5
"""Beyond this, a cut-out of three quarters of the side would leave too little."""


class Learner(Protocol):
    """Trains the networks. Made from a config, the faces' size in pixels, and a device.

    Attributes:
        networks: everything that is trained, each generator under the name of its direction; its state goes
            into checkpoints.
        generators: by direction; their average is the engine's.
        optimisers: in a fixed order; theirs too.
    """

    networks: "nn.Module"
    optimisers: "Sequence[torch.optim.Optimizer]"

    @property
    def generators(self) -> "dict[str, nn.Module]":
        """See the class."""

    def step(self, human: "Tensor", anime: "Tensor", moment: Moment) -> "dict[str, Tensor]":
        """Train on one batch of each domain, or on this process' part: see `f2a_methods.processes`.

        Args:
            human: float32 in [-1, 1], (N, 3, S, S).
            anime: likewise.
            moment: when.

        Returns:
            The method's `Method.losses`, scalars without a gradient, as they were before the update, each a
            mean over the faces. Any randomness is a function of the seed and the step, or is from torch's
            generators by way of `f2a_methods.processes.drawn`.
        """

    def memory(self) -> "dict[str, Tensor]":
        """Further tensors that later steps depend on."""

    def recall(self, memory: "Mapping[str, Tensor]") -> None:
        """Restore what `memory` returned.

        Raises:
            ValueError: it does not fit.
            KeyError: something is missing.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A training method.

    Attributes:
        config: the class of its settings.
        presets: by name; no other method has the same names.
        watchdog: what the watchdog does by default, by preset.
        losses: what a step reports, in the order of ``losses.csv``.
        shown: those that the progress bar shows.
        charts: losses that are drawn into one chart, by its title.
        directions: that it translates in.
        module: the name of one with ``Learner``, and with ``generator(config, size)``, which builds the
            generator of any direction; imported when it is used, for torch's sake. Both raise `ValueError`
            for a size that they cannot work with.
    """

    config: type[Config]
    presets: Mapping[str, Any]
    watchdog: Mapping[str, Mode]
    losses: tuple[str, ...]
    shown: tuple[str, ...]
    charts: Mapping[str, tuple[str, ...]]
    directions: tuple[str, ...]
    module: str

    def learner(self, config: Config, size: int, device: "torch.device") -> Learner:
        """Build the learner, from torch's random state."""
        learner: Learner = import_module(self.module).Learner(config, size, device)
        return learner

    def generator(self, config: Config, size: int) -> "nn.Module":
        """Build a generator whose weights are yet to be loaded."""
        generator: nn.Module = import_module(self.module).generator(config, size)
        return generator

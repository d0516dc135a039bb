"""The exponential moving average of the generators, which translates better than any single step.

An exponential moving average with a half-life in images, so that it does not depend on the batch size, and a
ramp, so that the untrained first weights are soon forgotten (Karras et al., 2020,
arXiv:2006.06676, appendix D and their code).
"""

import copy

from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

RAMP = 0.05
"""At first the half-life is this share of the images seen so far."""


class Average:
    """Averaged copies of the generators, in evaluation mode and without gradients.

    Args:
        generators: by their names; the average begins as they are.
        half_life: in images.
    """

    def __init__(self, generators: dict[str, nn.Module], half_life: float) -> None:
        self._live = nn.ModuleDict(generators)
        self.generators = copy.deepcopy(self._live).eval().requires_grad_(requires_grad=False)
        self._half_life = half_life

    def restart(self) -> None:
        """Start again from the generators as they are now."""
        self.generators.load_state_dict(self._live.state_dict())

    def update(self, seen: int, images: int) -> None:
        """Move towards the generators' weights.

        Args:
            seen: images of one domain seen so far, those of this step included.
            images: those of this step.
        """
        decay = 0.5 ** (images / min(self._half_life, RAMP * seen))
        averages, weights = list(self.generators.parameters()), list(self._live.parameters())
        get_ema_multi_avg_fn(decay)(averages, weights, None)  # type: ignore[no-untyped-call]

"""A history of fakes for a discriminator (Shrivastava et al., 2017, arXiv:1612.07828, section 2.3).

A discriminator that only sees the newest fakes forgets what earlier ones looked like, and the two sides
chase each other in circles.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(slots=True)
class Pool:
    """Up to ``size`` earlier fakes of one domain.

    What it chooses is a function of the seed and the step alone, as with `f2a_train.data.faces.Sampler`; its
    faces are state, and the checkpoint has them.

    Attributes:
        size: how many it keeps; with 0 every fake passes through.
        seed: the run's seed and the domain's number.
        faces: what it keeps, (up to ``size``, 3, S, S), in the order in which they came.
    """

    size: int
    seed: tuple[int, int]
    faces: Tensor

    def exchange(self, fakes: Tensor, step: int) -> Tensor:
        """Fakes for the discriminator: while the pool fills, these; then about half of them are older ones.

        Args:
            fakes: (N, 3, S, S), without gradient.
            step: the run's.

        Returns:
            The same shape. A fake that was exchanged stays in the pool in the place of the older one.
        """
        free = min(self.size - len(self.faces), len(fakes))
        if free > 0:
            self.faces = torch.cat([self.faces, fakes[:free]])
            return fakes
        leaving, entering = self._choice(len(fakes), step)
        chosen = fakes.clone()
        chosen[entering] = self.faces[leaving]
        self.faces[leaving] = fakes[entering]
        return chosen

    def restore(self, faces: Tensor) -> None:
        """Restore earlier faces.

        Raises:
            ValueError: they are too many, or of another shape.
        """
        if len(faces) > self.size or faces.shape[1:] != self.faces.shape[1:]:
            raise ValueError(f"a pool of {tuple(faces.shape)}")
        self.faces = faces.to(self.faces, copy=True)

    def _choice(self, fakes: int, step: int) -> tuple[Tensor, Tensor]:
        """Places in the pool and places in the batch that are swapped."""
        random = np.random.default_rng((*self.seed, 2, step))
        entering = np.flatnonzero(random.random(fakes) < 0.5)[: self.size]
        leaving = random.permutation(self.size)[: len(entering)]
        device = self.faces.device
        return torch.from_numpy(leaving).to(device), torch.from_numpy(entering).to(device)

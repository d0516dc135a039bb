"""A history of fakes for a discriminator (Shrivastava et al., 2017, arXiv:1612.07828, section 2.3).

A discriminator that sees only the newest fakes forgets earlier ones, and training oscillates.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(slots=True)
class Pool:
    """Up to ``size`` earlier fakes of one domain.

    Its choices depend on the seed and the step only. Checkpoints contain its faces.

    Attributes:
        size: how many it keeps; 0: none, fakes are returned as they are.
        seed: the run's seed and the domain's number.
        faces: the fakes it keeps, (up to ``size``, 3, S, S).
    """

    size: int
    seed: tuple[int, int]
    faces: Tensor

    def exchange(self, fakes: Tensor, step: int) -> Tensor:
        """Replace about half of the fakes by earlier ones, once the pool is full.

        Args:
            fakes: (N, 3, S, S), without gradient.
            step: of the run.

        Returns:
            Fakes for the discriminator, the same shape. Each one that was replaced takes the earlier one's
            place in the pool.
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
            ValueError: there are too many, or their shape is wrong.
        """
        if len(faces) > self.size or faces.shape[1:] != self.faces.shape[1:]:
            raise ValueError(f"a pool of {tuple(faces.shape)}")
        self.faces = faces.to(self.faces, copy=True)

    def _choice(self, fakes: int, step: int) -> tuple[Tensor, Tensor]:
        """Indices into the pool and into the batch, of the fakes to exchange."""
        random = np.random.default_rng((*self.seed, 2, step))
        entering = np.flatnonzero(random.random(fakes) < 0.5)[: self.size]
        leaving = random.permutation(self.size)[: len(entering)]
        device = self.faces.device
        return torch.from_numpy(leaving).to(device), torch.from_numpy(entering).to(device)

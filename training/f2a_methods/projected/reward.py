"""A reward model: would a judge call the result a whole and clean drawing?

As in ImageReward (Xu et al. 2023, arXiv:2304.05977), a model of human judgements becomes a loss: the
discriminators do not object to everything that people do. The model is linear, on the mean features of the
first levels of `f2a_detector.network`, frozen. `benchmarks/fit_reward.py` fits it to verdicts on results.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.nn.utils import skip_init

from f2a_faces.detectors.f2a import GREY
from f2a_methods.projected.framing import random_affine
from f2a_metrics.backbone import resized

SHIPPED = Path(__file__).parent / "weights" / "reward.npz"
SIDE = 256
"""Size to which a result is enlarged, in pixels."""
WIDTHS = (16, 32, 80, 160, 224)
"""Channels of the stem and of the levels of the detector, at strides 2 to 32."""
REPEATS = (1, 2, 4, 4)
"""Residual blocks of the levels."""
FEATURES = sum(WIDTHS[1:])
MOVED = 0.5
"""Strength of the random movements before a result is judged: a weight on fixed pixels could be exploited."""
ENOUGH = 1.5
"""Logit around which the loss fades, so that good results are left to the discriminators."""


class RewardModel(nn.Module):
    """The model, without weights; see `shipped`."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(_convolution(3, WIDTHS[0], 3, stride=2), nn.ReLU())
        self.levels = nn.ModuleList(
            nn.ModuleList([_block(inside, outside, 2), *(_block(outside, outside) for _ in range(repeats))])
            for (inside, outside), repeats in zip(pairwise(WIDTHS), REPEATS, strict=True)
        )
        self.head = skip_init(nn.Linear, FEATURES, 1)  # type: ignore[no-untyped-call]
        self.requires_grad_(requires_grad=False)

    def features(self, faces: Tensor) -> Tensor:
        """The means of the levels' maps.

        Args:
            faces: float32 in [-1, 1], (N, 3, S, S).

        Returns:
            float32, (N, `FEATURES`).
        """
        maps = self.stem(
            ((resized(faces, SIDE) + 1) * 127.5 - GREY).contiguous(memory_format=torch.channels_last)
        )
        means = []
        for level in self.levels:
            strided, *residuals = level.children()
            maps = strided(maps)
            for block in residuals:
                maps = maps + block(maps)
            means.append(maps.mean((2, 3)))
        return torch.cat(means, 1)

    def forward(self, faces: Tensor) -> Tensor:
        """Logits of a judge's approval, float32 (N,), of faces as in `features`."""
        logits: Tensor = self.head(self.features(faces))[:, 0]
        return logits


def shipped() -> RewardModel:
    """The model with the weights that come with the package."""
    model = RewardModel()
    with np.load(SHIPPED, allow_pickle=False) as stored:
        model.load_state_dict({name: torch.from_numpy(stored[name]).float() for name in stored.files})
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def reward_loss(model: RewardModel, results: Tensor) -> Tensor:
    """How far results are from approval; a number.

    Args:
        model: the reward model.
        results: float32 in [-1, 1], (N, 3, S, S). Each is moved and mirrored at random (torch's generator).
    """
    return softplus(ENOUGH - model(random_affine(results, MOVED, mirror=True))).mean()


def _block(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    """Depthwise, then pointwise; batch normalisation is folded in."""
    return nn.Sequential(
        _convolution(inside, inside, 3, stride=stride, groups=inside),
        nn.ReLU(),
        _convolution(inside, outside, 1),
        nn.ReLU(),
    )


def _convolution(inside: int, outside: int, kernel: int, *, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    layer: nn.Conv2d = skip_init(  # type: ignore[no-untyped-call]
        nn.Conv2d, inside, outside, kernel, stride, kernel // 2, groups=groups
    )
    return layer

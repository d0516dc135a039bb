"""Fit the network that finds the photos' hair to the masks of `hair_masks.py`.

    python benchmarks/fit_hair.py --masks masks.npz --out training/f2a_methods/projected/weights/hair.npz

Photos are moved, mirrored and lit at random, as in training. The loss compares masks and, as it is what the
network is for, the mean colours under them. Prints the error of the colour, in [0, 1], on held-out photos.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, binary_cross_entropy_with_logits, l1_loss

from f2a_methods.projected.colours import HAIR_SIDE, mean_colour
from f2a_methods.projected.exposure import corrected, random_exposure, random_shading
from f2a_methods.projected.framing import random_affine
from f2a_methods.projected.hair_finder import HairFinder, initial
from f2a_methods.projected.proportions import Proportions
from f2a_train.data.faces import to_floats

CHANNELS = 24
BATCH = 64
RATE = 4e-3
"""The highest learning rate."""
COLOUR = 2.0
"""Weight of the colours' difference, of numbers in [-1, 1]."""
SHARE_CORRECTED = 0.7
"""Of the photos: the generator corrects their exposure in use, and not in training."""
REPORT_EVERY = 500
Faces = tuple[Tensor, Tensor]
"""A pair: photos, float32 in [-1, 1], (N, 3, S, S), and their masks, in [0, 1], (N, 1, S, S)."""


def main() -> None:
    """Fit, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--masks", type=Path, required=True, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=8000)
    how = parser.parse_args()
    torch.manual_seed(0)
    files = [np.load(path, allow_pickle=False) for path in how.masks]
    photos, masks, train = (
        torch.from_numpy(np.concatenate([file[name] for file in files]))
        for name in ("photos", "masks", "train")
    )
    photos, masks = photos.permute(0, 3, 1, 2).contiguous(), masks[:, None]
    proportions = Proportions(photos.shape[-1])
    held_out = _held_out(photos[~train], masks[~train], proportions)
    finder = _fitted(photos[train], masks[train], held_out, proportions, how.steps)
    halves = {name: value.detach().numpy().astype(np.float16) for name, value in finder.named_buffers()}
    np.savez_compressed(how.out, **halves)
    print(f"{how.out}: {how.out.stat().st_size / 1e3:.0f} kB")


def _fitted(
    photos: Tensor, masks: Tensor, held_out: Faces, proportions: Proportions, steps: int
) -> HairFinder:
    finder = HairFinder(initial(CHANNELS))
    weights = [weight.requires_grad_() for weight in finder.buffers()]
    optimiser = torch.optim.Adam(weights)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps)
    for step in range(1, steps + 1):
        chosen = torch.randint(len(photos), (BATCH,))
        faces = _changed(to_floats(photos[chosen]), masks[chosen].float() / 255, proportions)
        loss = _loss(finder, *faces)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if step % REPORT_EVERY == 0 or step == steps:
            print(f"step {step}: {_error(finder, *held_out)}", flush=True)
    return finder


def _changed(photos: Tensor, masks: Tensor, proportions: Proportions) -> Faces:
    """Moved, mirrored and lit at random, and in a drawing's proportions."""
    moved = random_affine(torch.cat([photos, masks], 1), mirror=True)
    framed = proportions(torch.cat([random_exposure(random_shading(moved[:, :3])), moved[:, 3:]], 1))
    photos, masks = framed[:, :3], framed[:, 3:]
    chosen = torch.rand(len(photos), 1, 1, 1) < SHARE_CORRECTED
    return torch.where(chosen, corrected(photos), photos), masks.clamp(0, 1)


def _held_out(photos: Tensor, masks: Tensor, proportions: Proportions) -> Faces:
    framed = proportions(to_floats(photos))
    return corrected(framed), proportions(masks.float() / 255)


def _loss(finder: HairFinder, photos: Tensor, masks: Tensor) -> Tensor:
    logits, masks = finder.logits(photos), adaptive_avg_pool2d(masks, HAIR_SIDE)
    colours = l1_loss(_colour(photos, logits.sigmoid()), _colour(photos, masks))
    return binary_cross_entropy_with_logits(logits, masks) + COLOUR * colours


@torch.no_grad()
def _error(finder: HairFinder, photos: Tensor, masks: Tensor) -> str:
    told = _colour(photos, adaptive_avg_pool2d(masks, HAIR_SIDE))
    errors = (_colour(photos, finder(photos)) - told).abs().mean((1, 2, 3)) / 2
    return f"colours differ by {errors.mean():.4f}, one in twenty by more than {errors.quantile(0.95):.4f}"


def _colour(photos: Tensor, likely: Tensor) -> Tensor:
    """The mean under a mask: (N, 3, 1, 1). In use, `colours.hair_colour` prefers dark pixels."""
    return mean_colour(adaptive_avg_pool2d(photos, HAIR_SIDE), likely.clamp(min=1e-4))


if __name__ == "__main__":
    main()

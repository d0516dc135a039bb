"""The photo's hair is found, before any background."""

import cv2
import pytest
import skimage.data
import torch
from torch import Tensor

from f2a_methods.projected.colours import hair_colour
from f2a_methods.projected.exposure import corrected
from f2a_methods.projected.generator import Generator
from f2a_methods.projected.hair_finder import HairFinder
from f2a_methods.projected.proportions import Proportions
from f2a_train.data.faces import to_floats

HAIR = torch.tensor((0.39, 0.31, 0.19)).view(3, 1, 1)
"""The colour of the astronaut's hair, rather of its dark parts, by hand."""


def astronaut(size: int) -> Tensor:
    """Her face in a drawing's proportions, in [-1, 1]: (1, 3, S, S)."""
    face = cv2.resize(skimage.data.astronaut()[30:210, 135:315], (size, size), interpolation=cv2.INTER_AREA)
    return corrected(Proportions(size)(to_floats(torch.from_numpy(face).permute(2, 0, 1)[None])))


def colour(photo: Tensor) -> Tensor:
    """Of its hair, in [0, 1], (3, 1, 1)."""
    return ((hair_colour(photo, HairFinder()(photo)) + 1) / 2)[0]


@pytest.mark.parametrize("size", [64, 128, 256])
def test_her_hair_is_found(size: int) -> None:
    assert (colour(astronaut(size)) - HAIR).abs().max() < 0.06


@pytest.mark.parametrize("behind", [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.2, 0.3, 0.8), (0.1, 0.5, 0.2)])
def test_the_background_does_not_matter(behind: tuple[float, ...]) -> None:
    photo = astronaut(128)
    before = colour(photo)
    wall = (photo.mean(1, keepdim=True) > 0.3) & (photo.amax(1) - photo.amin(1) < 0.3)
    wall[..., 30:98] &= torch.arange(128)[:, None] < 0  # neither face nor teeth
    changed = torch.where(wall, 2 * torch.tensor(behind).view(3, 1, 1) - 1, photo)
    assert (colour(changed) - before).abs().max() < 0.1


def test_it_is_not_in_checkpoints() -> None:
    assert not [name for name in Generator(64, 4, 1).state_dict() if "hair" in name]

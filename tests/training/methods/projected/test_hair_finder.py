"""The photo's hair is found, and hardly depends on what is behind it."""

import cv2
import pytest
import skimage.data
import torch
from torch import Tensor

from f2a_methods.projected.colours import HAIR_SIDE, hair_colour, told_hair
from f2a_methods.projected.exposure import corrected
from f2a_methods.projected.generator import Generator
from f2a_methods.projected.hair_finder import HairFinder, initial
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


@pytest.mark.parametrize(
    ("behind", "limit"), [((0.0,) * 3, 0.1), ((0.2, 0.3, 0.8), 0.04), ((0.1, 0.5, 0.2), 0.04)]
)
def test_the_background_hardly_matters(behind: tuple[float, ...], limit: float) -> None:
    photo = astronaut(128)
    wall = (photo.mean(1, keepdim=True) > 0.3) & (photo.amax(1) - photo.amin(1) < 0.3)
    wall[..., 30:98] = False  # neither face nor teeth
    before_it = torch.where(wall, 2 * torch.tensor(behind).view(3, 1, 1) - 1, photo)
    assert (colour(before_it) - colour(photo)).abs().max() < limit


def test_it_is_above_and_beside_the_face() -> None:
    likely = HairFinder()(astronaut(128))[0, 0]
    fringe, side, cheeks, clothes = likely[2:6, 8:24], likely[10:15, 3:6], likely[18:22, 10:22], likely[27:]
    assert min(2 * fringe.mean(), side.mean()) > 0.5
    assert max(cheeks.mean(), clothes.mean()) < 0.05


def test_photos_of_a_batch_do_not_matter_to_each_other() -> None:
    photos, finder = torch.cat([astronaut(64), astronaut(64).flip(-1)]), HairFinder()
    assert torch.allclose(finder(photos), torch.cat([finder(photos[:1]), finder(photos[1:])]), atol=1e-4)


@pytest.mark.parametrize("shade", [-1.0, 0.0, 1.0])
def test_a_plain_picture_has_a_colour(shade: float) -> None:
    plain = torch.full((1, 3, 64, 64), shade)
    found = hair_colour(plain, HairFinder()(plain))
    assert torch.allclose(found, torch.full((1, 3, 1, 1), shade), atol=1e-4)
    assert told_hair(found).isfinite().all()


def test_random_weights_to_begin_with_have_the_shipped_names() -> None:
    finder = HairFinder(initial(24))
    shapes = [{name: each.shape for name, each in one.named_buffers()} for one in (finder, HairFinder())]
    assert shapes[0] == shapes[1]
    assert finder(astronaut(64)).shape == (1, 1, HAIR_SIDE, HAIR_SIDE)


def test_dark_hair_is_told_darker_in_use_and_not_in_training(monkeypatch: pytest.MonkeyPatch) -> None:
    network, told = Generator(64, 4, 1).eval(), []
    photo = (astronaut(64) / 2 - 0.5).mean(1, keepdim=True).expand(-1, 3, -1, -1)  # grey, so black hair
    monkeypatch.setattr(network, "_joined", lambda x, cells: told.append(cells[0, :, 0, 3]) or x)
    network(photo)
    network(photo, photo)
    assert told[0].mean() < told[1].mean() - 0.1


def test_it_is_not_in_checkpoints() -> None:
    assert not [name for name in Generator(64, 4, 1).state_dict() if "hair" in name]

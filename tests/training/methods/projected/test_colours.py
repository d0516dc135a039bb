"""Drawings keep the colours of skin and hair, not those of beards and backgrounds."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from f2a_methods.projected.colours import (
    HAIR_SIDE,
    hair_colour,
    kept_cells,
    natural_hair,
    told_darker,
    told_hair,
)
from f2a_methods.projected.content import colour_loss, kept_colours
from f2a_methods.projected.generator import Generator

SKIN, HAIR, SKY, CLOTHES = (
    torch.tensor(colour)[:, None, None]
    for colour in ((0.7, 0.4, 0.2), (-0.8, -0.8, -0.7), (-0.6, 0.3, 0.9), (-0.3,) * 3)
)


def face(beard: Tensor = SKIN, background: Tensor = SKY) -> Tensor:
    """A face with short hair: (1, 3, 64, 64)."""
    cells = torch.zeros(3, 8, 8) + background
    cells[:, 0:1, 2:6] = HAIR
    cells[:, 1:7, 2:6] = SKIN
    cells[:, 5:7, 2:6] = beard
    cells[:, 7:, :] = CLOTHES
    return interpolate(cells[None], size=(64, 64))


def hair_of(photos: Tensor) -> Tensor:
    """The colour where `face` has hair: (N, 3, 1, 1)."""
    likely = torch.zeros(1, 1, HAIR_SIDE, HAIR_SIDE)
    likely[..., :4, 8:24] = 1
    return hair_colour(photos, likely)


def kept(photos: Tensor) -> Tensor:
    """The colours to keep, told the colour of the hair: (N, 3, 8, 8)."""
    return kept_cells(photos, HAIR[None])


def test_a_beard_takes_the_colour_of_the_cheeks() -> None:
    assert torch.allclose(kept(face(beard=HAIR)), kept(face()), atol=1e-5)


def test_the_colour_is_that_of_the_hair_alone() -> None:
    assert torch.allclose(hair_of(face(beard=SKY)), HAIR[None], atol=0.01)


def test_the_places_of_a_drawings_hair_take_the_colour_of_the_hair() -> None:
    cells = kept(face())[0]
    for place in (cells[:, :2, 1:7], cells[:, 2:5, 1:2], cells[:, 2:5, 6:7]):
        assert (place - HAIR).abs().max() < 0.01
    assert torch.allclose(cells[:, 2:7, 2:6], SKIN.expand(3, 5, 4), atol=1e-5)
    assert torch.allclose(cells[:, :7, :1], SKY.expand(3, 7, 1))
    assert torch.allclose(cells[:, 7:], CLOTHES.expand(3, 1, 8))


def test_a_photo_without_hair_has_a_hair_colour() -> None:
    bald = interpolate((torch.zeros(3, 8, 8) + SKIN)[None], size=(64, 64))
    assert torch.allclose(hair_colour(bald, torch.zeros(1, 1, HAIR_SIDE, HAIR_SIDE))[0], SKIN, atol=1e-5)


def test_a_drawing_with_hair_in_the_photos_colour_costs_least() -> None:
    nothing = torch.zeros(3, 4, 4)
    drawn = interpolate(kept(face()), size=(64, 64))
    told = kept_colours(face(beard=HAIR), hair_of(face()))
    costs = [float(colour_loss(each, told, nothing)) for each in (drawn, face(), face(beard=HAIR))]
    assert costs == sorted(costs)
    assert costs[0] < 0.05
    assert costs[1] > 3 * costs[0]


def test_the_colour_of_the_hair_reaches_the_drawing() -> None:
    """The encoder sees the same photo; only the decoder is told another colour."""
    torch.manual_seed(0)
    network = Generator(64, 4, 1).eval()
    blond = face()
    blond[..., :8, 16:48] = torch.tensor([0.9, 0.8, 0.1])[:, None, None]
    with torch.no_grad():
        dark, bright = (network(face(), told) for told in (face(), blond))
    assert (dark - bright).abs()[..., 16:40, 8:16].mean() > 1e-3


def test_mauve_is_told_as_brown_and_dyed_hair_as_it_is() -> None:
    mauve, blond, black, pink = natural_hair(told((83, 62, 69), (180, 140, 90), (12, 11, 10), (240, 90, 170)))
    red, green, blue = mauve.flatten().tolist()
    assert red > green > blue
    for same, before in ((blond, (180, 140, 90)), (black, (12, 11, 10)), (pink, (240, 90, 170))):
        assert torch.allclose(same, told(before)[0], atol=0.05)


def test_black_hair_is_told_darker_brown_hair_a_little_and_blond_hair_as_it_is() -> None:
    colours = told((55, 50, 45), (75, 50, 30), (66, 58, 46), (77, 77, 77), (97, 93, 88), (200, 160, 110))
    changes = ((told_hair(colours) - natural_hair(colours)) / 2).mean((1, 2, 3)).tolist()
    assert changes == pytest.approx([-0.09, -0.032, -0.09, -0.09, -0.074, 0], abs=0.006)


def test_black_hair_is_not_told_to_be_a_hole() -> None:
    black = told((12, 11, 10), (0, 0, 0))
    before, after = (1 + natural_hair(black)) / 2, (1 + told_hair(black)) / 2
    assert torch.allclose(after, 0.3 * before, atol=1e-3)
    assert told_hair(black - 1e-6).isfinite().all()


def test_all_colours_are_told_a_little_darker_and_black_stays_black() -> None:
    cells = torch.tensor([1.0, 0.0, -0.97, -1.0]).view(1, 1, 2, 2)
    assert torch.allclose(told_darker(cells), torch.tensor([0.94, -0.06, -1, -1]).view(1, 1, 2, 2))


def test_shine_counts_less_than_dark_hair() -> None:
    streaked = torch.full((1, 3, 64, 64), -0.6)
    streaked[..., ::4, :] = streaked[..., 1::4, :] = 0.6
    assert hair_colour(streaked, torch.ones(1, 1, HAIR_SIDE, HAIR_SIDE)).mean() < -0.2


def test_vivid_colours_of_hair_stay() -> None:
    dull, vivid = told((120, 60, 110), (150, 50, 140))
    assert (natural_hair(dull[None]) - dull).abs().max() > 0.1
    assert torch.allclose(natural_hair(vivid[None]), vivid[None], atol=0.01)


def told(*colours: tuple[int, int, int]) -> Tensor:
    return torch.tensor(colours)[:, :, None, None] / 127.5 - 1

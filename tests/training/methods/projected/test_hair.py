"""Hair gets a natural colour and about the photo's brightness, and nothing else changes."""

import pytest
import torch
from painting import Range, painted, place
from torch import Tensor

from f2a_methods.projected.generator import Generator
from f2a_methods.projected.hair import with_natural_hair

SKIN, SKY = (0.95, 0.86, 0.78), (0.5, 0.7, 0.9)
BLACK, BROWN, BLOND, RED = (0.1, 0.09, 0.09), (0.36, 0.25, 0.19), (0.85, 0.74, 0.52), (0.6, 0.3, 0.18)
VIOLET, TEAL, PINK = (0.34, 0.22, 0.42), (0.2, 0.4, 0.42), (0.95, 0.5, 0.7)
EYES = (0.4, 0.49), (0.28, 0.72)


def drawing(size: int, hair: tuple[float, ...]) -> Tensor:
    """A face with a fringe and hair on both sides, before a sky, in [-1, 1]: (1, 3, S, S)."""
    return painted(
        size,
        ((0.0, 1.0), (0.0, 1.0), SKY),
        ((0.0, 0.72), (0.1, 0.9), hair),
        ((0.35, 0.8), (0.22, 0.78), SKIN),
        (*EYES, (0.2, 0.3, 0.8)),
    )


def told(colour: tuple[float, ...]) -> Tensor:
    return 2 * torch.tensor(colour).view(1, 3, 1, 1) - 1


def changed(drawings: Tensor, hair: Tensor) -> Tensor:
    return with_natural_hair(drawings, hair, hair)


def fringe(faces: Tensor) -> Tensor:
    """The mean colour in [0, 1], (3,)."""
    side = faces.shape[-1]
    return (faces[0][:, *place(side, (0.12, 0.28), (0.35, 0.65))].mean((1, 2)) + 1) / 2


@pytest.mark.parametrize("size", [64, 128, 256])
@pytest.mark.parametrize("drawn", [VIOLET, TEAL])
def test_hair_in_the_colour_of_what_is_behind_becomes_brown(size: int, drawn: tuple[float, ...]) -> None:
    red, green, blue = fringe(changed(drawing(size, drawn), told(BROWN))).tolist()
    assert red > green > blue
    assert red - blue < 0.2


@pytest.mark.parametrize("hair", [BLACK, BROWN, BLOND, RED])
def test_natural_hair_as_dark_as_the_photos_stays(hair: tuple[float, ...]) -> None:
    before = drawing(128, hair)
    change = (changed(before, told(hair)) - before).abs().amax((0, 1))
    for rows, columns in (
        ((0.0, 0.34), (0.15, 0.85)),
        ((0.34, 0.7), (0.12, 0.2)),
        ((0.34, 0.7), (0.8, 0.88)),
    ):
        assert change[place(128, rows, columns)].max() < 0.04


def test_black_hair_that_was_drawn_brown_becomes_dark() -> None:
    before = drawing(128, BROWN)
    after = changed(before, told(BLACK))
    assert fringe(after).mean() < 0.6 * fringe(before).mean()
    beside = place(128, (0.4, 0.6), (0.13, 0.18))
    assert (after[0][:, *beside] + 1).mean() < 0.6 * (before[0][:, *beside] + 1).mean()


def test_hair_never_becomes_brighter_nor_less_than_half_as_bright() -> None:
    before = drawing(64, BROWN)
    assert ((changed(before, told(BLOND)) - before).mean(1) < 0.01).all()
    darkest = changed(drawing(64, BLOND), told(BLACK))
    assert fringe(darkest).mean() > 0.45 * torch.tensor(BLOND).mean()


@pytest.mark.parametrize(
    ("hair", "rows", "columns", "colour"),
    [
        pytest.param(BLOND, (0.2, 0.26), (0.4, 0.6), (0.78, 0.9, 0.88), id="pale gloss, which is like skin"),
        pytest.param(BROWN, (0.25, 0.33), (0.14, 0.2), TEAL, id="strands beside the face, unlike the fringe"),
    ],
)
def test_parts_of_the_hair_in_another_colour_get_a_natural_hue(
    hair: tuple[float, ...], rows: Range, columns: Range, colour: tuple[float, ...]
) -> None:
    before, part = drawing(128, hair), place(128, rows, columns)
    before[..., *part] = told(colour)
    red, green, blue = changed(before, told(hair))[0][:, *part].mean((1, 2)).tolist()
    assert red > green > blue


def test_other_colours_than_the_fringes_stay_beside_the_hair() -> None:
    before = drawing(128, BROWN)
    beside = place(128, (0.6, 0.7), (0.02, 0.09))
    before[..., *beside] = told(PINK)
    assert (changed(before, told(BLACK)) - before)[0][:, *beside].abs().max() < 0.05


def test_hair_is_as_dark_as_in_the_photo_and_dyed_if_it_is_in_a_usual_light() -> None:
    pink_light = told(tuple(value * light for value, light in zip(BLOND, (1.0, 0.5, 0.9), strict=True)))
    before = drawing(128, VIOLET)
    red, green, blue = fringe(with_natural_hair(before, told(BLOND), pink_light)).tolist()
    assert red > green > blue
    darker = with_natural_hair(before, told(BLOND), told(BLACK))
    assert fringe(darker).mean() < 0.7 * fringe(before).mean()


def test_dyed_hair_keeps_its_hue() -> None:
    dyed = changed(drawing(128, PINK), told(PINK))
    assert torch.allclose(fringe(dyed), torch.tensor(PINK), atol=0.02)


@pytest.mark.parametrize("size", [64, 128, 256])
def test_skin_eyes_clothes_and_background_stay(size: int) -> None:
    before = drawing(size, VIOLET)
    change = (changed(before, told(BLACK)) - before).abs().amax((0, 1))
    assert change[place(size, (0.5, 0.78), (0.26, 0.74))].max() < 0.03
    assert change[place(size, (0.42, 0.49), (0.28, 0.72))].max() < 0.12
    assert change[place(size, (0.42, 0.49), (0.34, 0.66))].max() < 0.03
    assert change[round(0.88 * size) :].max() == 0
    assert change[: round(0.1 * size), : round(0.1 * size)].max() == 0


@pytest.mark.parametrize("shade", [-1.0, 0.0, 1.0])
def test_a_plain_picture_gives_numbers(shade: float) -> None:
    plain = torch.full((2, 3, 64, 64), shade)
    done = changed(plain, torch.full((2, 3, 1, 1), -1.0))
    assert done.isfinite().all()
    assert done.abs().max() <= 1


def test_the_generator_applies_it_in_use_and_not_in_training() -> None:
    torch.manual_seed(0)
    network = Generator(64, 4, 1).eval()
    photo = drawing(64, BLACK)
    with torch.no_grad():
        used, trained = network(photo), network(photo, photo)
    red, green, blue = fringe(used).tolist()
    assert red >= green - 0.02
    assert green >= blue - 0.02
    assert not torch.allclose(used, trained)

"""Skin gets the tone of the photo's, and nothing else changes."""

import pytest
import torch
from painting import painted
from torch import Tensor

from f2a_methods.projected.generator import Generator
from f2a_methods.projected.skin import darkened, skin_goal

PALE, HAIR, BACKGROUND, DARK = (0.95, 0.86, 0.78), (0.2, 0.15, 0.12), (0.5, 0.7, 0.9), (0.42, 0.285, 0.235)


def face(size: int, skin: tuple[float, ...]) -> Tensor:
    """A face of one colour with hair above it, before a background, in a drawing's proportions."""
    return painted(
        size,
        ((0.0, 1.0), (0.0, 1.0), BACKGROUND),
        ((0.0, 0.35), (0.15, 0.85), HAIR),
        ((0.35, 0.8), (0.22, 0.78), skin),
    )


def cheek(faces: Tensor) -> Tensor:
    """Colours in [0, 1], (N, 3)."""
    side = faces.shape[-1]
    return (faces[..., side * 9 // 16, side // 2] + 1) / 2


@pytest.mark.parametrize("size", [64, 128, 256])
def test_pale_skin_becomes_as_dark_as_the_photos_and_as_red(size: int) -> None:
    photo, drawing = face(size, DARK), face(size, PALE)
    done = darkened(drawing, skin_goal(photo))
    skin, dark = cheek(done)[0], torch.tensor(DARK)
    assert dark.mean() < skin.mean() < dark.mean() + 0.2
    assert torch.allclose(skin / skin.mean(), dark / dark.mean(), atol=0.03)


@pytest.mark.parametrize("size", [64, 128, 256])
def test_hair_background_and_lines_stay(size: int) -> None:
    photo, drawing = face(size, DARK), face(size, PALE)
    mouth = slice(size * 11 // 16, size * 11 // 16 + size // 32), slice(size * 7 // 16, size * 9 // 16)
    drawing[..., *mouth] = -0.9
    change = (darkened(drawing, skin_goal(photo)) - drawing).abs().amax((0, 1))
    assert change[: round(0.33 * size)].max() < 0.02
    assert change[:, : round(0.2 * size)].max() < 0.02
    assert change[mouth].max() < 0.06


@pytest.mark.parametrize("size", [64, 128, 256])
def test_hair_clothes_and_background_in_the_colour_of_skin_stay(size: int) -> None:
    drawing = 2 * torch.tensor(PALE).view(1, 3, 1, 1).expand(1, 3, size, size) - 1
    darker = (drawing - darkened(drawing, skin_goal(face(size, DARK)))).amax((0, 1))
    unit = size // 32
    assert darker[: 7 * unit].max() == 0  # above the face
    assert darker[:, : 3 * unit].max() == 0
    assert darker[-5 * unit :, : 9 * unit].max() == 0  # shoulders
    assert darker[13 * unit : 24 * unit, 10 * unit : 22 * unit].min() > 0.3
    assert darker[27 * unit : 29 * unit, 14 * unit : 18 * unit].min() > 0.3  # the neck


def test_shadow_and_light_on_skin_get_darker_too() -> None:
    drawing = face(64, (0.75, 0.66, 0.58))
    for rows, factor in ((slice(40, 44), 0.8), (slice(30, 34), 1.25)):
        drawing[..., rows, 20:28] = factor * (drawing[..., rows, 20:28] + 1) - 1
    done = darkened(drawing, skin_goal(face(64, DARK)))
    for row in (41, 31):
        assert ((done[..., row, 24] + 1) / (drawing[..., row, 24] + 1)).mean() < 0.75


def test_edges_of_skin_do_not_stay_bright() -> None:
    drawing = face(128, PALE)
    drawing[..., 56:64, 40:52] = -0.8  # an eye
    drawing[..., 55, 42:50] = (drawing[..., 54, 42:50] + drawing[..., 57, 42:50]) / 2
    done = darkened(drawing, skin_goal(face(128, DARK)))
    edge, skin = (((done[..., row, 46] + 1) / (drawing[..., row, 46] + 1)).mean() for row in (55, 45))
    assert skin < 0.6
    assert edge < skin + 0.15


def test_the_darkest_photos_do_not_become_black() -> None:
    black = torch.full((1, 3, 64, 64), -1.0)
    assert 0.3 < cheek(darkened(face(64, PALE), skin_goal(black))).mean() < 0.4


def test_generators_darken_skin_but_not_in_training() -> None:
    torch.manual_seed(0)
    generator = Generator(64, 8, 0).eval()
    with torch.no_grad():
        generator.leave["64"].bias.copy_(torch.tensor([0.9, 0.75, 0.6]).atanh())  # draws pale faces
        photos = torch.cat([face(64, DARK), face(64, (0.85, 0.66, 0.57))])
        dark, pale = cheek(generator(photos)).mean(1)
        assert dark < pale - 0.2
        dark, pale = cheek(generator(photos, photos)).mean(1)
        assert dark > pale - 0.1


def test_the_drawing_of_a_pale_person_stays_as_it_is() -> None:
    photo, drawing = face(64, (0.85, 0.66, 0.57)), face(64, (0.85, 0.75, 0.65))
    assert torch.allclose(darkened(drawing, skin_goal(photo)), drawing, atol=1e-6)


def test_the_darker_of_two_people_stays_the_darker_one() -> None:
    tones = torch.linspace(0.7, 1.6, 12)
    photos = torch.cat([face(64, tuple(float(tone * share) for share in DARK)) for tone in tones])
    drawings = face(64, PALE).expand(len(photos), -1, -1, -1)
    assert (cheek(darkened(drawings, skin_goal(photos))).mean(1).diff() > 0.01).all()


@pytest.mark.parametrize("light", [(0.3, 0.35, 0.45), (0.5, 0.2, 0.4), (0.5, 0.1, 0.05)])
def test_coloured_light_does_not_colour_skin(light: tuple[float, ...]) -> None:
    red, green, blue = cheek(darkened(face(64, PALE), skin_goal(face(64, light))))[0].tolist()
    assert red > green > blue > 0.5 * red


@pytest.mark.parametrize("colour", [-1.0, 0.0, 1.0])
def test_plain_pictures_have_no_undefined_pixels(colour: float) -> None:
    plain, photo = torch.full((1, 3, 64, 64), colour), face(64, DARK)
    for drawing, seen in ((plain, photo), (photo, plain), (plain, plain)):
        done = darkened(drawing, skin_goal(seen))
        assert torch.isfinite(done).all()
        assert done.abs().max() <= 1

"""Photos stretched to a drawing's proportions."""

import pytest
import torch

from f2a_methods.projected.generator import SIZES, Generator
from f2a_methods.projected.proportions import Proportions


def spot(size: int, down: float, across: float) -> torch.Tensor:
    """A soft bright spot in the dark, at these parts of the side."""
    places = (torch.arange(size) + 0.5) / size
    rows, columns = (torch.exp(-(((places - centre) / 0.02) ** 2)) for centre in (down, across))
    return (rows[:, None] * columns).expand(1, 3, size, size)


def place(picture: torch.Tensor) -> tuple[float, float]:
    weights = picture[0, 0] / picture[0, 0].sum()
    places = (torch.arange(len(weights)) + 0.5) / len(weights)
    return float((weights.sum(1) * places).sum()), float((weights.sum(0) * places).sum())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("part", "of_photo", "of_drawing"),
    [
        ("left eye", (0.39, 0.35), (0.40, 0.308)),
        ("right eye", (0.39, 0.65), (0.40, 0.692)),
        ("chin", (0.90, 0.5), (0.785, 0.5)),
        ("mouth", (0.70, 0.5), (0.634, 0.5)),
    ],
)
def test_parts_of_a_face_go_where_drawings_have_them(
    size: int, part: str, of_photo: tuple[float, float], of_drawing: tuple[float, float]
) -> None:
    found = place(Proportions(size)(spot(size, *of_photo)))
    assert found == pytest.approx(of_drawing, abs=0.03), f"{part} at {found}"


@pytest.mark.parametrize("size", SIZES)
def test_a_plain_picture_stays_as_it_is_up_to_its_edges(size: int) -> None:
    plain = torch.full((2, 3, size, size), 0.7)
    assert torch.allclose(Proportions(size)(plain), plain, atol=1e-6)


def test_mirrored_photos_are_stretched_to_mirrored_ones() -> None:
    photo = torch.rand(1, 3, 64, 64)
    stretch = Proportions(64)
    assert torch.allclose(stretch(photo.flip(-1)), stretch(photo).flip(-1), atol=1e-5)


def test_no_checkpoint_has_the_proportions() -> None:
    assert not [name for name in Generator(64, 8, 1).state_dict() if "proportions" in name]

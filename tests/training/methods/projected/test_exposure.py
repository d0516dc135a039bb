"""Faces that are very dark, very bright or in coloured light are drawn in a more usual light."""

import torch
from torch import Tensor

from f2a_methods.projected.exposure import TINT, corrected
from f2a_methods.projected.generator import Generator


def photo(brightness: float, tint: tuple[float, float, float] = TINT) -> Tensor:
    """A face of some texture with this mean at the cheeks: (1, 3, 64, 64)."""
    texture = 0.9 + 0.2 * torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    colour = torch.tensor(tint).exp()
    light = texture / texture[..., 32:40, 16:48].mean() * brightness * (colour / colour.mean())[:, None, None]
    return 2 * light.clamp(0, 1) - 1


def cheeks(face: Tensor) -> float:
    return float((face[..., 32:40, 16:48] + 1).mean() / 2)


def test_a_usual_exposure_stays() -> None:
    assert torch.allclose(corrected(photo(0.55)), photo(0.55), atol=1e-3)


def test_red_and_blue_light_become_weaker() -> None:
    def difference(face: Tensor) -> Tensor:
        colours = ((face[..., 32:40, 16:48] + 1) / 2).mean((0, 2, 3))
        return ((colours / colours.mean()).log() - torch.tensor(TINT)).abs().max()

    for tint in ((0.8, -0.9, -1.2), (-0.5, 0.1, 0.4)):
        given = photo(0.4, tint)
        assert difference(corrected(given)) < 0.75 * difference(given)


def test_extremes_come_near_a_usual_exposure_and_keep_their_order() -> None:
    given = [0.05, 0.1, 0.2, 0.3, 0.4, 0.55, 0.7, 0.8, 0.95]
    made = [cheeks(corrected(photo(brightness))) for brightness in given]
    assert made == sorted(made)
    assert min(made) > 0.25
    assert max(made) < 0.85


def test_hair_of_an_overexposed_face_does_not_become_black() -> None:
    face = torch.ones(1, 3, 64, 64)
    face[..., :16, :] = 0  # half as bright as white
    hair = (corrected(face)[..., :16, :] + 1) / 2
    assert 0.15 < hair.mean() < 0.5


def test_black_and_white_pictures_give_finite_drawings() -> None:
    network = Generator(64, 4, 1).eval()
    with torch.no_grad():
        for plain in (-1.0, 1.0):
            assert torch.isfinite(network(torch.full((1, 3, 64, 64), plain))).all()


def test_each_face_of_a_batch_is_corrected_by_itself() -> None:
    both = torch.cat([photo(0.1), photo(0.9)])
    assert torch.allclose(
        corrected(both), torch.cat([corrected(photo(0.1)), corrected(photo(0.9))]), atol=1e-6
    )

"""Faces that are very dark or very bright are drawn in a usual exposure."""

import torch
from torch import Tensor

from f2a_methods.projected.exposure import corrected
from f2a_methods.projected.generator import Generator


def photo(brightness: float) -> Tensor:
    """A face of some texture: (1, 3, 64, 64)."""
    texture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    return 2 * texture ** (torch.log(torch.tensor(brightness)) / torch.log(texture.mean())) - 1


def cheeks(face: Tensor) -> float:
    return float((face[..., 32:40, 16:48] + 1).mean() / 2)


def test_a_usual_exposure_stays() -> None:
    assert torch.allclose(corrected(photo(0.55)), photo(0.55), atol=1e-3)


def test_extremes_come_near_a_usual_exposure_and_keep_their_order() -> None:
    given = [0.05, 0.1, 0.2, 0.3, 0.4, 0.55, 0.7, 0.8, 0.95]
    made = [cheeks(corrected(photo(brightness))) for brightness in given]
    assert made == sorted(made)
    assert min(made) > 0.25
    assert max(made) < 0.8


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

"""Random affine transforms, and the generator's two inputs."""

import pytest
import torch
from torch.nn.functional import interpolate

from f2a_methods.projected.framing import SCALE, SHIFT, random_affine
from f2a_methods.projected.generator import Generator


def gradient(count: int) -> torch.Tensor:
    """Faces whose first channel is the column and second the row, from -1 to 1."""
    places = torch.linspace(-1, 1, 64)
    columns, rows = places.expand(64, 64), places[:, None].expand(64, 64)
    return torch.stack([columns, rows, 0 * rows]).expand(count, 3, 64, 64)


def test_each_face_is_framed_in_its_own_way_and_none_far_off() -> None:
    torch.manual_seed(0)
    before = gradient(500)
    after = random_affine(before)
    assert after.shape == before.shape
    middles = after[:, :2, 31:33, 31:33].mean((2, 3))
    assert middles.std(0).tolist() == pytest.approx([2 * SHIFT] * 2, rel=0.25)
    assert middles.abs().max() <= 2 * 2 * SHIFT + 0.02
    across = (after[:, 0, 32, 48] - after[:, 0, 32, 16]) / (before[:, 0, 32, 48] - before[:, 0, 32, 16])
    assert across.log().std().item() == pytest.approx(SCALE, rel=0.35)
    tilts = torch.rad2deg(torch.atan2(after[:, 1, 32, 48] - after[:, 1, 32, 16], across))
    assert 4 < tilts.std() < 12
    assert after.abs().max() <= 1  # mirrored at the border, not black


def test_the_decoder_is_conditioned_on_the_other_photos_colours() -> None:
    torch.manual_seed(0)
    network = Generator(64, 4, 1).eval()
    photo = interpolate(torch.rand(1, 3, 8, 8) * 2 - 1, size=64)
    with torch.no_grad():
        same, other = network(photo, photo), network(photo, -photo)
        plain = network(photo)
    assert not torch.allclose(same, other)
    assert not torch.allclose(same, plain)  # which is stretched to a drawing's proportions first

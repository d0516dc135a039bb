"""The middle of a photo's face does not show which way it is turned."""

import pytest
import torch

from f2a_methods.projected.facing import facing_ahead
from f2a_methods.projected.generator import Generator


@pytest.mark.parametrize("size", [64, 128, 256])
def test_the_middle_of_the_face_becomes_its_own_mirror_image(size: int) -> None:
    torch.manual_seed(0)
    photos = torch.rand(2, 3, size, size) * 2 - 1
    done = facing_ahead(photos)
    rows, columns = slice(int(0.35 * size), int(0.75 * size)), slice(int(0.3 * size), size - int(0.3 * size))
    face = done[:, :, rows, columns]
    assert torch.allclose(face, face.flip(3), atol=1e-6)
    assert torch.allclose(face.mean(3), photos[:, :, rows, columns].mean(3), atol=1e-6)


def test_the_edges_of_the_photo_stay() -> None:
    changed = (facing_ahead(photos := torch.rand(1, 3, 64, 64)) != photos).any(1)[0]
    assert not changed[:7].any()
    assert not changed[:, :5].any()
    assert not changed[:, -5:].any()


def test_it_is_hidden_in_use_and_not_in_training(monkeypatch: pytest.MonkeyPatch) -> None:
    network, seen = Generator(64, 4, 1).eval(), []
    photo = torch.rand(1, 3, 64, 64) * 2 - 1
    monkeypatch.setattr(network, "_joined", lambda x, _: seen.append(x) or x)
    network(photo)
    network(photo, photo)
    assert torch.allclose(seen[0][..., 26:44, 26:38], seen[0][..., 26:44, 26:38].flip(3), atol=1e-5)
    assert torch.equal(seen[1], photo)

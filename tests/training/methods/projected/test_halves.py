"""Both halves of a face are drawn as left halves."""

import torch
from torch.nn.functional import interpolate

from f2a_methods.projected.generator import Generator
from f2a_methods.projected.halves import SEAM, joined, with_mirrored


def test_what_is_drawn_of_the_photo_and_of_its_mirror_image_alike_stays() -> None:
    drawings = torch.rand(3, 3, 64, 64)
    assert torch.allclose(joined(with_mirrored(drawings)), drawings)


def test_only_left_halves_are_taken_and_they_meet_softly() -> None:
    drawings = torch.zeros(4, 3, 64, 64)  # of two photos, and of their mirror images
    drawings[:2, ..., :32] = torch.tensor([0.2, 0.4]).view(2, 1, 1, 1)
    drawings[2:, ..., :32] = torch.tensor([-0.2, -0.4]).view(2, 1, 1, 1)
    drawings[..., 40:] = 99.0
    done = joined(drawings)
    edge = int(64 * SEAM / 2) + 1
    for face, value in zip(done, (0.2, 0.4), strict=True):
        assert torch.allclose(face[..., : 32 - edge], torch.tensor(value))
        assert torch.allclose(face[..., 32 + edge :], torch.tensor(-value))
        assert (face.diff(dim=-1) <= 0).all()


def test_a_mirrored_photo_becomes_the_mirrored_drawing() -> None:
    torch.manual_seed(0)
    network = Generator(64, width=8, blocks=1).eval()
    for value in network.usual.values():
        torch.nn.init.normal_(value)
    photos = interpolate(torch.rand(2, 3, 8, 8), size=(64, 64), mode="bilinear") * 2 - 1
    hair = torch.zeros(2, 3, 1, 1)
    with torch.no_grad():
        drawn, mirrored = network.drawn(photos, hair), network.drawn(photos.flip(3), hair)
    assert torch.allclose(mirrored, drawn.flip(3), atol=1e-4)
    assert (drawn - drawn.flip(3)).abs().max() > 0.05  # it follows both halves of the photo, which differ

"""The backbone's views: whole faces, and crops at full resolution."""

import pytest
import torch

from f2a_methods.projected.discriminator import COLOUR_SIDE, MIXED_CHANNELS, Heads, asymmetry
from f2a_methods.projected.views import views, whole_faces


def test_every_other_face_is_seen_whole_and_the_others_pixel_by_pixel() -> None:
    torch.manual_seed(0)
    faces = torch.rand(4, 3, 128, 128)
    both = views(faces, 96)
    assert both.shape == (4, 3, 96, 96)
    assert torch.equal(both[:2], whole_faces(faces, 96))
    for view, face in zip(both[2:], faces[1::2], strict=True):
        places = [
            (top, left)
            for top in range(33)
            for left in range(33)
            if torch.equal(view, face[:, top : top + 96, left : left + 96])
        ]
        assert len(places) == 1
        assert 12 <= places[0][1] <= 20  # in the middle, or the halves of the face could not be compared


@pytest.mark.parametrize("size", [64, 96])
def test_faces_that_are_not_shrunk_are_all_seen_whole(size: int) -> None:
    faces = torch.rand(3, 3, size, size)
    assert len(whole_faces(faces, 96)) == 3
    assert torch.equal(views(faces, 96), whole_faces(faces, 96))


def test_windows_lie_at_all_heights() -> None:
    torch.manual_seed(0)
    rows = torch.arange(128.0).view(1, 1, 128, 1).expand(400, 3, 128, 128)
    tops = views(rows, 96)[200:, 0, 0, 0]
    assert tops.min() <= 2
    assert tops.max() >= 30


def test_a_head_sees_the_mirrored_position() -> None:
    """A score changes with what is across the face, far beyond its patch, and with nothing else out there."""
    heads = Heads().eval()
    maps = [torch.zeros(1, channels, 24, 24) for channels in (*MIXED_CHANNELS, 4)]
    before = [scores.clone() for scores in heads(maps)]
    for scale in maps[:-1]:
        scale[..., 12, 20] = 1.0
    for scores, old in zip(heads(maps)[:-1], before[:-1], strict=True):
        changed = (scores != old)[0, 0].any(0)
        side = len(changed)
        assert changed[side * 3 // 24]  # across
        assert changed[side * 20 // 24]  # there
        assert not changed[side // 2]  # between


def test_a_head_sees_eyes_of_two_colours_but_no_absolute_ones() -> None:
    face = torch.full((1, 3, 128, 128), 0.6)
    for columns in (slice(32, 48), slice(80, 96)):
        face[:, :, 48:64, columns] = torch.tensor([-0.4, -0.4, 0.2]).view(3, 1, 1)
    alike = asymmetry(face)
    assert alike.shape == (1, 4, COLOUR_SIDE, COLOUR_SIDE)
    assert alike[:, 1:].abs().max() < 1e-6
    assert torch.allclose(asymmetry(face - 0.3), alike, atol=1e-5)  # in darker skin
    face[:, :, 48:64, 80:96] = face[:, [2, 1, 0], 48:64, 80:96]  # as light, but red
    two = asymmetry(face)
    assert torch.allclose(two[:, :1], alike[:, :1], atol=1e-5)
    assert (two[:, 1:].abs().amax(1)[0] > 0.5).nonzero().tolist() == [
        [row, column] for row in range(12, 16) for column in (*range(8, 12), *range(20, 24))
    ]

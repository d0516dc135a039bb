"""The method of projected discriminators: its networks, one step, and growing to another size."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from f2a_train.methods.projected.augment import Change
from f2a_train.methods.projected.content import block_colours, colour_loss, content_loss
from f2a_train.methods.projected.generator import SIZES, Generator
from f2a_train.methods.projected.learner import Choices, Learner

SMALL = {"width": 8, "blocks": 1}


def faces(count: int, size: int = 64, seed: int = 0) -> Tensor:
    coarse = torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return interpolate(coarse, size=(size, size), mode="bilinear", align_corners=False)


@pytest.mark.parametrize("size", SIZES)
def test_a_face_gives_a_face_of_its_size(size: int) -> None:
    drawn = Generator(size, **SMALL)(faces(2, size))
    assert drawn.shape == (2, 3, size, size)
    assert drawn.abs().max() <= 1


def test_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="faces of 48 pixels"):
        Generator(48, **SMALL)


@pytest.mark.parametrize("size", [128, 256])
def test_a_larger_generator_begins_as_the_smaller_one_enlarged(size: int) -> None:
    small, large = Generator(size // 2, **SMALL), Generator(size, **SMALL)
    large.load_state_dict(large.state_dict() | small.state_dict())
    photo = faces(2, size)
    expected = interpolate(
        small(avg_pool2d(photo, 2)).atanh(), scale_factor=2.0, mode="bilinear", align_corners=False
    ).tanh()
    assert (large(photo) - expected).abs().max() < 1e-3


def test_twenty_steps_teach_something_and_only_what_is_learned_moves() -> None:
    learner = Learner(Choices(**SMALL))
    before = copy.deepcopy(learner.state())
    history = [learner.learn(faces(4, seed=step), -faces(4, seed=step + 100)) for step in range(20)]
    assert all(value == value and abs(value) < 100 for losses in history for value in losses.values())  # noqa: PLR0124
    assert history[-1]["colour"] < history[0]["colour"]
    assert history[-1]["discriminator"] < 2  # what knowing nothing costs
    for name in ("generator", "average", "heads"):
        after = learner.state()[name]
        assert any(not torch.equal(after[key], value) for key, value in before[name].items())


def test_a_state_that_is_taken_up_again_gives_the_same_losses() -> None:
    whole, again = Learner(Choices(**SMALL)), Learner(Choices(**SMALL))
    for step in range(3):
        whole.learn(faces(2, seed=step), -faces(2, seed=step))
    again.restore(copy.deepcopy(whole.state()))
    both = []
    for learner in (whole, again):
        torch.manual_seed(5)
        both.append([learner.learn(faces(2, seed=step), -faces(2, seed=step)) for step in (3, 4)])
    assert both[0] == both[1]


def test_a_learner_of_another_size_adopts_the_levels_that_both_have() -> None:
    small, large = Learner(Choices(**SMALL)), Learner(Choices(size=128, **SMALL, seed=1))
    large.adopt(small.generator.state_dict(), small.heads.state_dict())
    assert torch.equal(
        large.generator.up["32"].convolution.weight, small.generator.up["32"].convolution.weight
    )  # type: ignore[union-attr]
    assert large.learn(faces(2, 128), -faces(2, 128))["content"] > 0


@given(seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_one_change_moves_a_photo_and_its_drawing_alike(seed: int) -> None:
    torch.manual_seed(seed)
    photo = faces(3, 32)
    change = Change.random(photo)
    assert torch.allclose(change(photo), change(photo.clone()))
    assert change(photo).shape == photo.shape
    assert torch.allclose(Change.random(photo, strength=0.0)(photo), photo)


def test_content_and_colours_of_a_face_are_its_own() -> None:
    maps = [torch.rand(2, 4, 6, 6) for _ in range(4)]
    assert (
        content_loss(maps, [3 * scale + 1 for scale in maps]) < 1e-3
    )  # contrast and brightness do not count
    photo, brighter = faces(2), torch.full((3, 4, 4), 0.1)
    assert block_colours(photo).shape == (2, 3, 4, 4)
    assert colour_loss(photo, photo, 0 * brighter) == 0
    assert colour_loss(photo, photo, brighter) == pytest.approx(0.1, abs=0.02)

"""The method of projected discriminators: its networks, one step, and growing to another size."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from f2a_train.method import Moment
from f2a_train.methods.projected.augment import Change
from f2a_train.methods.projected.choices import ProjectedConfig
from f2a_train.methods.projected.content import block_colours, colour_loss, content_loss
from f2a_train.methods.projected.exposure import exposed
from f2a_train.methods.projected.generator import SIZES, Generator
from f2a_train.methods.projected.learner import HEAD_START, Learner

SMALL = {"width": 8, "blocks": 1}
CPU = torch.device("cpu")


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


def begin(size: int = 64, **choices: object) -> Learner:
    torch.manual_seed(0)
    return Learner(ProjectedConfig(**SMALL | choices), size, CPU)  # type: ignore[arg-type]


def learn(learner: Learner, steps: range, size: int = 64) -> list[dict[str, float]]:
    pairs = ((step, faces(4, size, step), -faces(4, size, step + 100)) for step in steps)
    return [
        {name: loss.item() for name, loss in learner.step(human, anime, Moment(step)).items()}
        for step, human, anime in pairs
    ]


def test_twenty_steps_teach_something_and_all_that_is_learned_moves() -> None:
    learner = begin()
    before = copy.deepcopy(dict(learner.networks.named_parameters()))
    history = learn(learner, range(20))
    assert all(value == value and abs(value) < 100 for losses in history for value in losses.values())  # noqa: PLR0124
    assert history[-1]["colour"] < history[0]["colour"]
    assert history[-1]["discriminator"] < 2  # what knowing nothing costs
    assert not [name for name, value in learner.networks.named_parameters() if value.equal(before[name])]


def test_the_heads_of_a_trained_generator_have_a_head_start() -> None:
    learner = begin(init="a" * 64)
    before = copy.deepcopy(learner.generators["human2anime"].state_dict())
    learn(learner, range(HEAD_START - 2, HEAD_START))
    after = learner.generators["human2anime"].state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    learn(learner, range(HEAD_START, HEAD_START + 1))
    assert not torch.equal(after["leave.64.weight"], before["leave.64.weight"])


def test_the_colours_of_both_domains_are_compared_and_remembered() -> None:
    learner, other = begin(), begin()
    human, anime = torch.full((2, 3, 64, 64), -1.0), torch.full((2, 3, 64, 64), 1.0)
    learner.step(human, anime, Moment(0))  # black stays black in any light, and white is white or less
    assert (learner.memory()["brighter"] > 1).all()
    other.recall(learner.memory())
    assert torch.equal(other.memory()["brighter"], learner.memory()["brighter"])
    with pytest.raises(ValueError, match="colours of"):
        other.recall({"brighter": torch.zeros(3)})


def test_other_light_reaches_a_third_of_the_faces_darker_more_often_than_brighter() -> None:
    torch.manual_seed(0)
    grey = torch.zeros(2000, 3, 8, 8)
    lit = exposed(grey)
    assert lit.min() >= -1
    assert lit.max() <= 1
    brightness = lit.amax((1, 2, 3))
    assert 0.3 < (brightness != 0).float().mean() < 0.4
    assert (brightness < 0).sum() > 1.5 * (brightness > 0).sum()
    assert torch.equal(exposed(-torch.ones_like(grey)), -torch.ones_like(grey))  # black is black in any light


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

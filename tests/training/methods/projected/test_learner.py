"""The method of projected discriminators: its networks, one step, and growing to another size."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from f2a_methods.method import StepContext
from f2a_methods.projected.augment import Augmentation
from f2a_methods.projected.content import block_colours, colour_loss, content_loss, kept_colours
from f2a_methods.projected.exposure import evenly_lit, random_blur, random_exposure, random_shading
from f2a_methods.projected.generator import SIZES, Generator
from f2a_methods.projected.learner import Learner
from f2a_methods.projected.settings import HEAD_WARMUP, PRESETS, ProjectedConfig

GREY = torch.zeros(1, 3, 1, 1)
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
    photo, cells = faces(2, size), faces(2, 8, seed=1)
    expected = interpolate(
        small._unjoined(avg_pool2d(photo, 2), cells).atanh(),  # joined, the soft edges of both differ
        scale_factor=2.0,
        mode="bilinear",
        align_corners=False,
    ).tanh()
    assert (large._unjoined(photo, cells) - expected).abs().max() < 1e-3


def begin(size: int = 64, **choices: object) -> Learner:
    torch.manual_seed(0)
    return Learner(ProjectedConfig(**SMALL | choices), size, CPU)  # type: ignore[arg-type]


def learn(learner: Learner, steps: range, size: int = 64) -> list[dict[str, float]]:
    pairs = ((step, faces(4, size, step), -faces(4, size, step + 100)) for step in steps)
    return [
        {name: loss.item() for name, loss in learner.step(human, anime, StepContext(step)).items()}
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


def test_symmetry_and_reward_begin_when_faces_are_drawn() -> None:
    history = learn(begin(refine_from=3), range(6))
    assert [losses["symmetry"] > 0 for losses in history] == [0, 0, 0, 1, 1, 1]
    assert [losses["reward"] > 0 for losses in history] == [0, 0, 0, 0, 1, 0]  # at every other step


def test_the_heads_of_a_trained_generator_are_trained_alone_first() -> None:
    learner = begin(init="a" * 64, refine_from=PRESETS["fine-tune"].refine_from)
    before = copy.deepcopy(learner.generators["human2anime"].state_dict())
    history = learn(learner, range(HEAD_WARMUP - 2, HEAD_WARMUP))
    assert not any(losses["symmetry"] or losses["reward"] for losses in history)
    after = learner.generators["human2anime"].state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    history = learn(learner, range(HEAD_WARMUP, HEAD_WARMUP + 1))
    assert all(losses["symmetry"] and losses["reward"] for losses in history)
    assert not torch.equal(after["leave.64.weight"], before["leave.64.weight"])


def test_the_colours_of_both_domains_are_compared_and_remembered() -> None:
    learner, other = begin(), begin()
    human, anime = torch.full((2, 3, 64, 64), -1.0), torch.full((2, 3, 64, 64), 1.0)
    learner.step(human, anime, StepContext(0))  # black stays black in any light, and white is white or less
    assert (learner.extra_state()["brighter"] > 1).all()
    other.load_extra_state(learner.extra_state())
    assert torch.equal(other.extra_state()["brighter"], learner.extra_state()["brighter"])
    with pytest.raises(ValueError, match="a difference in colour"):
        other.load_extra_state({"brighter": torch.zeros(3)})


def test_a_third_of_the_faces_get_another_exposure_more_often_darker() -> None:
    torch.manual_seed(0)
    grey = torch.zeros(2000, 3, 8, 8)
    lit = random_exposure(grey)
    assert lit.min() >= -1
    assert lit.max() <= 1
    brightness = lit.amax((1, 2, 3))
    assert 0.3 < (brightness != 0).float().mean() < 0.4
    assert (brightness < 0).sum() > 1.5 * (brightness > 0).sum()
    assert torch.equal(
        random_exposure(-torch.ones_like(grey)), -torch.ones_like(grey)
    )  # black is black in any light


def test_shading_keeps_the_mean_brightness_and_changes_more_than_half() -> None:
    torch.manual_seed(0)
    grey = torch.zeros(2000, 3, 24, 24)
    lit = random_shading(grey)
    changed = (lit != 0).flatten(1).any(1)
    assert 0.55 < changed.float().mean() < 0.65
    light = (lit[changed] + 1).log()
    assert light.std((1, 2, 3)).mean() > 0.2  # uneven
    assert light.mean((1, 2, 3)).mean().abs() < 0.05  # but no brighter or darker as a whole


def test_a_part_of_less_than_half_of_the_photos_is_blurred() -> None:
    torch.manual_seed(0)
    photos = torch.rand(1000, 3, 32, 32)
    blurred = (random_blur(photos) != photos).any(1)
    some = blurred.flatten(1).any(1)
    assert 0.35 < some.float().mean() < 0.45
    assert 0.01 < blurred[some].float().mean() < 0.16
    plain = torch.full((50, 3, 32, 32), 0.3)
    assert torch.allclose(random_blur(plain), plain)


def test_a_face_is_evenly_lit_and_its_surroundings_stay() -> None:
    cells = torch.rand(2, 3, 8, 8)
    lit = evenly_lit(cells, 2, 1)
    assert torch.allclose(lit[..., 2:6, 1:7], lit[..., 2:6, 1:7].flip(-1))
    assert torch.allclose(lit[..., 2:6, 1:7].mean(), cells[..., 2:6, 1:7].mean())
    changed = (lit != cells).any(1).any(0)
    changed[2:6, 1:7] = False
    assert not changed.any()


@given(seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_a_photo_and_its_drawing_get_the_same_augmentation(seed: int) -> None:
    torch.manual_seed(seed)
    photo = faces(3, 32)
    augmentation = Augmentation.random(photo)
    assert torch.allclose(augmentation(photo), augmentation(photo.clone()))
    assert augmentation(photo).shape == photo.shape
    assert torch.allclose(Augmentation.random(photo, strength=0.0)(photo), photo)


def test_content_and_colours_of_a_face_are_its_own() -> None:
    maps = [torch.rand(2, 4, 6, 6) for _ in range(4)]
    assert (
        content_loss(maps, [3 * scale + 1 for scale in maps]) < 1e-3
    )  # contrast and brightness do not count
    photo, brighter = faces(2) + faces(2).flip(-1), torch.full((3, 4, 4), 0.1)
    photo /= 2
    photo[:, :, :40, 8:56] = -0.6  # hair of one colour
    photo[:, :, 16:56, 16:48] = 0.1  # without a mouth
    kept = kept_colours(photo, torch.full((2, 3, 1, 1), -0.6))
    assert kept.shape == block_colours(photo).shape == (2, 3, 4, 4)
    assert colour_loss(photo, kept, 0 * brighter) < 1e-4
    assert colour_loss(photo, kept, brighter) == pytest.approx(0.1 * 14 / 16, abs=0.02)


def test_the_mouth_need_not_be_the_photos() -> None:
    torch.manual_seed(0)
    photo = [torch.rand(4, 32, 6, 6) for _ in range(4)]
    mouth, hair = ([scale.clone() for scale in photo] for _ in range(2))
    mouth[2][..., 3:5, 2:4] += 1
    hair[2][..., 0:2, 2:4] += 1
    assert 0 < content_loss(mouth, photo) < 0.8 * content_loss(hair, photo)


def test_eyes_may_be_darker_than_the_photo() -> None:
    photo, nothing = torch.zeros(1, 3, 64, 64), torch.zeros(3, 4, 4)
    eyes, cheeks, kept = photo.clone(), photo.clone(), kept_colours(photo, GREY)
    eyes[:, :, 16:32, 16:48] = -1
    cheeks[:, :, 32:48, 16:48] = -1
    assert 2 * colour_loss(eyes, kept, nothing) == colour_loss(cheeks, kept, nothing) == pytest.approx(1 / 8)


def test_a_shadow_on_one_cheek_is_not_to_be_drawn() -> None:
    nothing = torch.zeros(3, 4, 4)
    photo = torch.zeros(1, 3, 64, 64)
    photo[:, :, 24:48, 16:32] = -1
    even = photo.clone()
    even[:, :, 24:56, 16:48] = -0.5  # as the cheeks, down to the neck
    kept = kept_colours(photo, GREY)
    assert colour_loss(even, kept, nothing) < 1e-4
    assert colour_loss(photo, kept, nothing) > 0.05


def test_the_bias_for_each_position_is_learned() -> None:
    learner = begin()
    assert not any(value.any() for value in learner.generators["human2anime"].usual.values())  # type: ignore[union-attr, operator]
    learn(learner, range(3))
    assert all(value.any() for value in learner.generators["human2anime"].usual.values())  # type: ignore[union-attr, operator]

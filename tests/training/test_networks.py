import itertools

import pytest
import torch
from torch import nn

from f2a_train.config import GENERATORS
from f2a_train.networks import CycleGan, Discriminator, Residual, make_generator


def test_the_discriminator_scores_64_pixels_on_a_4x4x1_map() -> None:
    assert Discriminator(64)(torch.zeros(2, 3, 64, 64)).shape == (2, 1, 4, 4)


def test_a_score_judges_a_patch_of_46_pixels() -> None:
    convolutions = [layer for layer in Discriminator(4) if isinstance(layer, nn.Conv2d)]
    field = 1
    for layer in reversed(convolutions):
        field = (field - 1) * layer.stride[0] + layer.kernel_size[0]
    assert field == 46
    assert len(convolutions) == 4  # three layers of features and the score


@pytest.mark.parametrize(("kind", "size"), list(itertools.product(GENERATORS, [16, 32, 64, 128])))
def test_a_generator_keeps_shape_and_range(kind: str, size: int) -> None:
    torch.manual_seed(0)
    faces = torch.rand(2, 3, size, size) * 2 - 1
    result = make_generator(kind, size, 4, 0.5)(faces)
    assert result.shape == faces.shape
    assert result.abs().max() <= 1


def test_the_resnet_has_nine_blocks_of_256_channels_in_the_paper() -> None:
    blocks = [
        layer for layer in make_generator("resnet9", 64, 64, 0.5).children() if isinstance(layer, Residual)
    ]
    channels = {
        layer.out_channels for block in blocks for layer in block.body if isinstance(layer, nn.Conv2d)
    }
    assert (len(blocks), channels) == (9, {256})


def test_the_unet_goes_down_to_one_pixel_with_256_hidden_units() -> None:
    unet = make_generator("unet", 64, 32, 0.5)
    shapes: list[torch.Size] = []
    for level in unet.down:  # type: ignore[union-attr]
        level.register_forward_hook(lambda _module, _inputs, output: shapes.append(output.shape[1:]))
    unet(torch.zeros(1, 3, 64, 64))
    assert [tuple(shape) for shape in shapes] == [
        (32, 32, 32),
        (64, 16, 16),
        (128, 8, 8),
        (256, 4, 4),
        (256, 2, 2),
        (256, 1, 1),
    ]


@pytest.mark.parametrize("kind", GENERATORS)
def test_no_bias_stands_before_a_normalisation_and_every_weight_learns(kind: str) -> None:
    networks = CycleGan(kind, 32, 4, 0.5)
    faces = torch.rand(1, 3, 32, 32)
    fakes = networks(faces, faces)
    scores = networks.discriminator_human(fakes.human).sum() + networks.discriminator_anime(fakes.anime).sum()
    (scores + fakes.cycled_anime.mean() + fakes.cycled_human.mean()).backward()
    for name, weight in networks.named_parameters():
        # A bias that the next layer normalises away has a gradient of rounding errors only.
        assert weight.grad is not None, name
        assert weight.grad.abs().max() > 1e-7, name


@pytest.mark.parametrize("kind", GENERATORS)
def test_dropout_acts_in_training_and_not_in_translation(kind: str) -> None:
    torch.manual_seed(0)
    faces = torch.rand(1, 3, 64, 64)
    generator = make_generator(kind, 64, 4, 0.5)
    assert not torch.equal(generator(faces), generator(faces))
    generator.eval()
    assert torch.equal(generator(faces), generator(faces))


@pytest.mark.parametrize("size", [8, 48, 100, 1024])
def test_sizes_that_cannot_be_halved_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        make_generator("unet", size, 4, 0.5)

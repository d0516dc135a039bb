import itertools
from typing import get_args

import pytest
import torch
from torch import nn

from f2a_methods.cyclegan.attention import SelfAttention
from f2a_methods.cyclegan.discriminator import Discriminator
from f2a_methods.cyclegan.generators import Residual, make_generator
from f2a_methods.cyclegan.networks import CycleGan
from f2a_methods.cyclegan.settings import GENERATORS, Architecture, Upsampling


def like(generator: str, width: int = 4, **settings: object) -> Architecture:
    return Architecture(generator=generator, width=width, **settings)  # type: ignore[arg-type]


def test_the_discriminator_scores_64_pixels_on_a_4x4x1_map() -> None:
    assert Discriminator(64)(torch.zeros(2, 3, 64, 64)).shape == (2, 1, 4, 4)


def test_a_score_judges_a_patch_of_46_pixels() -> None:
    convolutions = [layer for layer in Discriminator(4).modules() if isinstance(layer, nn.Conv2d)]
    field = 1
    for layer in reversed(convolutions):
        field = (field - 1) * layer.stride[0] + layer.kernel_size[0]
    assert field == 46
    assert len(convolutions) == 4  # three layers of features and the score


@pytest.mark.parametrize(
    ("kind", "size", "upsample", "attention"),
    list(itertools.product(GENERATORS, [16, 32, 64, 128], get_args(Upsampling), [False, True])),
)
def test_a_generator_keeps_shape_and_range(kind: str, size: int, upsample: str, *, attention: bool) -> None:
    torch.manual_seed(0)
    faces = torch.rand(2, 3, size, size) * 2 - 1
    result = make_generator(like(kind, upsample=upsample, attention=attention), size)(faces)
    assert result.shape == faces.shape
    assert result.abs().max() <= 1


def test_the_resnet_has_nine_blocks_of_256_channels_in_the_paper() -> None:
    blocks = [
        layer for layer in make_generator(like("resnet9", 64), 64).children() if isinstance(layer, Residual)
    ]
    channels = {
        layer.out_channels for block in blocks for layer in block.body if isinstance(layer, nn.Conv2d)
    }
    assert (len(blocks), channels) == (9, {256})


def test_the_unet_goes_down_to_one_pixel_with_256_hidden_units() -> None:
    unet = make_generator(like("unet", 32), 64)
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
    networks = CycleGan(like(kind), 32)
    faces = torch.rand(1, 3, 32, 32)
    anime, human = networks.human2anime(faces), networks.anime2human(faces)
    (networks.discriminator_human(human).sum() + networks.discriminator_anime(anime).sum()).backward()
    for name, weight in networks.named_parameters():
        # A bias that the next layer normalises away has a gradient of rounding errors only.
        assert weight.grad is not None, name
        assert weight.grad.abs().max() > 1e-7, name


@pytest.mark.parametrize("kind", GENERATORS)
def test_dropout_acts_in_training_and_not_in_translation(kind: str) -> None:
    torch.manual_seed(0)
    faces = torch.rand(1, 3, 64, 64)
    generator = make_generator(like(kind), 64)
    assert not torch.equal(generator(faces), generator(faces))
    generator.eval()
    assert torch.equal(generator(faces), generator(faces))


@pytest.mark.parametrize("kind", ["resnet9", "unet"])
def test_the_stored_weights_are_those_of_any_convolution(kind: str) -> None:
    generator = make_generator(like(kind), 64)
    layers = [m for m in generator.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
    stored = {weight.data_ptr(): weight for weight in generator.state_dict().values()}
    theirs = {weight.data_ptr() for layer in layers for weight in layer.parameters()}
    assert theirs == set(stored)
    assert all(weight.is_contiguous() for weight in stored.values())


@pytest.mark.parametrize("size", [8, 48, 100, 1024])
def test_sizes_that_cannot_be_halved_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        make_generator(like("unet"), size)


def test_a_head_for_the_whole_face_scores_beside_the_patches_and_sees_all_of_it() -> None:
    torch.manual_seed(0)
    faces = torch.rand(2, 3, 64, 64, requires_grad=True)
    scores = Discriminator(4, 64, spectral=True, whole=True)(faces)
    assert scores.shape == (2, 2, 4, 4)
    assert torch.equal(scores[:, 1], scores[:, 1, :1, :1].expand(2, 4, 4))
    assert scores[:, 0].unique().numel() == 32
    shares = []
    for head in range(2):
        (slope,) = torch.autograd.grad(scores[0, head, 0, 0], faces, retain_graph=True)
        shares.append((slope[0] != 0).float().mean().item())
    assert shares[0] == (31 / 64) ** 2  # of a patch's 46 pixels 15 lie outside, on the left and above
    assert shares[1] > 0.99


def test_spectral_normalisation_holds_each_layer_to_slope_one() -> None:
    networks = CycleGan(like("resnet9", spectral_norm=True), 32)
    for _ in range(20):  # each pass brings the estimate of the largest singular value nearer
        networks.discriminator_anime(torch.rand(1, 3, 32, 32))
    layers = [layer for layer in networks.discriminator_anime.modules() if isinstance(layer, nn.Conv2d)]
    assert len(layers) == 4
    for layer in layers:
        largest = torch.linalg.svdvals(layer.weight.detach().flatten(1))[0]
        assert largest.item() == pytest.approx(1, abs=0.05)
    assert not any(isinstance(layer, nn.InstanceNorm2d) for layer in networks.discriminator_anime.modules())


@pytest.mark.parametrize(("kind", "size"), [("resnet9", 64), ("unet", 64), ("unet", 128)])
def test_self_attention_stands_at_16x16_and_begins_closed(kind: str, size: int) -> None:
    torch.manual_seed(0)
    generator = make_generator(like(kind, attention=True), size)
    [block] = [module for module in generator.modules() if isinstance(module, SelfAttention)]
    sides: list[int] = []
    block.register_forward_hook(lambda _module, _inputs, output: sides.append(output.shape[-1]))
    faces = torch.rand(1, 3, size, size)
    closed = generator.eval()(faces)
    assert sides == [16]
    block.merge.weight.data.fill_(1.0)
    assert torch.equal(generator(faces), closed)
    block.gate.data.fill_(1.0)
    assert not torch.allclose(generator(faces), closed)


def test_attention_carries_what_one_place_shows_to_all_others() -> None:
    torch.manual_seed(0)
    block = SelfAttention(16)
    block.gate.data.fill_(1.0)
    features = torch.rand(1, 16, 4, 4, requires_grad=True)
    (slope,) = torch.autograd.grad(block(features)[0, 0, 0, 0], features)
    assert (slope != 0).all()


def test_doubling_by_resizing_leaves_no_checkerboard() -> None:
    """A flat input has a flat inside, where the pixels of a transposed convolution take turns."""
    flat = torch.ones(1, 3, 64, 64) * 0.3
    roughness = {}
    for upsample in get_args(Upsampling):
        torch.manual_seed(0)
        generator = make_generator(like("resnet9", upsample=upsample), 64)
        double = nn.Sequential(*list(generator.children())[18 : 19 if upsample == "deconv" else 20])
        inside = double(flat.mean() * torch.ones(1, 16, 16, 16))[..., 8:-8, 8:-8]
        roughness[upsample] = inside.std(dim=(2, 3)).max().item()
    assert roughness["resize"] < 1e-6
    assert roughness["deconv"] > 0.01

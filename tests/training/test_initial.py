"""``--init``: a run that begins from a trained generator, of its own size or another."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from f2a_manifests import ExitCode, FatalError, Workspace
from f2a_methods import from_preset, method_of
from f2a_methods.config import Config
from f2a_methods.projected.discriminator import Heads
from f2a_train.engine.checkpoint import load, load_generator
from f2a_train.engine.initial import source_of
from f2a_train.engine.loop import Options, train
from f2a_train.generators.export import export
from f2a_train.onnx_weights import read_weights
from f2a_translate.shipped import SHIPPED

Start = Callable[..., "subprocess.Popen[str]"]
SMALL = {"width": 4, "blocks": 1, "batch_size": 1, "precision": "fp32"}


def projected(**changes: Any) -> Config:  # noqa: ANN401
    return from_preset("projected", **SMALL | {"steps": 1} | changes)


def run(data: Any, out: Path, config: Config, init: object = "") -> Path:  # noqa: ANN401
    train(data.human, data.anime, out, config, Options(device="cpu", progress=False, init=str(init)))
    return out


def weights(out: Path) -> dict[str, Tensor]:
    return load_generator(out, "human2anime")[0].state_dict()


@pytest.fixture(scope="module")
def trained(fill_workspace: Callable, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A workspace and the folder of a run; nobody writes there."""
    root = tmp_path_factory.mktemp("trained")
    data = fill_workspace(Workspace(root / "w"), size=64, train=6, val=2)
    return data, run(data, root / "first", projected(steps=3))


@pytest.mark.parametrize("kind", ["folder", "checkpoint", "onnx"])
def test_a_run_begins_as_the_generator_that_it_is_given(
    trained: tuple[Any, Path], tmp_path: Path, kind: str
) -> None:
    data, first = trained
    source = {"folder": first, "checkpoint": first / "checkpoint.pt", "onnx": tmp_path / "g.onnx"}[kind]
    if kind == "onnx":
        export(first, source, discriminators=True)
    begun = run(data, tmp_path / "begun", projected(seed=5), source)  # its heads have a head start: one step
    before, after = weights(first), weights(begun)
    assert all(torch.equal(before[name], value) for name, value in after.items())
    assert load(begun / "checkpoint.pt").step == 1
    heads = [load(out / "checkpoint.pt").networks["heads.heads.3.0.bias"] for out in (first, begun)]
    assert torch.allclose(*heads, atol=1e-3)


def test_a_larger_run_takes_the_levels_that_both_have(
    trained: tuple[Any, Path], make_workspace: Callable, tmp_path: Path
) -> None:
    _, first = trained
    grown = weights(run(make_workspace("large", size=128), tmp_path / "grown", projected(), first))
    shared = weights(first)
    assert all(torch.equal(grown[name], value) for name, value in shared.items())
    assert set(grown) > set(shared)


def test_it_is_part_of_what_a_run_was_begun_with(trained: tuple[Any, Path], tmp_path: Path) -> None:
    data, first = trained
    out = run(data, tmp_path / "begun", projected(steps=2, decay_from=0), first)
    run(data, out, projected(steps=3, decay_from=0), first)  # the same again goes on
    assert load(out / "checkpoint.pt").step == 3
    with pytest.raises(FatalError, match="--init names another file") as caught:
        run(data, out, projected(steps=3, decay_from=0))
    assert caught.value.code is ExitCode.USAGE


@pytest.mark.parametrize("other", [{"width": 8}, {"preset": "paper"}])
def test_a_generator_of_another_kind_or_width_is_refused(
    trained: tuple[Any, Path], tmp_path: Path, other: dict[str, Any]
) -> None:
    data, first = trained
    config = from_preset("paper", width=4, steps=1) if "preset" in other else projected(**other)
    with pytest.raises(FatalError, match="of another kind or width") as caught:
        run(data, tmp_path / "other", config, first)
    assert caught.value.code is ExitCode.USAGE


def test_cyclegan_begins_from_a_checkpoint_with_all_four_networks(
    make_workspace: Callable, tmp_path: Path
) -> None:
    data = make_workspace(size=32)
    config = from_preset("paper", width=4, steps=2, learning_rate=1e-9, precision="fp32")
    first = run(data, tmp_path / "first", config)
    begun = run(data, tmp_path / "begun", config, first)
    ends = [load(out / "checkpoint.pt").networks for out in (first, begun)]
    assert all(torch.allclose(ends[0][name], value, atol=1e-6) for name, value in ends[1].items())


@pytest.mark.parametrize("content", [b"", b"no network", b"PK\x03\x04 torn"])
@pytest.mark.parametrize("name", ["strange.pt", "strange.onnx"])
def test_what_is_no_generator_is_one_clear_line(
    make_workspace: Callable, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FatalError, match="strange") as caught:
        run(make_workspace(size=64), tmp_path / "run", projected(), tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("size", "nearest"), [(64, 64), (128, 128), (256, 128)])
def test_the_word_shipped_is_the_generator_of_the_nearest_size(size: int, nearest: int) -> None:
    assert source_of("shipped", size) == SHIPPED[nearest]


@pytest.mark.parametrize("size", SHIPPED)
def test_the_shipped_generators_are_of_the_presets_kind(size: int) -> None:
    config = from_preset("projected")
    network = method_of(config).generator(config, size)
    given = {
        name.removeprefix("human2anime."): value
        for name, value in read_weights(SHIPPED[size], "human2anime").items()
    }
    heads = {name for name in given if name.startswith("heads.")}
    assert heads == {f"heads.{name}" for name in Heads().state_dict()}
    network.load_state_dict({name: value for name, value in given.items() if name not in heads})
    assert all(np.isfinite(value.numpy()).all() for value in given.values())


def test_the_command_begins_from_it_and_says_so(
    f2a_train: Start, make_workspace: Callable, tmp_path: Path
) -> None:
    data, out = make_workspace(size=64), tmp_path / "run"
    paths = ["--human", data.human, "--anime", data.anime, "--out", out]
    process = f2a_train("train", *paths, "--init", "shipped", "--batch-size", "1", "--minutes", "0.00001")
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "1 steps done" in output
    assert "generator-64.onnx" in errors
    missing = f2a_train("train", *paths[:-1], tmp_path / "other", "--init", tmp_path / "none.onnx")
    _, errors = missing.communicate(timeout=120)
    assert (missing.returncode, len(errors.splitlines())) == (2, 1)

"""Checkpoints from strangers."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from f2a_manifests import FatalError
from f2a_methods import from_preset
from f2a_train.engine.checkpoint import load, load_generator
from f2a_train.engine.loop import Options, train


class Malice:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.mark}",)


@pytest.fixture
def trained(make_workspace: Callable, tmp_path: Path) -> tuple[Any, Path]:
    data = make_workspace()
    config = from_preset("paper", width=4, steps=2)
    train(data.human, data.anime, tmp_path / "run", config, Options(device="cpu", progress=False))
    return data, tmp_path / "run"


@pytest.mark.parametrize("writer", ["torch", "pickle"])
def test_code_in_a_checkpoint_is_refused_not_run(tmp_path: Path, writer: str) -> None:
    path, mark = tmp_path / "checkpoint.pt", tmp_path / "mark"
    content = {"format": 2, "networks": Malice(mark)}
    if writer == "torch":
        torch.save(content, path)
    else:
        path.write_bytes(pickle.dumps(content))
    with pytest.raises(FatalError, match="refused") as caught:
        load(path)
    assert not mark.exists()
    assert "\n" not in str(caught.value)


def test_a_run_whose_checkpoint_was_swapped_does_not_resume_from_it(trained: tuple[Any, Path]) -> None:
    data, out = trained
    mark = out.parent / "mark"
    torch.save({"format": 2, "networks": Malice(mark)}, out / "checkpoint.pt")
    with pytest.raises(FatalError, match="refused"):
        train(data.human, data.anime, out, from_preset("paper", width=4, steps=4), Options(progress=False))
    assert not mark.exists()


@pytest.mark.parametrize(
    "content", [b"", b"<html>not found</html>", b"PK\x03\x04 torn archive", b"\x80\x02}q\x00."]
)
def test_what_is_no_checkpoint_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(content)
    with pytest.raises(FatalError, match=r"checkpoint\.pt") as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match="there is no checkpoint"):
        load(tmp_path / "none.pt")


def replace_in(content: dict[str, Any], part: str, key: str, value: object) -> None:
    content[part][key] = value


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("config", "width", 10**9),
        ("config", "width", "4"),
        ("config", "generator", "evil"),
        ("origin", "size", 2**40),
        ("origin", "size", "64"),
        ("origin", "human_rule", 7),
        ("networks", "human2anime.0.weight", torch.zeros(1)),
        ("networks", "human2anime.0.weight", "text"),
    ],
)
def test_wrong_contents_are_refused(trained: tuple[Any, Path], part: str, key: str, value: object) -> None:
    path = trained[1] / "checkpoint.pt"
    content = torch.load(path, weights_only=True)
    replace_in(content, part, key, value)
    torch.save(content, path)
    with pytest.raises(FatalError, match=r"checkpoint\.pt"):
        load_generator(path, "human2anime")


@pytest.mark.parametrize("edit", ["one more", "one less"])
def test_a_run_of_a_version_with_other_settings_translates_and_does_not_go_on(
    trained: tuple[Any, Path], edit: str
) -> None:
    data, out = trained
    path = out / "checkpoint.pt"
    content = torch.load(path, weights_only=True)
    if edit == "one more":
        content["config"]["novelty"] = 3
    else:
        del content["config"]["identity_weight"]
    torch.save(content, path)
    assert load_generator(path, "human2anime")[1].step == 2
    with pytest.raises(FatalError, match=r"other settings \((novelty|identity_weight)\).*--init"):
        train(data.human, data.anime, out, from_preset("paper", width=4, steps=4), Options(progress=False))


def test_an_older_format_says_what_to_do(trained: tuple[Any, Path]) -> None:
    path = trained[1] / "checkpoint.pt"
    torch.save(torch.load(path, weights_only=True) | {"format": 2}, path)
    with pytest.raises(FatalError, match=r"format 2, and this version reads \d+.*export"):
        load_generator(path, "human2anime")


def test_a_direction_that_the_method_lacks_is_named(make_workspace: Callable, tmp_path: Path) -> None:
    data = make_workspace(size=64)
    config = from_preset("projected", width=4, blocks=1, batch_size=1, steps=1)
    train(data.human, data.anime, tmp_path / "p", config, Options(device="cpu", progress=False))
    with pytest.raises(FatalError, match="translates human2anime only, not anime2human"):
        load_generator(tmp_path / "p", "anime2human")


def test_a_truncated_checkpoint_is_refused(trained: tuple[Any, Path]) -> None:
    path = trained[1] / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(FatalError, match="cannot be read"):
        load(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [("step", -1), ("rate_factor", float("nan")), ("augment_strength", "1"), ("memory", []), ("averages", 0)],
)
def test_wrong_state_is_refused(trained: tuple[Any, Path], name: str, value: object) -> None:
    path = trained[1] / "checkpoint.pt"
    content = torch.load(path, weights_only=True)
    torch.save(content | {name: value}, path)
    with pytest.raises(FatalError, match=r"checkpoint\.pt: not a checkpoint"):
        load(path)

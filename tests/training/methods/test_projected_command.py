"""The command that trains the method: it goes on where it was, grows, and refuses what is not its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from f2a_train.translator import load


def run(data: object, out: Path, *more: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "f2a_train.methods.projected", "--batch-size", "2", "--out", str(out)]
    faces = ["--human", str(data.human), "--anime", str(data.anime)]  # type: ignore[attr-defined]
    return subprocess.run([*command, *faces, *map(str, more)], capture_output=True, text=True, check=False)


def step(out: Path) -> int:
    return int(torch.load(out / "checkpoint.pt", weights_only=True)["state"]["step"])


def test_it_goes_on_and_another_size_begins_from_it(make_workspace: Callable, tmp_path: Path) -> None:
    data, out = make_workspace(size=64), tmp_path / "run"
    first = run(data, out, "--minutes", 1e-6)  # one step
    assert first.returncode == 0, first.stderr
    assert step(out) == 1
    card = load(out / "generator.onnx").card
    assert (card.generator, card.direction, card.size, card.step) == ("projected", "human2anime", 64, 1)
    spent = torch.load(out / "checkpoint.pt", weights_only=True)["seconds"]
    again = run(data, out, "--minutes", (spent + 1e-6) / 60)
    assert (again.returncode, step(out)) == (0, 2), again.stderr

    larger, grown = make_workspace("w128", size=128), tmp_path / "grown"
    done = run(larger, grown, "--minutes", 1e-6, "--init", out / "checkpoint.pt")
    assert done.returncode == 0, done.stderr
    assert load(grown / "generator.onnx").card.size == 128
    refused = run(larger, out)
    assert (refused.returncode, "is of other faces or choices" in refused.stderr) == (2, True)
    assert "Traceback" not in refused.stderr


def test_a_checkpoint_of_something_else_is_refused(
    make_workspace: Callable, tiny_run: Path, tmp_path: Path
) -> None:
    data = make_workspace(size=64)
    done = run(data, tmp_path / "run", "--init", tiny_run / "checkpoint.pt")
    assert (done.returncode, "not a checkpoint of the method projected" in done.stderr) == (1, True)

"""The real command, killed for real."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from f2a_train.config import from_preset
from f2a_train.train import Options, train

Start = Callable[..., "subprocess.Popen[str]"]
STEPS = 40


def arguments(data: Any, out: Path) -> list[object]:  # noqa: ANN401
    run = ["--human", data.human, "--anime", data.anime, "--out", out]
    small = ["--generator", "resnet9", "--width", 4, "--steps", STEPS, "--device", "cpu"]
    return ["train", *run, *small, "--checkpoint-every", 5, "--sample-every", 10]


def wait_for_row(process: "subprocess.Popen[str]", table: Path, row: int) -> None:
    while process.poll() is None:
        if table.exists() and table.read_bytes().count(b"\n") > row:
            return
        time.sleep(0.005)
    raise AssertionError(process.communicate())


def finish(process: "subprocess.Popen[str]") -> str:
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return errors


@pytest.fixture
def whole(make_workspace: Callable, tmp_path: Path) -> tuple[Any, bytes]:
    """The losses of a run that nobody disturbs, in this process."""
    data, out = make_workspace(), tmp_path / "whole"
    config = from_preset("paper", generator="resnet9", width=4, steps=STEPS)
    train(data.human, data.anime, out, config, Options(device="cpu", progress=False))
    return data, (out / "losses.csv").read_bytes()


def test_killed_twice_it_ends_with_the_losses_of_an_uninterrupted_run(
    f2a_train: Start, whole: tuple[Any, bytes], tmp_path: Path
) -> None:
    data, expected = whole
    out = tmp_path / "killed"
    for row in (2, 17):  # before the first checkpoint, and between two later ones
        process = f2a_train(*arguments(data, out))
        wait_for_row(process, out / "losses.csv", row)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    assert "going on after step" in finish(f2a_train(*arguments(data, out)))
    assert (out / "losses.csv").read_bytes() == expected
    assert not list(out.rglob("*.tmp"))


def test_ctrl_c_saves_where_it_is_and_says_how_to_go_on(
    f2a_train: Start, whole: tuple[Any, bytes], tmp_path: Path
) -> None:
    data, expected = whole
    out = tmp_path / "stopped"
    process = f2a_train(*arguments(data, out))
    wait_for_row(process, out / "losses.csv", 7)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    stopped = (out / "losses.csv").read_bytes().count(b"\n") - 1
    assert f"stopped after step {stopped}; run the same command again" in errors.splitlines()[-1]
    assert f"going on after step {stopped} of {STEPS}" in finish(f2a_train(*arguments(data, out)))
    assert (out / "losses.csv").read_bytes() == expected

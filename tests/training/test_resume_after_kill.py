"""The real command, killed for real."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from f2a_methods import from_preset
from f2a_train.engine.loop import Options, train

Start = Callable[..., "subprocess.Popen[str]"]
STEPS = 40
SETTINGS: dict[str, dict[str, Any]] = {
    "paper": {"width": 4, "steps": STEPS},
    "projected": {"width": 4, "steps": STEPS, "blocks": 1, "batch_size": 1, "decay_from": 20},
}


@dataclass
class Whole:
    """A run that nobody disturbs, in this process."""

    data: Any
    preset: str
    losses: bytes

    def command(self, out: Path) -> list[object]:
        """To train the same into another folder."""
        file = out.with_suffix(".toml")
        settings = {"preset": self.preset, "checkpoint_every": 5, "sample_every": 10} | SETTINGS[self.preset]
        file.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items()))
        run = ["--human", self.data.human, "--anime", self.data.anime, "--out", out, "--config", file]
        return ["train", *run, "--device", "cpu"]


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


@pytest.fixture(params=SETTINGS)
def whole(request: pytest.FixtureRequest, make_workspace: Callable, tmp_path: Path) -> Whole:
    data, out = make_workspace(size=64), tmp_path / "whole"
    config = from_preset(request.param, **SETTINGS[request.param])
    train(data.human, data.anime, out, config, Options(device="cpu", progress=False))
    return Whole(data, request.param, (out / "losses.csv").read_bytes())


def test_killed_twice_it_ends_with_the_losses_of_an_uninterrupted_run(
    f2a_train: Start, whole: Whole, tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    for row in (2, 17):  # before the first checkpoint, and between two later ones
        process = f2a_train(*whole.command(out))
        wait_for_row(process, out / "losses.csv", row)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    assert "continuing after step" in finish(f2a_train(*whole.command(out)))
    assert (out / "losses.csv").read_bytes() == whole.losses
    assert not list(out.rglob("*.tmp"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_stop_saves_where_it_is_and_says_how_to_go_on(
    f2a_train: Start, whole: Whole, tmp_path: Path, number: signal.Signals
) -> None:
    out = tmp_path / "stopped"
    process = f2a_train(*whole.command(out))
    wait_for_row(process, out / "losses.csv", 7)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    stopped = (out / "losses.csv").read_bytes().count(b"\n") - 1
    assert f"stopped after step {stopped}; run the same command again" in errors.splitlines()[-1]
    assert f"continuing after step {stopped} of {STEPS}" in finish(f2a_train(*whole.command(out)))
    assert (out / "losses.csv").read_bytes() == whole.losses

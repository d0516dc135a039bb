"""The real command, killed for real."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from f2a_manifests import Workspace
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


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, fill_workspace: Callable) -> Callable[[str], Whole]:
    """The run of a preset; each is trained once, for whatever asks first."""

    @cache
    def trained(preset: str) -> Whole:
        root = tmp_path_factory.mktemp(preset)
        data = fill_workspace(Workspace(root / "w"), size=64, train=6, val=2)
        config = from_preset(preset, **SETTINGS[preset])
        train(data.human, data.anime, root / "run", config, Options(device="cpu", progress=False))
        return Whole(data, preset, (root / "run" / "losses.csv").read_bytes())

    return trained


@pytest.mark.parametrize("preset", SETTINGS)
def test_killed_twice_it_ends_with_the_losses_of_an_uninterrupted_run(
    f2a_train: Start, whole: Callable[[str], Whole], tmp_path: Path, preset: str
) -> None:
    run, out = whole(preset), tmp_path / "killed"
    for row in (2, 17):  # before the first checkpoint, and between two later ones
        process = f2a_train(*run.command(out))
        wait_for_row(process, out / "losses.csv", row)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    assert "continuing after step" in finish(f2a_train(*run.command(out)))
    assert (out / "losses.csv").read_bytes() == run.losses
    assert not list(out.rglob("*.tmp"))


@pytest.mark.parametrize(
    ("number", "preset"),
    [(signal.SIGINT, "paper"), (signal.SIGTERM, "projected"), (signal.SIGHUP, "paper")],
)
def test_a_signal_to_stop_saves_where_it_is_and_says_how_to_go_on(
    f2a_train: Start, whole: Callable[[str], Whole], tmp_path: Path, number: signal.Signals, preset: str
) -> None:
    run, out = whole(preset), tmp_path / "stopped"
    process = f2a_train(*run.command(out))
    wait_for_row(process, out / "losses.csv", 7)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    stopped = (out / "losses.csv").read_bytes().count(b"\n") - 1
    assert f"stopped after step {stopped}; run the same command again" in errors.splitlines()[-1]
    assert f"continuing after step {stopped} of {STEPS}" in finish(f2a_train(*run.command(out)))
    assert (out / "losses.csv").read_bytes() == run.losses

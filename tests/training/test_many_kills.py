"""Killed twenty times at random, with every mechanism at work, a run ends as if nobody had touched it."""

import multiprocessing
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
import torch

from f2a_methods import from_preset
from f2a_train.engine import checkpoint as saved
from f2a_train.engine.loop import Options, train

KILLS = {"steady": 20, "projected": 5}
SIZES = {"steady": 16, "projected": 64}
REACHED = {"steady": 22, "projected": 2}
SETTINGS: dict[str, dict[str, Any]] = {
    "projected": {
        "width": 4,
        "blocks": 1,
        "batch_size": 2,
        "steps": 24,
        "decay_from": 12,
        "reward_weight": 1.0,
        "refine_from": 6,
        "frontal_from": 12,
    },
    "steady": {
        "generator": "unet",
        "width": 2,
        "batch_size": 2,
        "pool": 9,
        "dropout": 0.3,
        "gradient_penalty": 1.0,
        "augment": "color,translation,cutout",
        "spectral_norm": True,
        "steps": 120,
        "identity_until": 20,
        "decay_from": 24,
    },
}
OPTIONS = Options(device="cpu", progress=False, checkpoint_every=2, sample_every=20)


def rows(table: Path) -> int:
    return table.read_bytes().count(b"\n") if table.exists() else 0


def kill_in_the_middle(process: BaseProcess, table: Path, chance: random.Random) -> None:
    """After some rows, anywhere between two of them or while a checkpoint is written."""
    before, more = rows(table), chance.randint(1, 4)
    while process.is_alive() and rows(table) < before + more:
        time.sleep(0.002)
    time.sleep(chance.random() * 0.03)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(), reason="starts too slowly without forkserver"
)
@pytest.mark.parametrize("preset", SETTINGS)
def test_many_kills_change_no_loss_and_no_weight(
    make_workspace: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preset: str
) -> None:
    data, whole, killed = make_workspace(size=SIZES[preset]), tmp_path / "whole", tmp_path / "killed"
    job = (data.human, data.anime, killed, from_preset(preset, **SETTINGS[preset]), OPTIONS)
    processes = multiprocessing.get_context("forkserver")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    processes.set_forkserver_preload(["f2a_train.engine.loop"])  # so that a start takes no import of torch
    chance = random.Random(0)
    for _ in range(KILLS[preset]):
        process = processes.Process(target=train, args=job)
        process.start()
        kill_in_the_middle(process, killed / "losses.csv", chance)
    reached = saved.load(killed / "checkpoint.pt").step
    assert REACHED[preset] < reached < SETTINGS[preset]["steps"]

    train(*job)
    train(data.human, data.anime, whole, *job[3:])
    assert (killed / "losses.csv").read_bytes() == (whole / "losses.csv").read_bytes()
    ends = [saved.load(folder / "checkpoint.pt") for folder in (killed, whole)]
    for part in ("networks", "averages", "memory"):
        states = [getattr(end, part) for end in ends]
        assert all(torch.equal(states[0][name], states[1][name]) for name in states[1])
    assert not list(killed.rglob("*.tmp"))

"""Several processes that train one run, as torchrun starts them: like one process, but for rounding."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from in_processes import Job, doubles

from f2a_manifests import ExitCode, FatalError, Workspace
from f2a_methods import METHODS, from_preset, processes
from f2a_train.data.faces import Sampler
from f2a_train.engine import checkpoint
from f2a_train.engine.run import resolve_device

TORCHRUN = Path(sys.executable).with_name("torchrun")
TWO = (TORCHRUN, "--standalone", "--nproc-per-node", "2")
QUIET = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
pytestmark = pytest.mark.timeout(900)  # starting torch several times takes long on a busy machine
STEPS, STOP = 4, 2
# All that is random, remembered, or a function of the batch, at once. The average's half-life is so short
# that it counts images: while it ramps up, it counts steps.
SETTINGS: dict[str, dict[str, Any]] = {
    "steady": {
        "width": 4,
        "batch_size": 4,
        "steps": STEPS,
        "pool": 6,
        "dropout": 0.3,
        "gradient_penalty": 1.0,
        "augment": "color,translation,cutout",
        "spectral_norm": True,
        "loss": "hinge",
        "identity_until": 3,
        "decay_from": 2,
        "ema_half_life": 0.5,
        "precision": "fp32",
    },
    "projected": {
        "reward_weight": 1.0,
        "refine_from": 1,
        "frontal_from": 2,
        "width": 4,
        "blocks": 1,
        "batch_size": 4,
        "steps": STEPS,
        "decay_from": 2,
        "ema_half_life": 0.5,
        "precision": "fp32",
    },
}
SIZES = {"steady": 16, "projected": 64}


@dataclass
class Runs:
    """The same run of each preset, with one process and with two, stopped and continued in every way."""

    root: Path

    def losses(self, preset: str, name: str) -> list[dict[str, float]]:
        with (self.root / preset / name / "losses.csv").open(newline="") as file:
            return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]

    def bytes(self, preset: str, name: str) -> bytes:
        return (self.root / preset / name / "losses.csv").read_bytes()

    def checkpoint(self, preset: str, name: str) -> checkpoint.Checkpoint:
        return checkpoint.load(self.root / preset / name / "checkpoint.pt")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, fill_workspace: Callable[..., Any]) -> Runs:
    root = tmp_path_factory.mktemp("processes")
    with doubles():
        _run_all(root, fill_workspace)
    return Runs(root)


def _run_all(root: Path, fill: Callable[..., Any]) -> None:
    together, later = [], []
    for preset, settings in SETTINGS.items():
        place = root / preset
        data = fill(Workspace(place / "w"), SIZES[preset], 9, 8)
        job = Job(str(data.human), str(data.anime), "", preset, settings)
        job.to(STEPS, place / "one").run()
        job.to(STOP, place / "one-two").run()
        together += [job.to(STEPS, place / "two"), job.to(STEPS, place / "one-two")]
        together += [job.to(step, place / "two-two") for step in (STOP, STEPS)]
        together += [job.to(STOP, place / "two-one")]
        later += [job.to(STEPS, place / "two-one")]
        odd = replace(job, settings=settings | {"batch_size": 3})
        together += [odd.to(STEPS, place / "odd")]
    (root / "jobs.json").write_text(json.dumps([asdict(job) for job in together]))
    script = Path(__file__).with_name("in_processes.py")
    command = [*map(str, TWO), str(script), str(root / "jobs.json")]
    done = subprocess.run(command, env=os.environ | QUIET, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for job in later:
        job.run()


def test_every_method_is_tried() -> None:
    assert {from_preset(preset).METHOD for preset in SETTINGS} == set(METHODS)


@pytest.mark.parametrize("preset", SETTINGS)
@pytest.mark.parametrize("name", ["two", "one-two", "two-one"])
def test_with_half_the_batch_each_two_have_the_losses_of_one(runs: Runs, preset: str, name: str) -> None:
    expected, found = runs.losses(preset, "one"), runs.losses(preset, name)
    assert len(found) == STEPS
    for one, two in zip(expected, found, strict=True):
        assert two == pytest.approx(one, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("preset", SETTINGS)
def test_pools_colours_and_averages_are_the_same_too(runs: Runs, preset: str) -> None:
    one, two = (runs.checkpoint(preset, name) for name in ("one", "two"))
    assert one.memory
    for name, values in one.memory.items():
        assert len(values)
        assert torch.allclose(two.memory[name], values, atol=1e-5), name
    assert one.averages
    for name, values in one.averages.items():
        assert torch.allclose(two.averages[name], values, atol=1e-5), name


@pytest.mark.parametrize("preset", SETTINGS)
def test_two_that_were_stopped_go_on_bit_for_bit(runs: Runs, preset: str) -> None:
    assert runs.bytes(preset, "two-two") == runs.bytes(preset, "two")


def test_processes_have_every_face_of_a_batch_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = torch.arange(7, dtype=torch.uint8).view(-1, 1, 1, 1).expand(7, 3, 4, 4)
    sampler = Sampler(7, 6, (3, 0))
    whole = [sampler.batch(pixels, step) for step in range(5)]
    monkeypatch.setattr(processes, "world_size", lambda: 3)
    parts = []
    for rank in range(3):
        monkeypatch.setattr(processes, "rank", lambda rank=rank: rank)
        parts.append([sampler.batch(pixels, step, processes.shard_slice()) for step in range(5)])
    for step, batch in enumerate(whole):
        assert torch.equal(torch.stack([part[step] for part in parts], 1).flatten(0, 1), batch)


def started(*arguments: object) -> "subprocess.Popen[str]":
    program = Path(sys.executable).with_name("f2a-train")
    command = [*map(str, TWO), "--no-python", str(program), "train", *map(str, arguments)]
    return subprocess.Popen(
        command, env=os.environ | QUIET, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def small(folder: Path) -> list[object]:
    """Settings of a training that is quick."""
    file = folder / "small.toml"
    file.write_text('preset = "paper"\nwidth = 4\nbatch_size = 2\nprecision = "fp32"\n')
    return ["--config", file]


def test_the_command_stops_and_goes_on_and_one_process_writes(
    make_workspace: Callable, tmp_path: Path
) -> None:
    data, out = make_workspace(size=16), tmp_path / "run"
    run = ["--human", data.human, "--anime", data.anime, "--out", out, "--device", "cpu", *small(tmp_path)]
    process = started(*run)
    while _rows(out) < 4:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=200)
    stopped = _rows(out)
    assert errors.count(f"stopped after step {stopped}; run the same command again") == 1
    process = started(*run, "--steps", stopped + 2)
    said, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors
    assert said.count(f"{stopped + 2} steps done") == 1
    assert errors.count(f"continuing after step {stopped}") == 1
    steps = [line.split(",")[0] for line in (out / "losses.csv").read_text().splitlines()[1:]]
    assert steps == [str(step) for step in range(1, stopped + 3)]


def _rows(out: Path) -> int:
    table = out / "losses.csv"
    return table.read_bytes().count(b"\n") - 1 if table.exists() else 0


@pytest.mark.parametrize("preset", SETTINGS)
def test_a_batch_that_cannot_be_divided_is_refused_once(runs: Runs, preset: str) -> None:
    first, second = ((runs.root / preset / f"odd.{rank}").read_text() for rank in range(2))
    assert first.startswith("FatalError: a batch of 3 cannot be divided among 2 processes")
    assert second == f"SystemExit: {int(ExitCode.USAGE)}"  # it ends silently
    assert not (runs.root / preset / "odd").exists()


def test_processes_with_other_settings_than_the_first_are_refused(
    make_workspace: Callable, tmp_path: Path
) -> None:
    data = make_workspace(size=16)
    run = ["--human", data.human, "--anime", data.anime, "--out", tmp_path / "run", "--device", "cpu"]
    run += [*small(tmp_path), "--steps", 2]
    words = " ".join(map(str, (Path(sys.executable).with_name("f2a-train"), "train", *run)))
    command = [*map(str, TWO), "--no-python", "sh", "-c", f"exec {words} --learning-rate 0.001$RANK"]
    done = subprocess.run(command, env=os.environ | QUIET, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.count("process 1 has other settings or manifests than the first") == 1
    assert not (tmp_path / "run" / "losses.csv").exists()


def test_each_process_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", lambda _: None)
    monkeypatch.setattr(processes, "world_size", lambda: 3)
    devices = []
    for number in range(2):
        monkeypatch.setenv("LOCAL_RANK", str(number))
        devices.append(resolve_device("auto"))
    assert devices == [torch.device("cuda", 0), torch.device("cuda", 1)]
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(FatalError, match="this machine has 2 GPUs: start no more processes on it") as caught:
        resolve_device("auto")
    assert caught.value.code is ExitCode.USAGE

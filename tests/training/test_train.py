"""Training in this process: what it writes, what it learns, what it refuses."""

import csv
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from filelock import FileLock

from f2a_faces.images import decode
from f2a_manifests import Domain, ExitCode, FatalError, read, write
from f2a_manifests.workspace import Workspace
from f2a_methods import METHODS, from_preset
from f2a_methods.config import Config
from f2a_methods.cyclegan.settings import GENERATORS
from f2a_train.data.faces import load_faces
from f2a_train.engine.loop import Options, train
from f2a_train.engine.run import Run
from f2a_translate.grid import BREAK, GAP

SIZES = {64: 2, 128: 2, 256: 1}  # pixels, and faces in a batch
LOSSES = METHODS["cyclegan"].losses
QUIET = Options(device="cpu", progress=False, sample_every=5, checkpoint_every=5)


def tiny(**changes: object) -> Config:
    return from_preset("paper", **{"width": 4, "steps": 10, "precision": "fp32", **changes})


def losses(out: Path) -> list[dict[str, str]]:
    with (out / "losses.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def column(out: Path, *names: str) -> list[float]:
    return [sum(float(row[name]) for name in names) for row in losses(out)]


@pytest.mark.parametrize(
    ("preset", "size", "settings"),
    [
        *((name, 64, {"generator": kind}) for name in ("paper", "steady") for kind in GENERATORS),
        *(("projected", size, {"blocks": 1, "batch_size": batch}) for size, batch in SIZES.items()),
    ],
)
def test_twenty_steps_from_manifests(
    make_workspace: Callable, tmp_path: Path, preset: str, size: int, settings: dict[str, Any]
) -> None:
    data = make_workspace(size=size)
    config = from_preset(preset, **{"width": 4, "batch_size": 2, "steps": 20} | settings)
    result = train(data.human, data.anime, tmp_path / "run", config, QUIET)
    rows = losses(tmp_path / "run")
    assert [int(row["step"]) for row in rows] == list(range(1, 21))
    assert {name: float(rows[-1][name]) for name in METHODS[config.METHOD].losses} == result.losses
    assert [path.name for path in sorted((tmp_path / "run" / "samples").iterdir())] == [
        f"step-{step:08}.png" for step in (5, 10, 15, 20)
    ]
    assert (tmp_path / "run" / "checkpoint.pt").exists()


def test_the_logged_losses_are_equations_4_to_7(make_workspace: Callable, tmp_path: Path) -> None:
    data = make_workspace()
    train(data.human, data.anime, tmp_path / "run", tiny(cycle_weight=3.0, identity_weight=2.0), QUIET)
    total = column(tmp_path / "run", "adversarial_anime", "adversarial_human")
    cycle = column(tmp_path / "run", "cycle_human", "cycle_anime")
    identity = column(tmp_path / "run", "identity")
    expected = [a + 3 * c + 2 * i for a, c, i in zip(total, cycle, identity, strict=True)]
    assert column(tmp_path / "run", "generators") == pytest.approx(expected, rel=1e-5)
    assert min(identity) > 0


def test_the_grid_shows_held_out_sources_above_their_results(
    make_workspace: Callable, tmp_path: Path
) -> None:
    data = make_workspace(val=2)
    train(data.human, data.anime, tmp_path / "run", tiny(steps=5), QUIET)
    grid = decode(tmp_path / "run" / "samples" / "step-00000005.png").pixels
    step = 32 + GAP
    assert grid.shape == (4 * step + BREAK - GAP, 2 * step, 3)
    for manifest, top in ((data.human, 0), (data.anime, 2 * step + BREAK - GAP)):
        held_out = [row for row in read(manifest) if row.split == "val"]
        for number, row in enumerate(held_out):
            left = number * step
            source = decode(Workspace.of_manifest(manifest).file(row)).pixels
            result = grid[top + step : top + step + 32, left : left + 32]
            assert np.array_equal(grid[top : top + 32, left : left + 32], source)
            assert not np.array_equal(result, source)
            assert result.std() > 0


def test_training_learns_to_come_back_from_the_other_side(make_workspace: Callable, tmp_path: Path) -> None:
    data = make_workspace(train=8)
    config = tiny(generator="unet", width=8, steps=100, batch_size=4, dropout=0.0, learning_rate=1e-3)
    train(data.human, data.anime, tmp_path / "run", config, Options(device="cpu", progress=False))
    cycle = column(tmp_path / "run", "cycle_human", "cycle_anime")
    assert np.mean(cycle[-10:]) < 0.6 * np.mean(cycle[:10])


def test_the_same_seed_gives_the_same_run_and_another_seed_another(
    make_workspace: Callable, tmp_path: Path
) -> None:
    data = make_workspace()
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train(data.human, data.anime, tmp_path / name, tiny(seed=seed), QUIET)
    assert losses(tmp_path / "a") == losses(tmp_path / "b")
    assert losses(tmp_path / "a")[0] != losses(tmp_path / "c")[0]


def test_how_often_is_sampled_and_saved_changes_no_loss(make_workspace: Callable, tmp_path: Path) -> None:
    data = make_workspace()
    for name, every in (("often", 1), ("never", 1000)):
        options = Options(device="cpu", progress=False, sample_every=every, checkpoint_every=every)
        train(data.human, data.anime, tmp_path / name, tiny(), options)
    assert losses(tmp_path / "often") == losses(tmp_path / "never")


def test_rows_after_the_checkpoint_and_a_torn_row_are_cut_off(
    make_workspace: Callable, tmp_path: Path
) -> None:
    data, out = make_workspace(), tmp_path / "run"
    train(data.human, data.anime, out, tiny(steps=5), QUIET)
    before = (out / "losses.csv").read_bytes()
    zeros = b",0.0" * len(LOSSES)
    (out / "losses.csv").write_bytes(before + b"6" + zeros + b"\n7" + zeros[:9])
    train(data.human, data.anime, out, tiny(steps=5), QUIET)
    assert (out / "losses.csv").read_bytes() == before


def test_epochs_count_passes_over_the_larger_domain(make_workspace: Callable, tmp_path: Path) -> None:
    data = make_workspace(train=6)
    config = tiny(epochs=2, batch_size=4)
    assert train(data.human, data.anime, tmp_path / "run", config, QUIET).step == 3


def test_the_rate_falls_to_zero_where_asked() -> None:
    config = tiny(steps=10, decay_from=5)
    rates = [config.rate(step) / config.learning_rate for step in range(11)]
    assert rates == pytest.approx([1, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2, 0])


@pytest.mark.parametrize(
    ("change", "named"),
    [({"width": 8}, "width"), ({"seed": 3}, "seed"), ({"batch_size": 2}, "batch_size")],
)
def test_other_settings_are_refused_by_name(
    make_workspace: Callable, tmp_path: Path, change: dict[str, int], named: str
) -> None:
    data, out = make_workspace(), tmp_path / "run"
    train(data.human, data.anime, out, tiny(), QUIET)
    with pytest.raises(FatalError, match=named) as caught:
        train(data.human, data.anime, out, tiny(**change), QUIET)
    assert caught.value.code is ExitCode.USAGE


def test_a_changed_manifest_is_refused_by_name(make_workspace: Callable, tmp_path: Path) -> None:
    data, out = make_workspace(), tmp_path / "run"
    train(data.human, data.anime, out, tiny(), QUIET)
    lines = data.anime.read_text().splitlines(keepends=True)
    data.anime.write_text("".join(lines[:-1]))
    with pytest.raises(FatalError, match="the anime manifest has changed"):
        train(data.human, data.anime, out, tiny(steps=20), QUIET)


def test_manifests_in_each_others_place_are_refused(make_workspace: Callable, tmp_path: Path) -> None:
    data = make_workspace()
    images = data.root / "manifests" / "images.csv"
    write(images, [replace(row, parent="") for row in read(data.human)])
    for human, anime, wrong in (
        (data.anime, data.human, "anime.csv has anime faces where human ones belong"),
        (data.human, data.human, "human.csv has human faces where anime ones belong"),
        (images, data.anime, r"images.csv lists whole images; faces are in human.csv"),
    ):
        with pytest.raises(FatalError, match=wrong) as caught:
            train(human, anime, tmp_path / "run", tiny(), QUIET)
        assert caught.value.code is ExitCode.USAGE


def test_faces_of_different_sizes_are_refused(make_workspace: Callable, tmp_path: Path) -> None:
    human, anime = make_workspace("small", size=32).human, make_workspace("large", size=64).anime
    with pytest.raises(FatalError, match="32 pixels, anime faces 64"):
        train(human, anime, tmp_path / "run", tiny(), QUIET)
    assert not (tmp_path / "run").exists()


def test_a_folder_of_other_things_is_refused_and_left_alone(make_workspace: Callable, tmp_path: Path) -> None:
    data, out = make_workspace(), tmp_path / "thesis"
    out.mkdir()
    (out / "chapter1.tex").write_text("mine")
    with pytest.raises(FatalError, match=r"chapter1\.tex"):
        train(data.human, data.anime, out, tiny(), QUIET)
    assert [path.name for path in out.iterdir()] == ["chapter1.tex"]


def test_one_process_trains_in_a_folder(make_workspace: Callable, tmp_path: Path) -> None:
    data, out = make_workspace(), tmp_path / "run"
    train(data.human, data.anime, out, tiny(), QUIET)
    with FileLock(out / ".lock"), pytest.raises(FatalError, match="another process"):
        train(data.human, data.anime, out, tiny(steps=20), QUIET)


def test_a_half_written_checkpoint_of_a_killed_run_is_removed(
    make_workspace: Callable, tmp_path: Path
) -> None:
    data, out = make_workspace(), tmp_path / "run"
    train(data.human, data.anime, out, tiny(), QUIET)
    torn = out / ".checkpoint.pt.4711.tmp"
    torn.write_bytes(b"half")
    train(data.human, data.anime, out, tiny(), QUIET)
    assert not torn.exists()


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_good_state(
    make_workspace: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = make_workspace(), tmp_path / "run"
    train(data.human, data.anime, out, tiny(steps=5), QUIET)
    good = (out / "checkpoint.pt").read_bytes()
    learn = Run.learn

    def spoil(run: Run, human: torch.Tensor, anime: torch.Tensor) -> dict[str, float]:
        if run.step == 7:
            next(run.networks.human2anime.parameters()).data.fill_(float("nan"))
        return learn(run, human, anime)

    monkeypatch.setattr(Run, "learn", spoil)
    with pytest.raises(FatalError, match="step 8: training diverged"):
        train(data.human, data.anime, out, tiny(), QUIET)
    assert (out / "checkpoint.pt").read_bytes() == good


def test_a_folder_that_disappears_is_one_clear_line(
    make_workspace: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = make_workspace(), tmp_path / "run"
    learn = Run.learn

    def lose(run: Run, human: torch.Tensor, anime: torch.Tensor) -> dict[str, float]:
        if run.step == 3:
            shutil.rmtree(out)
        return learn(run, human, anime)

    monkeypatch.setattr(Run, "learn", lose)
    with pytest.raises(FatalError, match="has disappeared"):
        train(data.human, data.anime, out, tiny(), QUIET)


def test_a_weight_that_is_no_number_is_never_saved(
    make_workspace: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = make_workspace(), tmp_path / "run"
    learn = Run.learn

    def spoil(run: Run, human: torch.Tensor, anime: torch.Tensor) -> dict[str, float]:
        losses = learn(run, human, anime)
        next(run.networks.parameters()).data.fill_(float("inf"))
        return losses

    monkeypatch.setattr(Run, "learn", spoil)
    with pytest.raises(FatalError, match="a weight"):
        train(data.human, data.anime, out, tiny(steps=1), QUIET)
    assert not (out / "checkpoint.pt").exists()


@pytest.mark.parametrize(
    "change",
    [{"batch_size": 0}, {"dropout": 1.0}, {"learning_rate": 0.0}, {"generator": "vae"}, {"cycle_weight": -1}],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(FatalError, match="preset paper: "):
        from_preset("paper", **change)


def test_the_paper_preset_is_the_paper() -> None:
    config = from_preset("paper").resolved(faces=1)
    assert (config.generator, config.width, config.cycle_weight, config.dropout) == ("resnet9", 64, 10.0, 0.5)
    assert (config.learning_rate, config.beta1, config.identity_weight) == (2e-4, 0.5, 0.0)
    assert from_preset("paper", generator="unet").resolved(faces=1).width == 32


def test_probes_are_training_faces_where_nothing_is_held_out(make_workspace: Callable) -> None:
    faces = load_faces(make_workspace(train=10, val=0).human, Domain.HUMAN)
    assert torch.equal(faces.probes, faces.pixels[:8])

"""The paper's four experiments: which are run, what is not run again, and what the page says."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from f2a_manifests import ExitCode, FatalError, read, write
from f2a_manifests.run_folder import RunFolder
from f2a_methods import METHODS
from f2a_page.losses import Losses
from f2a_train.engine.run import diverged
from f2a_train.experiments import (
    EXPERIMENTS,
    ExperimentsOutcome,
    Plan,
    results,
    run_experiments,
    runner,
    text,
)

CYCLEGAN = METHODS["cyclegan"]
LOSSES = CYCLEGAN.losses
Start = Callable[..., "subprocess.Popen[str]"]
SOURCES = ("celeba", "fbp5500")


def give_sources(data: Any, sources: Iterable[str], **changes: str) -> Any:  # noqa: ANN401
    """The human faces, in turn from these sources."""
    names = list(sources)
    rows = [replace(row, source=names[at % len(names)], **changes) for at, row in enumerate(read(data.human))]
    write(data.human, rows)
    return data


def plan_of(data: Any, **settings: Any) -> Plan:  # noqa: ANN401
    small = {"width": 4, "steps": 2, "device": "cpu", "progress": False}
    return Plan(human=data.human, anime=data.anime, **(small | settings))


@pytest.fixture
def data(make_workspace: Callable) -> Any:  # noqa: ANN401
    return give_sources(make_workspace(size=64, train=20, val=16), SOURCES)


def test_all_five_are_trained_and_shown_and_not_run_again(data: Any, tmp_path: Path) -> None:  # noqa: ANN401
    done = run_experiments(plan_of(data), tmp_path / "out")
    _check_all_five(done, tmp_path / "out")
    _check_they_are_not_run_again(data, tmp_path / "out")


def _check_all_five(done: ExperimentsOutcome, out: Path) -> None:
    assert [one.experiment for one in done.results] == list(EXPERIMENTS)
    assert [one.experiment.name for one in done.results] == [
        "celeba-resnet9",
        "fbp5500-resnet9",
        "celeba-unet",
        "fbp5500-unet",
        "celeba-projected",
    ]
    assert done.problems == []
    for one in done.results:
        mark = json.loads(RunFolder(out / one.experiment.name).mark.read_text())
        assert mark["config"]["human_source"] == one.experiment.source
        is_paper = one.experiment.network != "projected"
        method, pairs = ("cyclegan", 2) if is_paper else ("projected", 2 * 16)
        assert mark["config"]["method"] == method
        assert mark["config"].get("generator", "projected") == one.experiment.network
        assert (one.humans, one.animes, one.steps, one.pairs) == (10, 20, 2, pairs)
        assert one.seconds > 0
        assert one.rate == pytest.approx(pairs / one.seconds)
        assert [figure.number for figure in one.figures] == [one.experiment.figure, 13][: 1 + is_paper]
        assert [len(figure.pairs) for figure in one.figures] == [8, 12][: 1 + is_paper]
        assert set(one.losses) == set(METHODS[method].losses)
        assert one.of_generators
        assert one.of_discriminators > 0
    assert done.page.read_text().count("data:image/png;base64,") == 4 * (8 + 12) + 8
    table = text(done).splitlines()
    assert [line.split()[0] for line in table[1:6]] == [one.experiment.name for one in done.results]
    assert table[-1] == f"the page: {out / 'experiments.html'}"


def _check_they_are_not_run_again(data: Any, out: Path) -> None:  # noqa: ANN401
    before = {path: path.stat().st_mtime_ns for path in out.rglob("checkpoint.pt")}
    assert len(before) == 5
    done = run_experiments(plan_of(data), out)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert [one.steps for one in done.results] == [2] * 5
    rows = (out / "celeba-unet" / "losses.csv").read_bytes()
    assert [one.steps for one in run_experiments(plan_of(data, steps=3), out).results] == [3] * 5
    assert (out / "celeba-unet" / "losses.csv").read_bytes().startswith(rows)


def test_the_metrics_stand_beside_floor_and_copy_and_are_measured_once(
    data: Any,  # noqa: ANN401
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    give_sources(data, ["celeba"])
    first = run_experiments(plan_of(data), tmp_path / "out")
    one = first.results[0]
    saved = json.loads((tmp_path / "out" / "celeba-resnet9" / "metrics.json").read_text())
    assert one.score("kid_lite2")["value"] == saved["scores"]["kid_lite2"]["value"]
    assert one.score("kid_lite2", "floor")["value"] == saved["floor"]["kid_lite2"]["value"]
    assert one.score("change", "copy_the_input")["value"] == 0
    assert "floor" in first.page.read_text()

    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was judged already")

    monkeypatch.setattr(results, "evaluate", never)
    assert run_experiments(plan_of(data), tmp_path / "out").results[0].facts == one.facts


def test_what_cannot_be_judged_is_said_and_no_failure(make_workspace: Callable, tmp_path: Path) -> None:
    data = give_sources(make_workspace(train=4, val=1), ["celeba"])
    done = run_experiments(plan_of(data), tmp_path / "out")
    missing, of_a_size = done.problems  # the workspace has faces of 32 pixels
    assert missing == "no human face of the source fbp5500: its experiments are left out"
    assert of_a_size.startswith("celeba-projected: faces of 32 pixels; the method 'projected' needs 64")
    assert [len(one.problems) for one in done.results] == [1, 1, 1]
    assert "Not evaluated: " in done.page.read_text()
    assert text(done).splitlines()[1].split()[-2:] == ["-", "-"]


def test_one_that_diverges_does_not_stop_the_others(
    make_workspace: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = give_sources(make_workspace(size=64, train=4, val=1), SOURCES)  # too few to be judged
    true_train = runner.train

    def train(human: Path, anime: Path, out: Path, *rest: Any) -> object:  # noqa: ANN401
        if out.name == "fbp5500-resnet9":
            raise diverged(7, "a loss", RunFolder(out))
        return true_train(human, anime, out, *rest)

    monkeypatch.setattr(runner, "train", train)
    done = run_experiments(plan_of(data), tmp_path / "out")
    assert [one.steps for one in done.results] == [2, 0, 2, 2, 2]
    assert len(done.problems) == 1
    assert done.problems[0].startswith("fbp5500-resnet9: a loss was NaN or infinite at step 7")
    assert "training diverged" in done.page.read_text()


def test_without_any_of_the_sources_nothing_is_made(make_workspace: Callable, tmp_path: Path) -> None:
    with pytest.raises(FatalError, match="no face of celeba or fbp5500") as error:
        run_experiments(plan_of(make_workspace()), tmp_path / "out")
    assert error.value.code is ExitCode.NO_RESULTS
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(data: Any, tmp_path: Path) -> None:  # noqa: ANN401
    (tmp_path / "out").write_text("mine")
    with pytest.raises(FatalError, match="is a file; --out names a folder"):
        run_experiments(plan_of(data), tmp_path / "out")


def words(data: Any, out: Path, *more: object) -> list[object]:  # noqa: ANN401
    return ["experiments", "--human", data.human, "--anime", data.anime, "--out", out, "--width", 4, *more]


def test_the_command_says_what_it_left_out(
    make_workspace: Callable, f2a_train: Start, tmp_path: Path
) -> None:
    data = give_sources(make_workspace(), ["fbp5500"])
    process = f2a_train(*words(data, tmp_path / "out", "--steps", 1))
    output, errors = process.communicate(timeout=120)
    assert process.returncode == ExitCode.ROW_ERRORS, errors
    said = "no human face of the source celeba: its experiments are left out"
    assert said in errors
    assert said in output
    assert said in (tmp_path / "out" / "experiments.html").read_text()
    assert [line.split()[0] for line in output.splitlines()[1:3]] == ["fbp5500-resnet9", "fbp5500-unet"]


def test_minutes_and_steps_exclude_each_other(data: Any, f2a_train: Start, tmp_path: Path) -> None:  # noqa: ANN401
    process = f2a_train(*words(data, tmp_path / "out", "--steps", 1, "--minutes", 1))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == ExitCode.USAGE
    assert "not both" in errors


def test_killed_in_the_second_experiment_it_ends_as_if_it_never_had_been(
    make_workspace: Callable, f2a_train: Start, tmp_path: Path
) -> None:
    data = give_sources(make_workspace(), ["celeba"])
    run_experiments(plan_of(data, steps=20), tmp_path / "whole")
    out = tmp_path / "killed"
    again = words(data, out, "--steps", 20, "--checkpoint-every", 5, "--device", "cpu")
    process = f2a_train(*again)
    table = out / "celeba-unet" / "losses.csv"
    while not (table.exists() and table.read_bytes().count(b"\n") > 12):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    first = (out / "celeba-resnet9" / "checkpoint.pt").stat().st_mtime_ns

    process = f2a_train(*again)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == ExitCode.ROW_ERRORS, errors  # there is no face of fbp5500
    assert "continuing after step 20 of 20" in errors
    assert errors.count("continuing after step") == 2
    assert (out / "celeba-resnet9" / "checkpoint.pt").stat().st_mtime_ns == first
    for name in ("celeba-resnet9", "celeba-unet"):
        expected = (tmp_path / "whole" / name / "losses.csv").read_bytes()
        assert (out / name / "losses.csv").read_bytes() == expected


def test_curves_leave_out_what_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "losses.csv"
    table = pd.DataFrame({name: [1.0, 3.0, np.inf, np.nan] for name in LOSSES}, dtype=object)
    table.loc[4] = ["<script>"] * len(LOSSES)
    table.to_csv(path, index_label="step")
    losses = Losses.read(path)
    assert losses.means(4)["identity"] == 3.0
    assert losses.means(5)["generators"] == 2.0
    charts = losses.charts(CYCLEGAN.charts)
    assert [chart.title for chart in charts] == list(CYCLEGAN.charts)
    assert [line.name for line in charts[0].lines] == ["anime", "human"]
    assert [line.last for line in charts[0].lines] == [2.0, 2.0]


def test_a_lost_table_of_losses_is_said_on_the_page(make_workspace: Callable, tmp_path: Path) -> None:
    data = give_sources(make_workspace(), ["celeba"])
    run_experiments(plan_of(data, steps=1), tmp_path)
    (tmp_path / "celeba-unet" / "losses.csv").write_text("nonsense\n1\n")
    done = run_experiments(plan_of(data, steps=1), tmp_path)
    [unet] = [one for one in done.results if one.experiment.name == "celeba-unet"]
    assert "losses.csv has no steps yet" in unet.problems
    assert unet.charts == []
    assert "losses.csv has no steps yet" in done.page.read_text()

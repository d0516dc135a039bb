"""``f2a-train evaluate``: which faces are judged, what the table and the file say, and what is refused."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from f2a_faces.images import Pixels
from f2a_manifests import Domain, FatalError, read, sha256_file
from f2a_methods import from_preset
from f2a_metrics import METRICS, version
from f2a_metrics.features import BATCH
from f2a_train import evaluate as judging
from f2a_train.engine.loop import Options, train
from f2a_train.evaluate import evaluate
from f2a_train.evaluation_rows import evaluation_rows
from f2a_translate.card import Card


class Copier:
    """A generator that does nothing."""

    card = Card("human2anime", 32, "none", 7, "", "", "")

    def __call__(self, faces: Pixels) -> Pixels:
        assert len(faces) <= BATCH
        return faces


@pytest.fixture
def run(make_workspace: Callable, tmp_path: Path) -> Path:
    """A run of one step, and its data: 20 faces to train on and 16 held out in each domain."""
    data = make_workspace(size=32, train=20, val=16)
    config = from_preset("paper", generator="unet", width=4, steps=1)
    train(data.human, data.anime, tmp_path / "run", config, Options(device="cpu", progress=False))
    return tmp_path / "run"


def test_the_table_and_the_file_say_the_same(run: Path, tmp_path: Path) -> None:
    done = evaluate(run, faces=16, device="cpu")
    text = done.text()
    assert [line.split()[0] for line in text.splitlines()[1:-2]] == list(METRICS)
    assert max(map(len, text.splitlines()[:-1])) <= 120
    assert f"backbone {version()}" in text
    saved = json.loads((run / "metrics.json").read_text())
    assert saved == json.loads(done.json())
    assert saved["faces"] == 8  # as many as there are pairs of disjoint halves of 16 anime faces
    assert (saved["humans"], saved["animes"]) == ("held-out", "held-out")
    assert saved["anime_sha256"] == sha256_file(tmp_path / "w" / "manifests" / "anime.csv")
    assert saved["trained_on_these"]
    for name in METRICS:
        score = saved["scores"][name]
        assert score["low"] <= score["value"] <= score["high"] or name in ("kid_lite2", "coverage")
    assert saved["backbone"] == version()
    assert saved["copy_the_input"]["change"]["value"] == 0


def test_a_generator_that_does_nothing_scores_as_the_copied_input(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "load", lambda *_: Copier())
    done = evaluate(run, faces=16)
    assert done.scores == done.copied
    assert done.scores != done.floor
    assert done.scores["retrieval"].value == 1
    assert done.scores["colour_rank"].value == 0


def test_without_held_out_faces_training_faces_are_judged_aloud(
    make_workspace: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    data = make_workspace(train=20, val=2)
    with caplog.at_level(logging.WARNING):
        rows = evaluation_rows(data.human, Domain.HUMAN, 100, 8)
    assert not rows.held_out
    assert "training faces are evaluated" in caplog.text
    assert len(rows.rows) == 22


def test_held_out_rows_are_disjoint_from_training_and_the_same_every_time(make_workspace: Callable) -> None:
    data = make_workspace(train=20, val=12)
    rows = evaluation_rows(data.human, Domain.HUMAN, 10, 8)
    assert rows.held_out
    chosen = [row.id for row in rows.rows]
    assert len(set(chosen)) == 10
    assert not set(chosen) & {row.id for row in read(data.human) if row.split == "train"}
    assert chosen == [row.id for row in evaluation_rows(data.human, Domain.HUMAN, 10, 8).rows]
    assert {row.split for row in read(data.human) if row.id in chosen} == {"val"}
    assert rows.pixels(32).dtype == np.uint8


def test_what_cannot_be_judged_is_refused_in_one_line(make_workspace: Callable) -> None:
    data = make_workspace(train=4, val=2)
    with pytest.raises(FatalError, match="6 faces; metrics need 8"):
        evaluation_rows(data.human, Domain.HUMAN, 10, 8)
    with pytest.raises(FatalError, match="metrics need 8"):
        evaluation_rows(data.human, Domain.HUMAN, 10, 8, source="celeba")
    rows = evaluation_rows(data.human, Domain.HUMAN, 10, 2)
    with pytest.raises(FatalError, match="32x32 pixels; the model has 64x64"):
        rows.pixels(64)
    rows.workspace.file(rows.rows[0]).write_bytes(b"torn")
    with pytest.raises(FatalError, match=r"\.png"):
        rows.pixels(32)


def test_a_folder_without_its_mark_wants_the_manifests(run: Path) -> None:
    (run / "f2a-train.json").unlink()
    with pytest.raises(FatalError, match="give --human and --anime"):
        evaluate(run, device="cpu")


def test_the_command(run: Path, f2a_train: Callable) -> None:
    process = f2a_train("evaluate", "--checkpoint", run / "checkpoint.pt", "--json", "--device", "cpu")
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert json.loads(output) == json.loads((run / "metrics.json").read_text())


def test_a_run_in_a_workspace_that_was_moved_is_judged_where_it_lies_now(
    make_workspace: Callable, tmp_path: Path
) -> None:
    data = make_workspace(train=8, val=16)
    run = data.root / "runs" / "a"
    config = from_preset("paper", width=4, steps=1)
    train(data.human, data.anime, run, config, Options(device="cpu", progress=False))
    data.root.rename(tmp_path / "moved")
    done = evaluate(tmp_path / "moved" / "runs" / "a", faces=8, device="cpu")
    assert done.facts["trained_on_these"]

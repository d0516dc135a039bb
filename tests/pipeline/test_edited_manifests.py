"""CSV manifests that people change, lose or bring are taken in by the next command, or refused."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from commands import Runner
from f2a_data.sources.folder import Folder
from f2a_data.stages.crop import Crop
from f2a_data.stages.dedup import Dedup
from f2a_data.stages.detect import Detect
from f2a_data.stages.split import Split
from f2a_engine import manifests, runner, state
from f2a_engine.collect import collect
from f2a_engine.removal import Selection, remove
from f2a_engine.stages import Stage
from f2a_import.merge import merge
from f2a_manifests import Domain, FatalError, Reason, Record, Unit, Workspace
from f2a_manifests.outdated import refuse_outdated


@pytest.fixture
def done(workspace: Workspace, make_pictures: Callable[[str, int], Path]) -> Workspace:
    """Six finished crops, split."""
    collect(Folder(make_pictures("p", 6), Domain.ANIME, whole=True), workspace)
    run(workspace, Crop(), Dedup(), Split())
    return workspace


def run(workspace: Workspace, *stages: Stage) -> None:
    for stage in stages:
        runner.run(stage, workspace)


def tables(workspace: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in workspace.manifests.glob("*.csv")}


def faces(workspace: Workspace) -> dict[str, Record]:
    return {face.source_id: face for face in workspace.faces(Domain.ANIME)}


def edited(workspace: Workspace, change: Callable[[list[Unit]], object]) -> None:
    units = workspace.load()
    change(units)
    workspace.publish(units)


def test_a_way_through_pandas_changes_nothing(done: Workspace) -> None:
    before = tables(done)
    for path in done.manifests.glob("*.csv"):
        pd.read_csv(path).to_csv(path)
    run(done, Split())
    assert tables(done) == before
    assert state.outstanding(done) == ["clean", "review"]


def test_a_changed_cell_is_kept_and_says_what_follows_from_it(done: Workspace) -> None:
    def move(units: list[Unit]) -> None:
        units[0].image.group = units[0].faces[0].group = "one"
        units[1].image.group = units[1].faces[0].group = "one"

    edited(done, move)
    run(done, Crop(), Dedup(), Split(val=0.4, test=0.3))
    one, other = [face for face in faces(done).values() if face.group == "one"]
    assert one.split == other.split != ""


def test_deleted_rows_stay_away_and_added_ones_come_in(done: Workspace) -> None:
    def replace_one(units: list[Unit]) -> None:
        units.pop(0)
        image = Record(
            id="mine-1", domain=Domain.ANIME, source="mine", source_id="mine.jpg", path="images/x.jpg"
        )
        units.append(Unit(image))

    gone = done.load()[0].image.id
    edited(done, replace_one)
    run(done, Detect())
    ids = [unit.image.id for unit in done.load()]
    assert gone not in ids
    assert ids[-1] == "mine-1"
    assert len(ids) == 6


def test_commands_that_only_read_show_a_change_at_once(done: Workspace, run_command: Runner) -> None:
    edited(done, list.pop)
    assert " 5 images" in run_command("f2a-data", "status", "--workspace", done.root).stdout


def test_a_change_of_older_manifests_is_refused_with_the_way_out(done: Workspace) -> None:
    """As after a kill between a stage and its manifests: nobody could say which cell is newer."""
    old = tables(done)
    run(done, Split(seed=1))
    remembered = (done.shards / "published.json").read_bytes()
    run(done, Split(seed=2))
    (done.shards / "published.json").write_bytes(remembered)
    done.faces_csv(Domain.ANIME).write_bytes(old["anime.csv"] + b"\n")
    with pytest.raises(FatalError, match="move them away, run f2a-data manifests, and edit them again"):
        run(done, Crop())
    for path in done.manifests.glob("*.csv"):
        path.unlink()
    manifests.publish(done)
    run(done, Crop(), Split(seed=0))
    assert tables(done) == old


def test_manifests_alone_become_a_workspace_with_the_same_rows(done: Workspace, tmp_path: Path) -> None:
    other = Workspace(tmp_path / "other")
    shutil.copytree(done.manifests, other.manifests)
    shutil.copytree(done.root / "crops", other.root / "crops")
    run(other, Dedup(), Split())
    assert tables(other) == tables(done)


@pytest.mark.parametrize("replaced", [0, 1, 2])
def test_a_kill_while_manifests_are_replaced_is_no_change_by_hand(
    done: Workspace, monkeypatch: pytest.MonkeyPatch, replaced: int
) -> None:
    run(done, Split(seed=5))
    wanted = tables(done)
    run(done, Split())
    moves: list[Path] = []
    replace = Path.replace

    def killed(path: Path, target: Path) -> Path:
        if path.suffix == ".csv":
            moves.append(path)
            if len(moves) > replaced:
                raise KeyboardInterrupt
        return replace(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        if replaced < 2:
            with pytest.raises(KeyboardInterrupt):
                run(done, Split(seed=5))
        else:
            run(done, Split(seed=5))
    run(done, Split(seed=5))
    assert tables(done) == wanted


def test_more_rows_than_are_small_are_published_on_demand(
    done: Workspace, monkeypatch: pytest.MonkeyPatch, run_command: Runner
) -> None:
    before = tables(done)
    monkeypatch.setattr(manifests, "SMALL", 3)
    run(done, Split(seed=3))
    assert tables(done) == before
    assert "is up to date" in run_command("f2a-data", "manifests", "--workspace", done.root).stdout
    assert tables(done) != before


@pytest.fixture
def behind(done: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """More rows than are small, and faces whose splits have changed since the CSV manifests were written."""
    monkeypatch.setattr(manifests, "SMALL", 3)
    run(done, Split(val=0.5, test=0.1, seed=3))
    return done


def test_what_reads_nothing_but_csv_refuses_manifests_that_lag_behind(
    behind: Workspace, run_command: Runner
) -> None:
    rows = behind.faces_csv(Domain.ANIME)
    for command in (
        ("f2a-review", "--no-browser", "--workspace", behind.root),
        ("f2a-train", "train", "--human", rows, "--anime", rows, "--out", behind.root / "runs" / "one"),
    ):
        refused = run_command(*command)
        assert refused.returncode == 1
        assert "older than the workspace" in refused.stderr
        assert "f2a-data manifests" in refused.stderr
    manifests.publish(behind, whatever_size=True)
    refuse_outdated(behind)


def test_a_command_that_changes_nothing_leaves_manifests_up_to_date(
    done: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifests, "SMALL", 3)
    run(done, Split())
    refuse_outdated(done)


def test_rows_that_come_back_to_what_was_published_are_up_to_date_again(behind: Workspace) -> None:
    with pytest.raises(FatalError, match="older than the workspace"):
        refuse_outdated(behind)
    run(behind, Split())
    refuse_outdated(behind)


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_export_writes_manifests_that_lag_behind_first(
    behind: Workspace, tmp_path: Path, run_command: Runner, *, dry_run: bool
) -> None:
    words = ["--dry-run"] if dry_run else []
    exported = run_command("f2a-data", "export", "csv", tmp_path / "out", "--workspace", behind.root, *words)
    assert exported.returncode == 0
    assert "writing the CSV manifests first" in exported.stderr
    assert {face.split for face in behind.faces(Domain.ANIME)} == {"train", "val", "test"}
    if not dry_run:
        table = pd.read_csv(next((tmp_path / "out").glob("*.csv")))
        assert set(table["split"]) == {"train", "val", "test"}


def test_a_dry_run_of_publish_counts_the_rows_as_they_are(behind: Workspace, run_command: Runner) -> None:
    said = run_command(
        "f2a-data", "publish", behind.root / "out", "--with-local", "--dry-run", "--workspace", behind.root
    )
    assert "writing the CSV manifests first" in said.stderr
    assert {face.split for face in behind.faces(Domain.ANIME)} == {"train", "val", "test"}


def test_a_merge_takes_the_rows_as_they_are(behind: Workspace, tmp_path: Path) -> None:
    target = Workspace(tmp_path / "target")
    csv = tables(behind)
    remove(behind, Selection(ids=(behind.images()[0].id,)))
    merge(target, behind)
    assert len([image for image in target.images() if image.kept]) == 5
    assert tables(behind) == csv


def test_an_export_reads_a_change_by_hand(done: Workspace) -> None:
    edited(done, lambda units: units[0].faces[0].drop("me", Reason.NONE, "ugly"))
    changed = tables(done)
    manifests.update_manifests(done)
    assert tables(done) == changed


def test_an_export_refuses_a_change_by_hand_of_manifests_that_lag_behind(behind: Workspace) -> None:
    edited(behind, lambda units: units[1].faces[0].drop("me", Reason.NONE, "ugly"))
    with pytest.raises(FatalError, match="were edited, but are older"):
        manifests.update_manifests(behind)


def test_new_images_are_new_shards_and_old_ones_are_left_alone(
    done: Workspace, make_pictures: Callable[[str, int], Path]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in done.shards.glob("cr*/*")}
    collect(Folder(make_pictures("more", 3), Domain.ANIME, whole=True), done)
    run(done, Crop())
    after = {path: path.stat().st_mtime_ns for path in done.shards.glob("cr*/*")}
    assert before.items() < after.items()
    assert len(done.load()) == 9


def test_many_changed_images_are_written_as_they_come(
    workspace: Workspace, make_pictures: Callable[[str, int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_pictures("p", 6)
    collect(Folder(folder, Domain.ANIME, whole=True), workspace)
    monkeypatch.setattr("f2a_engine.collect._MOST_CHANGED", 2)
    min(folder.iterdir()).unlink()
    collect(Folder(folder, Domain.HUMAN, whole=True, drop_missing=True), workspace)
    images = workspace.images()
    assert [(image.domain, image.reason) for image in images if image.kept] == [
        (Domain.HUMAN, Reason.NONE)
    ] * 5
    assert [image.reason for image in images if not image.kept] == [Reason.GONE]
    assert len(workspace.faces(Domain.HUMAN)) == 5

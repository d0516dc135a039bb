"""Two workspaces become one: images once, the newer decision, nothing from outside trusted."""

import json
import shutil
from pathlib import Path

import pytest

from commands import Runner
from exports import kept, small_workspace
from f2a_data.stages.crop import Crop
from f2a_data.stages.review import Review
from f2a_engine import runner
from f2a_engine.removal import Selection, remove
from f2a_import.merge import merge
from f2a_inspect.verify import verify
from f2a_manifests import Box, Decision, FatalError, Reason, Status, Workspace, sha256_file
from f2a_manifests.decisions import Decisions, Entry, entries, source_of
from f2a_manifests.merging import merge_logs

OLD, NEW = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


@pytest.fixture
def other(tmp_path: Path) -> Workspace:
    """A workspace like the first one."""
    return small_workspace(tmp_path / "other")


def _decide(workspace: Workspace, number: int, decision: str, time: str, shift: int = 0) -> None:
    unit = workspace.load()[number]
    x, y, w, h = unit.faces[0].box
    line = {
        "time": time, "action": 1, "undoes": 0, "id": unit.faces[0].id, "source": source_of(unit.image),
        "box": [x + shift, y, w, h], "decision": decision, "was": "",
    }  # fmt: skip
    with workspace.decisions_log.open("a") as log:
        log.write(json.dumps(line) + "\n")


def _halve(workspace: Workspace) -> None:
    """Leave the first half of the illustrations and of the photos."""
    units = workspace.load()
    workspace.publish([unit for number, unit in enumerate(units) if number % 10 < 5])


def _make_posts(*places: Workspace) -> None:
    for place in places:
        units = place.load()
        for unit in units:
            unit.image.source_md5 = "0" * 32
        place.publish(units)


def test_each_image_comes_once_with_its_file(workspace: Workspace, other: Workspace) -> None:
    everything = set(kept(workspace))
    _halve(workspace)
    merged = merge(workspace, other)
    assert (merged.added, merged.same, merged.errors) == (10, 10, 0)
    units = workspace.load()
    assert len({unit.image.id for unit in units}) == len(units) == 20
    for unit in units:
        assert sha256_file(workspace.file(unit.image)) == unit.image.sha256
    runner.run(Crop(), workspace)
    assert everything <= set(kept(workspace))
    assert not verify(workspace).missing


def test_merging_again_changes_nothing(workspace: Workspace, other: Workspace) -> None:
    _halve(workspace)
    _decide(workspace, 0, "keep", NEW)
    _decide(other, 0, "drop", OLD)
    merge(workspace, other)
    before = workspace.images_csv.read_bytes(), workspace.decisions_log.read_bytes()
    again = merge(workspace, other)
    assert (again.added, again.same) == (0, 20)
    assert (workspace.images_csv.read_bytes(), workspace.decisions_log.read_bytes()) == before


@pytest.mark.parametrize(
    ("here", "there", "wins"), [(OLD, NEW, "drop"), (NEW, OLD, "keep"), (OLD, "9999", "keep")]
)
@pytest.mark.parametrize("shift", [0, 5])
def test_the_newer_decision_wins_and_both_are_logged(
    here: str, there: str, wins: str, shift: int, workspace: Workspace, other: Workspace
) -> None:
    _decide(workspace, 0, "keep", here)
    _decide(other, 0, "drop", there, shift)
    merge(workspace, other)
    unit = workspace.load()[0]
    log = Decisions.load(workspace.decisions_log)
    assert log.get(source_of(unit.image), unit.faces[0].box) == wins
    lines = list(entries(workspace.decisions_log))
    assert {(line.decision, line.time) for line in lines} == {(Decision.KEEP, here), (Decision.DROP, there)}


def test_undoing_takes_a_merge_back(workspace: Workspace, other: Workspace) -> None:
    _decide(workspace, 0, "keep", NEW)
    _decide(other, 0, "drop", OLD)
    _decide(other, 1, "drop", OLD)
    merge_logs(workspace.decisions_log, other.decisions_log)
    log, units = Decisions.load(workspace.decisions_log), workspace.load()
    log.undo()
    log.undo()
    assert log.get(source_of(units[0].image), units[0].faces[0].box) is Decision.KEEP
    assert log.get(source_of(units[1].image), units[1].faces[0].box) is Decision.NONE


def test_a_later_undo_here_counts_as_ours(workspace: Workspace, other: Workspace) -> None:
    _decide(workspace, 0, "keep", OLD)
    _decide(workspace, 0, "", NEW)
    _decide(other, 0, "drop", OLD)
    merged = merge_logs(workspace.decisions_log, other.decisions_log)
    assert (merged.taken, merged.theirs, merged.ours) == (0, 0, 1)
    unit = workspace.load()[0]
    assert (
        Decisions.load(workspace.decisions_log).get(source_of(unit.image), unit.faces[0].box) is Decision.NONE
    )


def test_a_decision_that_was_undone_there_is_none(tmp_path: Path) -> None:
    there = Decisions(tmp_path / "there.jsonl")
    there.append([Entry(id="a", source="s", box=Box(1, 2, 3, 4), decision=Decision.DROP)])
    there.undo()
    assert merge_logs(tmp_path / "here.jsonl", tmp_path / "there.jsonl").taken == 0
    assert not (tmp_path / "here.jsonl").exists()


def test_a_decision_made_there_drops_the_face_here(workspace: Workspace, other: Workspace) -> None:
    _decide(other, 3, "drop", OLD)
    assert merge(workspace, other).decisions.taken == 1
    runner.run(Review(), workspace)
    assert workspace.load()[3].faces[0].reason is Reason.DROPPED_IN_REVIEW


def test_two_files_of_one_name_are_both_kept(workspace: Workspace, other: Workspace) -> None:
    units = other.load()
    shutil.copy(other.file(units[1].image), other.root / units[0].image.path)
    units[0].image.sha256 = units[1].image.sha256
    other.publish(units[:1])
    workspace.publish(workspace.load()[:1])
    merge(workspace, other)
    both = workspace.load()
    assert len({unit.image.id for unit in both}) == 2
    assert len({face.id for unit in both for face in unit.faces}) == 4


def test_a_post_whose_file_changed_is_the_same_post(workspace: Workspace, other: Workspace) -> None:
    _make_posts(workspace, other)
    units = other.load()
    units[0].image.sha256 = units[1].image.sha256
    other.publish(units[:1])
    workspace.publish(workspace.load()[:1])
    assert merge(workspace, other).same == 1
    assert len(workspace.load()) == 1


def test_a_post_that_was_not_fetched_here_gets_its_file(workspace: Workspace, other: Workspace) -> None:
    _make_posts(workspace, other)
    units = workspace.load()
    units[0].faces = []
    units[0].image.path = units[0].image.sha256 = ""
    units[0].image.fail("scrape", Reason.NOT_FETCHED)
    workspace.publish(units)
    assert merge(workspace, other).fetched == 1
    fetched = workspace.load()[0]
    assert fetched.image.kept
    assert len(fetched.faces) == 2


def test_what_was_removed_here_does_not_come_back(workspace: Workspace, other: Workspace) -> None:
    remove(workspace, Selection(ids=(workspace.load()[2].image.id,)))
    merge(workspace, other)
    gone = workspace.load()[2].image
    assert (gone.status, gone.reason, gone.path) == (Status.DROP, Reason.REMOVED, "")


def test_paths_of_the_other_workspace_never_name_files_here(workspace: Workspace, other: Workspace) -> None:
    _halve(workspace)
    _decide(workspace, 0, "keep", NEW)
    log = workspace.decisions_log.read_bytes()
    units = other.load()
    picture = other.file(units[9].image)
    units[9].image.path = "review/decisions.jsonl"
    units[9].image.source = "../../evil"
    shutil.copy(picture, other.root / "review" / "decisions.jsonl")
    other.publish(units)
    with pytest.raises(FatalError, match="not a decision"):
        merge(workspace, other)
    assert workspace.decisions_log.read_bytes() == log
    assert not (workspace.root.parent / "evil").exists()
    assert not list(workspace.root.parent.rglob("evil*.jpg"))


def test_a_path_that_leaves_the_other_workspace_is_refused(workspace: Workspace, other: Workspace) -> None:
    units = other.load()
    units[9].image.path = "images/../../x"
    other.publish(units)
    with pytest.raises(FatalError, match="leaves the workspace"):
        merge(workspace, other)


def test_a_published_set_is_rebuilt_first(workspace: Workspace, run_command: Runner) -> None:
    published = Path(__file__).parents[2] / "manifests" / "drawn-faces"
    before = workspace.images_csv.read_bytes()
    done = run_command("f2a-data", "merge", published, "--workspace", workspace.root)
    assert done.returncode == 2
    assert "a published set is rebuilt first: f2a-data rebuild" in done.stderr
    assert workspace.images_csv.read_bytes() == before


def test_links_of_the_other_workspace_are_not_followed_out(
    workspace: Workspace, other: Workspace, tmp_path: Path
) -> None:
    _halve(workspace)
    image = other.load()[9].image
    (tmp_path / "secret.jpg").write_bytes(other.file(image).read_bytes())
    (other.root / image.path).unlink()
    (other.root / image.path).symlink_to(tmp_path / "secret.jpg")
    assert merge(workspace, other).errors == 1


def test_a_file_that_is_not_what_its_row_says_is_an_error_row(workspace: Workspace, other: Workspace) -> None:
    _halve(workspace)
    (other.root / other.load()[9].image.path).write_bytes(b"something else")
    assert merge(workspace, other).errors == 1
    bad = [unit for unit in workspace.load() if unit.image.stage == "merge"]
    assert [unit.image.reason for unit in bad] == [Reason.FILE_CHANGED]


def test_the_command_says_what_to_run_again(
    workspace: Workspace, other: Workspace, run_command: Runner
) -> None:
    _halve(workspace)
    done = run_command("f2a-data", "merge", other.root, "--workspace", workspace.root)
    assert done.returncode == 0
    assert "merge: 10 images added, 0 fetched, 10 in both, 0 errors; decisions: 0 added" in done.stdout
    assert "merge: run these again: crop" in done.stderr
    assert run_command("f2a-data", "merge", workspace.root, "--workspace", workspace.root).returncode == 5


def test_a_merge_that_was_killed_before_its_end_is_finished_by_the_next(
    workspace: Workspace, other: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _halve(workspace)
    _decide(workspace, 0, "keep", NEW)
    _decide(other, 0, "drop", OLD)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "publish", die)
        with pytest.raises(KeyboardInterrupt):
            merge(workspace, other)
    log = workspace.decisions_log.read_bytes()
    assert merge(workspace, other).added == 10
    assert workspace.decisions_log.read_bytes() == log
    assert len(workspace.load()) == 20

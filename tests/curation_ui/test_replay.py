"""A review's log, applied to a fresh workspace with the same images."""

from pathlib import Path

from reviewing import small

from commands import Runner
from f2a_manifests import Decision, Domain, Workspace
from f2a_manifests.decisions import Decisions, Entry, box_of


def tables(workspace: Workspace) -> list[bytes]:
    return [file.read_bytes() for file in (workspace.images_csv, workspace.faces_csv(Domain.ANIME))]


def test_a_replayed_log_gives_the_same_manifests_byte_for_byte(tmp_path: Path, run_command: Runner) -> None:
    reviewed, fresh = small(tmp_path / "reviewed"), small(tmp_path / "fresh")
    log = Decisions.load(reviewed.decisions_log)
    for unit, decision in zip(reviewed.load(), (Decision.DROP, Decision.KEEP, Decision.DROP), strict=False):
        face = unit.faces[0]
        source, box = unit.image.sha256, box_of(face)
        log.append([Entry(id=face.id, source=source, box=box, decision=decision)])
    log.undo()
    assert run_command("f2a-data", "review", "--workspace", reviewed.root).returncode == 0
    replay = ("--replay", reviewed.decisions_log)
    done = run_command("f2a-data", "review", "--workspace", fresh.root, *replay)
    assert done.returncode == 0, done.stderr
    assert tables(fresh) == tables(reviewed)
    assert tables(fresh) != tables(small(tmp_path / "untouched"))
    again = run_command("f2a-data", "review", "--workspace", fresh.root, *replay)
    assert again.returncode != 0
    assert "--replay needs none" in again.stderr


def test_what_is_no_log_is_refused_and_nothing_changes(tmp_path: Path, run_command: Runner) -> None:
    workspace = small(tmp_path / "w")
    before = tables(workspace)
    (tmp_path / "other.txt").write_text("not a decision\n")
    done = run_command(
        "f2a-data", "review", "--workspace", workspace.root, "--replay", tmp_path / "other.txt"
    )
    assert done.returncode != 0
    assert "not a decision" in done.stderr
    assert not workspace.decisions_log.exists()
    assert tables(workspace) == before

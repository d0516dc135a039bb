"""A published set that comes into a workspace in use: rebuilt beside it, then merged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from rebuilding import EXAMPLE, Rebuild, sealed

from commands import Runner
from exports import small_workspace
from f2a_data.stages.crop import Crop
from f2a_data.stages.review import Review
from f2a_demo.booru import Booru
from f2a_demo.booru_posts import DemoPost
from f2a_engine import runner, state
from f2a_faces.images import decode
from f2a_import.merge import merge
from f2a_manifests import Decision, Domain, Record, Workspace
from f2a_manifests.decisions import Decisions, Entry, source_of
from f2a_manifests.regrouping import regrouped
from f2a_publish.pixels import pixels_sha256, read_table


@pytest.fixture
def again(posts: list[DemoPost], tmp_path: Path, rebuilt: Rebuild) -> Workspace:
    """The example, rebuilt."""
    workspace = Workspace(tmp_path / "rebuilt")
    with Booru(posts) as booru:
        rebuilt(EXAMPLE, workspace, root=booru.url)
    return workspace


def dropped(workspace: Workspace) -> tuple[Record, Record]:
    """The face that the publisher dropped, and its image."""
    images = {row.id: row for row in workspace.images()}
    face = next(row for row in workspace.faces(Domain.ANIME) if row.decision is Decision.DROP)
    return face, images[face.parent]


def decide(workspace: Workspace, face: Record, image: Record, time: str = "") -> None:
    """Keep a face."""
    entry = Entry(time=time, id=face.id, source=source_of(image), box=face.box, decision=Decision.KEEP)
    Decisions.load(workspace.decisions_log).append([entry])


def test_all_of_it_comes_with_the_same_pixels(again: Workspace, tmp_path: Path) -> None:
    mine = small_workspace(tmp_path / "mine")
    own, units = mine.load(), again.load()
    for unit in units[:3]:  # some of the posts are here, without their files
        unit.image.path = ""
    mine.publish([*own, *units[:3]])
    merged = merge(mine, again)
    assert (merged.added, merged.fetched, merged.errors) == (13, 3, 0)
    runner.run(Crop(), mine)
    runner.run(Review(), mine)
    faces = {face.id: face for face in mine.faces(Domain.ANIME)}
    for name, digest in read_table(EXAMPLE / "crops.csv").items():
        assert pixels_sha256(decode(mine.file(faces[name])).pixels) == digest
    published = Workspace(EXAMPLE).faces(Domain.ANIME)
    assert {row.id: row.decision for row in published} == {
        row.id: faces[row.id].decision for row in published
    }
    assert len(mine.images()) == len(own) + 16


@pytest.mark.parametrize(("time", "wins"), [("", "keep"), ("2020-01-01T00:00:00Z", "drop")])
def test_decisions_are_as_old_as_the_publication(
    time: str, wins: str, again: Workspace, tmp_path: Path
) -> None:
    face, image = dropped(again)
    mine = Workspace(tmp_path / "mine")
    mine.create()
    decide(mine, face, image, time)
    merge(mine, again)
    assert Decisions.load(mine.decisions_log).get(source_of(image), face.box) == wins


def test_no_stage_is_to_be_run_again(again: Workspace, run_command: Runner) -> None:
    assert state.outstanding(again) == []
    done = run_command("f2a-data", "status", "--workspace", again.root, "--json")
    facts = json.loads(done.stdout)
    assert (facts["next"], facts["outstanding"]) == ("", [])
    assert facts["done"].keys() == {"detect", "crop", "dedup", "clean", "review", "split"}


def test_stages_that_the_publisher_left_out_are_to_be_run(
    example: Path, posts: list[DemoPost], tmp_path: Path, rebuilt: Rebuild
) -> None:
    about = example / "dataset.toml"
    stages = about.read_text().partition("stages = [")[2].partition("]")[0]
    about.write_text(about.read_text().replace(stages, '"crop", "dedup", "no-such-stage", "../split"'))
    workspace = Workspace(tmp_path / "rebuilt")
    with Booru(posts) as booru:
        rebuilt(sealed(example), workspace, root=booru.url)
    assert state.outstanding(workspace) == ["clean", "review", "split"]


def plain(rows: list[Record]) -> list[Record]:
    """Without what depends on which files are needed, and on the compression of PNG files."""
    return [replace(row, path="", sha256="" if row.is_face else row.sha256) for row in rows]


def test_a_rebuilt_workspace_is_published_as_it_was(again: Workspace, run_command: Runner) -> None:
    done = run_command("f2a-data", "publish", "again", "--workspace", again.root)
    assert done.returncode == 0, done.stderr
    one, other = Workspace(EXAMPLE), Workspace(run_command.folder / "again")
    assert plain(one.images()) == plain(other.images())
    assert plain(one.faces(Domain.ANIME)) == plain(other.faces(Domain.ANIME))
    assert read_table(EXAMPLE / "crops.csv") == read_table(run_command.folder / "again" / "crops.csv")


def test_what_the_review_says_about_copies_comes_along(
    example: Path, posts: list[DemoPost], tmp_path: Path, rebuilt: Rebuild, run_command: Runner
) -> None:
    one, two, three = sorted(row.id for row in Workspace(EXAMPLE).faces(Domain.ANIME)[:3])
    rows = ("id,word,other", f"{two},chosen_over,", f"{one},no_copy_of,{three}", f"{two},no_copy_of,{three}")
    table = "\n".join((*rows, f"{three},no_copy_of,", ""))
    (example / "copies.csv").write_text(table)
    workspace = Workspace(tmp_path / "rebuilt")
    with Booru(posts) as booru:
        rebuilt(sealed(example), workspace, root=booru.url)
    said = regrouped(workspace.load(), Decisions.load(workspace.decisions_log))
    assert said.chosen == {two: []}
    assert said.apart == {frozenset((one, three)), frozenset((two, three))}
    assert said.alone == {one, two, three}
    assert run_command("f2a-data", "publish", "again", "--workspace", workspace.root).returncode == 0
    assert (run_command.folder / "again" / "copies.csv").read_text() == table
    assert "copies/word" in (run_command.folder / "again" / "croissant.json").read_text()

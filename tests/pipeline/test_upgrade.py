"""A workspace of the version before reasons, boxes and crops had columns of their own: nothing of it is lost.

``old_workspace`` is what that version made of drawings: a folder, finished crops, aligned portraits, a
scrape, a removed post and three decisions. Its pictures are not there.
"""

import csv
import json
import shutil
from pathlib import Path

import pytest

from commands import Runner
from f2a_data.stages.review import Review
from f2a_data.stages.split import Split
from f2a_engine import runner, state
from f2a_engine.upgrade import reason_of, upgrade
from f2a_faces.crop import parse_rule, square
from f2a_manifests import (
    Box,
    BoxFrom,
    Decision,
    Domain,
    ExitCode,
    FatalError,
    ManifestError,
    Reason,
    Record,
    Workspace,
)

OLD = Path(__file__).with_name("old_workspace")
SAME = (
    "id", "domain", "source", "source_id", "source_url", "source_md5", "rating", "path", "sha256", "parent",
    "flags", "landmarks", "score", "crop_rule", "phash", "dup_group", "decision", "split", "status", "stage",
    "group", "source_split", "artist", "tags",
)  # fmt: skip


@pytest.fixture
def old(tmp_path: Path) -> Workspace:
    """A copy of the old workspace."""
    workspace = Workspace(tmp_path / "workspace")
    shutil.copytree(OLD, workspace.root)
    return workspace


def plain(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def faces(workspace: Workspace) -> dict[str, Record]:
    return {face.id: face for domain in Domain for face in workspace.faces(domain)}


@pytest.mark.usefixtures("old")
def test_an_old_workspace_is_refused_with_the_way_out(run_command: Runner) -> None:
    done = run_command("f2a-data", "status")
    assert done.returncode == ExitCode.FAILED
    assert "run f2a-data upgrade" in done.stderr


def test_one_command_brings_it_up_to_date_and_a_second_one_changes_nothing(
    old: Workspace, run_command: Runner
) -> None:
    assert run_command("f2a-data", "upgrade").stdout == (
        "upgrade: anime.csv, human.csv, images.csv upgraded\n"
    )
    before = {path.name: path.read_bytes() for path in old.manifests.glob("*.csv")}
    assert run_command("f2a-data", "upgrade").stdout == "upgrade: nothing to do\n"
    assert {path.name: path.read_bytes() for path in old.manifests.glob("*.csv")} == before
    status = json.loads(run_command("f2a-data", "status", "--json").stdout)
    assert (status["outstanding"], status["images"], status["faces"]) == ([], 21, 15)


@pytest.mark.parametrize("name", ["images", "anime", "human"])
def test_what_was_there_is_still_there(old: Workspace, name: str) -> None:
    before = plain(OLD / "manifests" / f"{name}.csv")
    upgrade(old)
    after = plain(old.manifests / f"{name}.csv")
    assert list(after) == list(before)
    for identifier, row in before.items():
        now = after[identifier]
        assert {column: now[column] for column in SAME} == {column: row[column] for column in SAME}
        assert (now["flags"], now["landmarks"], now["score"]) == (
            row["flags"],
            row["landmarks"],
            row["score"],
        )
        assert Reason(now["reason"]) is not Reason.OTHER
        assert bool(now["reason"]) == bool(row["reason"])


def test_boxes_are_the_face_and_say_how_they_came_to_be(old: Workspace) -> None:
    upgrade(old)
    found = faces(old)
    drawn = found["drawings-9461eefa9b19-277-267-237-226"]
    assert (drawn.box, drawn.box_from) == (Box(296, 286, 198, 188), BoxFrom.DETECTED)
    assert drawn.detector == "f2a-anime-ed7f690f"
    aligned = found["celeba-000001-40-96-99-93"]
    assert (aligned.box, aligned.box_from) == (Box(40, 96, 99, 93), BoxFrom.GIVEN)
    assert (aligned.detector, aligned.landmarks[0]) == ("celeba-aligned", ("left_eye", 69, 109))
    whole = found["cut-5dc7d87b8f53-0-0-82-82"]
    assert (whole.box, whole.box_from, whole.detector) == (Box(0, 0, 82, 82), BoxFrom.WHOLE, "")


def test_every_crop_has_its_square_as_the_rule_makes_it(old: Workspace) -> None:
    upgrade(old)
    sizes = {image.id: (image.width or 0, image.height or 0) for image in old.images()}
    for face in faces(old).values():
        made = square(face.box, *sizes[face.parent], parse_rule(face.crop_rule)) if face.sha256 else None
        assert face.square == made
    assert faces(old)["cut-3a949aecca2c-0-0-234-234"].square == (0.0, 0.0, 234.0)


def test_decisions_and_splits_stand(old: Workspace) -> None:
    upgrade(old)
    before = {path.name: path.read_bytes() for path in old.manifests.glob("*.csv")}
    for stage in (Review(), Split()):
        runner.run(stage, old)
    assert {path.name: path.read_bytes() for path in old.manifests.glob("*.csv")} == before
    assert state.outstanding(old) == []
    decided = {face.source_id: face.decision for face in faces(old).values() if face.decision}
    assert decided == {"1": Decision.DROP, "1.png": Decision.KEEP}


def test_a_killed_upgrade_goes_on(old: Workspace) -> None:
    upgrade(old)
    whole = {path.name: path.read_bytes() for path in old.manifests.glob("*.csv")}
    for names in (["images"], ["images", "human"]):
        for name in names:
            shutil.copy(OLD / "manifests" / f"{name}.csv", old.manifests)
        shutil.copy(OLD / "manifests" / "journal" / "state.json", old.journal)
        shutil.rmtree(old.shards / "crop")
        assert upgrade(old) == ["anime.csv", "human.csv", "images.csv"]
        assert {path.name: path.read_bytes() for path in old.manifests.glob("*.csv")} == whole


def test_a_workspace_from_before_shards_keeps_rows_and_knows_what_is_done(
    old: Workspace, run_command: Runner
) -> None:
    upgrade(old)
    tables, done = {path.name: path.read_bytes() for path in old.manifests.glob("*.csv")}, state.read(old)
    shutil.rmtree(old.shards)
    journal = old.journal / "crop.jsonl"
    journal.write_text("")
    (old.journal / "state.json").write_text(json.dumps(done | {"split": ""}))  # it had to run again
    assert "run f2a-data upgrade" in run_command("f2a-data", "dedup").stderr
    assert run_command("f2a-data", "upgrade").returncode == ExitCode.OK
    assert {path.name: path.read_bytes() for path in old.manifests.glob("*.csv")} == tables
    assert state.read(old) == {name: identity for name, identity in done.items() if name != "split"}
    assert not journal.exists()
    runner.run(Split(), old)
    assert {path.name: path.read_bytes() for path in old.manifests.glob("*.csv")} == tables


def test_a_manifest_that_cannot_be_trusted_is_left_alone(old: Workspace) -> None:
    path = old.faces_csv(Domain.ANIME)
    text = path.read_text().replace(",train,", ",elsewhere,", 1)
    path.write_text(text)
    with pytest.raises(ManifestError, match=r"anime\.csv, row \d+, column split: 'elsewhere' is not one of"):
        upgrade(old)
    assert path.read_text() == text


def test_without_manifests_there_is_nothing_to_upgrade(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match="there is no manifest"):
        upgrade(Workspace(tmp_path))


@pytest.mark.parametrize(
    ("sentence", "reason", "detail"),
    [
        ("", Reason.NONE, ""),
        ("no face found", Reason.NO_FACE, ""),
        ("near copy of a-1 (distance 3, same size)", Reason.NEAR_COPY, "distance 3, same size"),
        ("mirrored near copy of a-1 (distance 0, dropped in review)", Reason.MIRRORED_COPY,
         "distance 0, dropped in review"),
        ("too small: 12 px would be enlarged 5 times", Reason.TOO_SMALL, "12 px would be enlarged 5 times"),
        ("the box (1, 2, 3, 4) is not in the 9x9 image", Reason.BOX_OUTSIDE, "(1, 2, 3, 4) in 9x9 pixels"),
        ("more than 100 million pixels", Reason.TOO_MANY_PIXELS, "more than 100 million pixels"),
        ("the file is empty", Reason.FILE_EMPTY, ""),
        ("larger than 256 MiB", Reason.FILE_TOO_LARGE, "more than 256 MiB"),
        ("a JPEG XL image, which is not read: convert it, for example with djxl", Reason.UNSUPPORTED_FORMAT,
         "JPEG XL: convert it, for example with djxl"),
        ("not fetched: 404 Not Found", Reason.DOWNLOAD_FAILED, "404 Not Found"),
        ("not fetched yet; run the same scrape again", Reason.NOT_FETCHED, ""),
        ("ValueError: what no one foresaw", Reason.STAGE_FAILED, "ValueError: what no one foresaw"),
        ("no longer in the folder", Reason.GONE, ""),
        ("the file is missing", Reason.FILE_MISSING, ""),
        ("no permission to read the file", Reason.NO_PERMISSION, ""),
        ("not a regular file", Reason.NOT_A_FILE, ""),
        ("an HTML page, not an image", Reason.HTML_PAGE, ""),
        ("not an image of a known format", Reason.UNKNOWN_FORMAT, ""),
        ("too large for this machine's memory", Reason.OUT_OF_MEMORY, ""),
        ("a sentence of somebody else's stage", Reason.OTHER, "a sentence of somebody else's stage"),
    ],
)  # fmt: skip
def test_sentences_become_reasons(sentence: str, reason: Reason, detail: str) -> None:
    assert reason_of(sentence) == (reason, detail)

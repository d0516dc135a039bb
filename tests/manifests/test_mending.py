"""Boxes drawn in the review: the log's lines, and what they do to the rows."""

from pathlib import Path

import pytest

from f2a_manifests import Box, BoxFrom, Decision, Domain, Reason, Record, Unit
from f2a_manifests.decisions import NO_BOX, Decisions, Entry
from f2a_manifests.mending import is_mended, mend
from f2a_manifests.merging import merge_logs

FOUND, OTHER = Box(100, 100, 50, 50), Box(300, 100, 50, 50)
DRAWN, FINER, MISSED = Box(120, 110, 80, 80), Box(124, 112, 72, 72), Box(10, 10, 40, 40)


def drawing(box: Box, replaces: Box = NO_BOX) -> Entry:
    return Entry(id="x", source="abc", box=box, decision=Decision.KEEP, replaces=replaces)


@pytest.fixture
def log(tmp_path: Path) -> Decisions:
    return Decisions.load(tmp_path / "log")


def detected(*boxes: Box) -> Unit:
    image = Record(id="image", domain=Domain.ANIME, source="drawn", sha256="abc")
    unit = Unit(image, [image.face(box, BoxFrom.DETECTED, "f2a-1", 0.9) for box in boxes])
    if not boxes:
        image.drop("detect", Reason.NO_FACE)
    return unit


def boxes(unit: Unit) -> list[Box]:
    return [face.box for face in unit.faces if face.kept]


def test_a_mended_box_stands_for_the_detected_one_and_a_missed_face_is_added(log: Decisions) -> None:
    log.append([drawing(DRAWN, FOUND)])
    log.append([drawing(MISSED)])
    unit = detected(FOUND, OTHER)
    for _ in range(2):  # repeating it changes nothing
        mend([unit], log)
        assert boxes(unit) == [OTHER, DRAWN, MISSED]
        old, *_, new, _ = unit.faces
        assert (old.stage, old.reason, old.detail) == ("crop", Reason.REDRAWN, new.id)
        assert new.box_from is BoxFrom.MANUAL
    assert is_mended(unit, log)


def test_it_survives_another_detection(log: Decisions) -> None:
    log.append([drawing(DRAWN, FOUND), drawing(MISSED)])
    unit = detected(Box(102, 101, 51, 50), OTHER, Box(11, 11, 40, 40), DRAWN)
    mend([unit], log)
    assert boxes(unit) == [OTHER, DRAWN, MISSED]
    assert len({face.id for face in unit.faces}) == 6
    unit = detected(OTHER)
    mend([unit], log)
    assert boxes(unit) == [OTHER, DRAWN, MISSED]


def test_undo_takes_the_box_away_step_by_step_also_after_a_restart(log: Decisions) -> None:
    log.append([drawing(DRAWN, FOUND)])
    log.append([drawing(FINER, DRAWN)])
    assert log.drawn("abc") == {FINER: FOUND}
    log.undo()
    assert log.drawn("abc") == {DRAWN: FOUND}
    again = Decisions.load(log.path)
    again.undo()
    unit = detected(FOUND)
    unit.faces[0].drop("crop", Reason.REDRAWN)
    unit.faces[0].keep()  # as before the stage runs again
    mend([unit], again)
    assert boxes(unit) == [FOUND]
    assert is_mended(unit, again)


def test_a_face_added_to_an_image_without_one_comes_and_goes(log: Decisions) -> None:
    log.append([drawing(MISSED)])
    unit = detected()
    mend([unit], log)
    assert unit.image.kept
    assert boxes(unit) == [MISSED]
    log.undo()
    assert not is_mended(unit, log)
    mend([unit], log)
    assert (unit.faces, unit.image.reason) == ([], Reason.NO_FACE)


def test_a_face_may_be_drawn_and_dropped_then(log: Decisions) -> None:
    log.append([drawing(DRAWN, FOUND)])
    log.append([Entry(id="x", source="abc", box=DRAWN, decision=Decision.DROP, was=Decision.KEEP)])
    assert log.drawn("abc") == {DRAWN: FOUND}
    assert log.get("abc", DRAWN) is Decision.DROP


def test_merging_brings_the_boxes_and_what_was_decided_about_them(tmp_path: Path, log: Decisions) -> None:
    theirs = Decisions.load(tmp_path / "theirs")
    theirs.append([drawing(DRAWN, FOUND)])
    theirs.append([drawing(OTHER)])
    theirs.undo()
    theirs.append([Entry(id="x", source="abc", box=DRAWN, decision=Decision.DROP, was=Decision.KEEP)])
    log.append([Entry(id="y", source="xyz", box=FOUND, decision=Decision.KEEP)])
    merge_logs(log.path, theirs.path)
    merged = Decisions.load(log.path)
    assert merged.drawn("abc") == {DRAWN: FOUND}
    assert merged.get("abc", DRAWN) is Decision.DROP
    before = log.path.read_bytes()
    merge_logs(log.path, theirs.path)
    assert log.path.read_bytes() == before

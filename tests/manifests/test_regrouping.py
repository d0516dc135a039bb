"""What the review says about copies: lines of the log, undone, merged, and found again in the rows."""

from dataclasses import replace
from pathlib import Path

import pytest

from f2a_manifests import Box, BoxFrom, Decision, Domain, Reason, Record, Unit
from f2a_manifests.decisions import Decisions, Entry, FaceKey
from f2a_manifests.merging import merge_logs
from f2a_manifests.regrouping import regrouped, unsettled

BOX = Box(10, 10, 50, 50)
A, B, C = (FaceKey(name, BOX) for name in "abc")


@pytest.fixture
def log(tmp_path: Path) -> Decisions:
    return Decisions.load(tmp_path / "log")


def chosen(face: FaceKey, *others: FaceKey) -> Entry:
    return Entry(id="x", source=face.source, box=face.box, decision=Decision.KEEP, stands_for=others)


def apart(face: FaceKey, *others: FaceKey) -> Entry:
    return Entry(id="x", source=face.source, box=face.box, decision=Decision.KEEP, apart_from=others)


def rows(box: Box = BOX) -> list[Unit]:
    """Three images with a face each, as `dedup` leaves three copies of which A is the best."""
    units = []
    for name in "abc":
        image = Record(id=name, domain=Domain.ANIME, source="drawn", sha256=name)
        face = image.face(box, BoxFrom.DETECTED)
        face.id, face.dup_group = name, "a"
        if name != "a":
            face.drop("dedup", Reason.NEAR_COPY)
        units.append(Unit(image, [face]))
    return units


def test_the_newest_word_about_two_faces_counts(log: Decisions) -> None:
    log.append([chosen(B, A, C)])
    assert regrouped(rows(), log).chosen == {"b": ["a", "c"]}
    log.append([apart(C, A, B)])
    said = regrouped(rows(), log)
    assert said.chosen == {"b": ["a"]}
    assert said.apart == {frozenset("bc"), frozenset("ac")}
    log.append([chosen(A, B)])
    assert regrouped(rows(), log).chosen == {"a": ["b"], "b": []}


def test_undo_takes_the_words_back_one_by_one_also_after_a_restart(log: Decisions) -> None:
    log.append([chosen(B, A, C)])
    log.append([apart(A, B, C), replace(apart(B, C), was=Decision.KEEP)])
    again = Decisions.load(log.path)
    again.undo()
    assert regrouped(rows(), again).chosen == {"b": ["a", "c"]}
    assert again.get(*A) is Decision.NONE
    assert again.get(*B) is Decision.KEEP
    again.undo()
    assert regrouped(rows(), again) == regrouped(rows(), Decisions(log.path))
    assert not again.undo()


def test_faces_are_found_by_their_place_and_not_by_their_rows_names(log: Decisions) -> None:
    log.append([chosen(B, A)])
    assert regrouped(rows(Box(12, 11, 50, 50)), log).chosen == {"b": ["a"]}
    assert regrouped(rows(Box(60, 60, 50, 50)), log).chosen == {}
    assert regrouped(rows()[1:], log).chosen == {"b": []}


def test_other_decisions_are_read_and_written_as_before(log: Decisions) -> None:
    log.append([Entry(id="x", source="a", box=BOX, decision=Decision.DROP)])
    assert "apart_from" not in log.path.read_text()
    log.append([replace(chosen(A, B), was=Decision.DROP)])
    assert log.get(*A) is Decision.KEEP
    log.undo()
    assert log.get(*A) is Decision.DROP


def test_dedup_has_to_run_until_it_has_done_what_was_said(log: Decisions) -> None:
    units = rows()
    assert unsettled(units, log) == 0
    log.append([chosen(B, A, C)])
    assert unsettled(units, log) == 1
    a, b, c = (unit.faces[0] for unit in units)
    b.keep()
    a.drop("dedup", Reason.NEAR_COPY)
    for face in (a, b, c):
        face.dup_group = "b"
    assert unsettled(units, log) == 0
    log.append([apart(C, A, B)])
    assert unsettled(units, log) == 1
    c.keep()
    c.dup_group = ""
    assert unsettled(units, log) == 0
    log.append([Entry(id="x", source="b", box=BOX, decision=Decision.DROP)])
    b.drop("dedup", Reason.NEAR_COPY)
    assert unsettled(units, log) == 0


def test_a_merge_brings_the_words_along_once_and_leaves_newer_decisions(tmp_path: Path) -> None:
    ours, theirs = (Decisions.load(tmp_path / name) for name in ("ours", "theirs"))
    dropped = Entry(time="2025-02-01T00:00:00Z", id="x", source="b", box=BOX, decision=Decision.DROP)
    ours.append([dropped])
    theirs.append([replace(chosen(B, A), time="2025-01-01T00:00:00Z")])
    theirs.append([apart(C, A)])
    theirs.append([apart(B, C)])
    theirs.undo()
    for _ in range(2):
        merge_logs(ours.path, theirs.path)
        merged = Decisions.load(ours.path)
        said = regrouped(rows(), merged)
        assert said.chosen == {"b": ["a"]}
        assert said.apart == {frozenset("ac")}
        assert (merged.get(*B), merged.get(*C)) == (Decision.DROP, Decision.KEEP)
    lines = ours.path.read_text().count("\n")
    merge_logs(ours.path, theirs.path)
    assert ours.path.read_text().count("\n") == lines


@pytest.mark.parametrize("value", ['"a"', '[["a"]]', '[["a",[1,2,3]]]', "[[1,[1,2,3,4]]]"])
def test_a_word_that_makes_no_sense_is_named_with_its_line(tmp_path: Path, value: str) -> None:
    line = f'{{"id":"x","source":"a","box":[1,2,3,4],"decision":"keep","stands_for":{value}}}\n'
    (tmp_path / "log").write_text(line)
    with pytest.raises(Exception, match="line 1"):
        Decisions.load(tmp_path / "log")


def test_a_chosen_face_that_is_a_copy_of_one_chosen_later_is_settled(log: Decisions) -> None:
    units = rows()
    a, b, c = (unit.faces[0] for unit in units)
    log.append([chosen(B, A)])
    log.append([chosen(C)])  # in another group; the two chosen ones are copies by their pixels
    c.keep()
    for face in (a, b, c):
        face.dup_group = "c"
    assert unsettled(units, log) == 0
    log.append([chosen(B, A)])
    assert unsettled(units, log) == 1


def test_of_words_in_one_second_the_last_one_counts(log: Decisions) -> None:
    now = "2025-01-01T00:00:00Z"
    for word in (chosen(B, A), chosen(A, B), chosen(B, A)):
        log.append([replace(word, time=now)])
    assert regrouped(rows(), log).chosen == {"b": ["a"], "a": []}


def test_of_choices_in_a_circle_the_newest_wins_and_dedup_can_finish(log: Decisions) -> None:
    units = rows()
    a, b, c = (unit.faces[0] for unit in units)
    for word in (chosen(A, B), chosen(B, C), chosen(C, A)):
        log.append([word])
    assert list(regrouped(units, log).choices()) == [("c", ["a"]), ("b", [])]
    c.keep()
    a.drop("dedup", Reason.NEAR_COPY)
    b.keep()
    a.dup_group = c.dup_group = "c"
    assert unsettled(units, log) == 0
    c.drop("dedup", Reason.NEAR_COPY)
    assert unsettled(units, log) == 1


def test_a_face_that_was_removed_from_a_group_is_alone_until_another_is_chosen_over_it(
    log: Decisions,
) -> None:
    units = rows()
    log.append([apart(B, A)])
    assert regrouped(units, log).alone == {"b"}
    units[1].faces[0].dup_group = "c"  # dropped as a copy of yet another face
    assert unsettled(units, log) == 1
    log.append([chosen(C, B)])
    assert regrouped(units, log).alone == set()
    log.undo()
    units[1].faces[0].reason = Reason.EXACT_COPY  # the same bytes are kept
    assert unsettled(units, log) == 0

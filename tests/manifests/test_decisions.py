"""The decisions log: what is in it survives anything, and finds its faces again."""

import json
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock, Timeout
from hypothesis import given, settings
from hypothesis import strategies as st

from f2a_manifests import Box, Decision, Domain, FatalError, Reason, Record, Status, Unit
from f2a_manifests.append_only import append_lines
from f2a_manifests.decisions import NO_BOX, Decisions, Entry, apply
from f2a_manifests.merging import merge_logs

BOX = Box(100, 100, 50, 50)
MOVED = Box(105, 102, 52, 50)
ELSEWHERE = Box(300, 100, 50, 50)
KEEP, DROP, NONE = Decision.KEEP, Decision.DROP, Decision.NONE


def entry(source: str, box: Box, decision: Decision, was: Decision = NONE) -> Entry:
    return Entry(id="a", source=source, box=box, decision=decision, was=was)


def log_of(path: Path, *decisions: tuple[str, Box, Decision]) -> Decisions:
    log = Decisions.load(path)
    for decision in decisions:
        log.append([entry(*decision)])
    return log


class Model:
    """The log as anyone would explain it: a list of assignments, and a stack of actions."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, Decision]] = []
        self.actions: list[list[tuple[int, Decision]]] = []

    def state(self, lines: int | None = None) -> dict[int, Decision]:
        return dict(self.lines[:lines])

    def decide(self, faces: list[int], decision: Decision) -> None:
        state = self.state()
        self.actions.append([(face, state.get(face, NONE)) for face in faces])
        self.lines += [(face, decision) for face in faces]

    def undo(self) -> None:
        if self.actions:
            self.lines += self.actions.pop()


def face_box(face: int) -> Box:
    return Box(100 * face, 0, 50, 50)


DECIDE = st.tuples(
    st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True), st.sampled_from([KEEP, DROP])
)


@settings(deadline=None)  # it waits for the disk
@given(steps=st.lists(st.one_of(DECIDE, st.none()), max_size=12), data=st.data())
def test_any_history_with_any_torn_tail_is_what_its_whole_lines_say(
    steps: list[tuple[list[int], Decision] | None], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        model = Model()
        log = Decisions(path)
        for step in steps:
            if data.draw(st.booleans()):
                log = Decisions.load(path)
            if step:
                state = model.state()
                faces, decision = step
                log.append([entry("s", face_box(n), decision, state.get(n, NONE)) for n in faces])
                model.decide(*step)
            else:
                log.undo()
                model.undo()
        whole = path.read_bytes() if path.exists() else b""
        cut = whole[: data.draw(st.integers(0, len(whole)))]
        path.write_bytes(cut)
        expected = model.state(cut.count(b"\n"))
        assert known(Decisions.load(path)) == {face: value for face, value in expected.items() if value}

        log_of(path, ("s", face_box(0), DROP))
        after = {**expected, 0: DROP}
        assert known(Decisions.load(path)) == {face: value for face, value in after.items() if value}


def known(log: Decisions) -> dict[int, Decision]:
    return {face: value for face in range(6) if (value := log.get("s", face_box(face)))}


def test_a_line_says_who_when_and_what(tmp_path: Path) -> None:
    log_of(tmp_path / "log", ("abc", BOX, DROP))
    line = json.loads((tmp_path / "log").read_text())
    assert line.pop("time").endswith("Z")
    assert line == {
        "action": 1,
        "undoes": 0,
        "id": "a",
        "source": "abc",
        "box": [100, 100, 50, 50],
        "decision": "drop",
        "was": "",
        "by": "",
    }


def test_a_time_that_is_given_stays_but_for_an_undo(tmp_path: Path) -> None:
    log = Decisions.load(tmp_path / "decisions.jsonl")
    given = "2020-01-01T00:00:00Z"
    log.append([Entry(time=given, id="a", source="s", box=BOX, decision=DROP)])
    log.undo()
    times = [json.loads(line)["time"] for line in log.path.read_text().splitlines()]
    assert times[0] == given < times[1]


def test_undo_goes_back_step_by_step_also_after_a_restart(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", ("s", BOX, KEEP))
    log.append([entry("s", BOX, DROP, KEEP), entry("s", ELSEWHERE, DROP)])
    log = Decisions.load(tmp_path / "log")
    assert len(log.undo()) == 2
    assert (log.get("s", BOX), log.get("s", ELSEWHERE)) == (KEEP, NONE)
    log = Decisions.load(tmp_path / "log")
    assert len(log.undo()) == 1
    assert log.get("s", BOX) is NONE
    assert log.undo() == []
    assert not Decisions.load(tmp_path / "log").counts()


def test_a_moved_box_keeps_its_decision_and_a_distant_one_has_none(tmp_path: Path) -> None:
    assert BOX.overlap(MOVED) > 0.5
    log = log_of(tmp_path / "log", ("s", BOX, DROP))
    assert log.get("s", MOVED) is DROP
    assert log.get("s", ELSEWHERE) is NONE
    assert log.get("another image", BOX) is NONE


def test_a_logged_box_answers_for_one_face_and_for_its_own_first(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", ("s", BOX, DROP))
    assert log.match("s", [MOVED, BOX]) == {BOX: DROP, MOVED: NONE}
    closer = Box(101, 100, 50, 50)
    assert log.match("s", [MOVED, closer]) == {closer: DROP, MOVED: NONE}


@given(*[st.builds(Box, *[st.integers(0, 30)] * 4)] * 2)
def test_overlap_is_symmetric_and_counts_pixels(one: Box, other: Box) -> None:
    def pixels(box: Box) -> set[tuple[int, int]]:
        return {(x, y) for x in range(box.x, box.x + box.w) for y in range(box.y, box.y + box.h)}

    union = pixels(one) | pixels(other)
    expected = len(pixels(one) & pixels(other)) / len(union) if union else 0
    assert one.overlap(other) == other.overlap(one) == pytest.approx(expected)


def units() -> list[Unit]:
    image = Record(id="i", domain=Domain.ANIME, source="x", sha256="s")
    faces = [Record(id=f"f{n}", domain=Domain.ANIME, source="x", parent="i") for n in range(4)]
    for face, box in zip(faces, (BOX, ELSEWHERE, Box(0, 0, 40, 40)), strict=False):
        face.box_x, face.box_y, face.box_w, face.box_h = box
    return [Unit(image, faces)]


def test_apply_drops_what_was_dropped_and_leaves_earlier_drops_alone(tmp_path: Path) -> None:
    log_of(tmp_path / "log", ("s", BOX, DROP), ("s", ELSEWHERE, KEEP), ("s", Box(0, 0, 40, 40), DROP))
    rows = units()
    faces = rows[0].faces
    faces[2].drop("dedup", Reason.NEAR_COPY)
    apply(rows, tmp_path / "log")
    assert [face.decision for face in faces] == [DROP, KEEP, DROP, NONE]
    assert [face.status for face in faces] == [Status.DROP, Status.KEEP, Status.DROP, Status.KEEP]
    assert (faces[0].stage, faces[0].reason) == ("review", Reason.DROPPED_IN_REVIEW)
    assert (faces[2].stage, faces[2].reason) == ("dedup", Reason.NEAR_COPY)


def test_apply_forgets_a_decision_that_was_taken_back(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", ("s", BOX, DROP))
    log.undo()
    rows = units()
    rows[0].faces[0].decision = DROP
    apply(rows, tmp_path / "log")
    assert rows[0].faces[0].decision is NONE
    assert rows[0].faces[0].kept


def test_a_face_without_a_box_and_an_image_without_a_hash_have_decisions_too(tmp_path: Path) -> None:
    log_of(tmp_path / "log", ("id:i", NO_BOX, DROP))
    rows = units()
    rows[0].image.sha256 = ""
    apply(rows, tmp_path / "log")
    assert [face.kept for face in rows[0].faces] == [True, True, True, False]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "not json",
        "[]",
        "null",
        '{"source": "s"}',
        "\0" * 40,
        "[" * 100_000,
        '{"time":"","action":1,"undoes":0,"id":"a","source":"s","box":"1234","decision":"","was":""}',
        '{"time":"","action":1,"undoes":0,"id":"a","source":"s","box":[1,2,3],"decision":"","was":""}',
        '{"time":"","action":1,"undoes":0,"id":"a","source":"s","box":[1,2,3,4],"decision":"eat","was":""}',
        '{"time":"","action":"1","undoes":0,"id":"a","source":"s","box":[1,2,3,4],"decision":"","was":""}',
        '{"time":"","action":1,"undoes":0,"id":"a","source":[],"box":[1,2,3,4],"decision":"","was":""}',
    ],
)
def test_a_whole_line_that_is_no_decision_is_named_and_not_skipped(tmp_path: Path, line: str) -> None:
    log_of(tmp_path / "log", ("s", BOX, KEEP))
    with (tmp_path / "log").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(FatalError, match="line 2"):
        Decisions.load(tmp_path / "log")


def test_the_field_that_is_wrong_is_named_with_what_was_expected(tmp_path: Path) -> None:
    line = '{"time":"","action":1,"undoes":0,"id":"a","source":"s","box":[1,"2",3,4],"decision":"","was":""}'
    (tmp_path / "log").write_text(f"{line}\n")
    with pytest.raises(FatalError, match=r"line 1: not a decision \(Expected `int`, got `str` - at `\$\.box"):
        Decisions.load(tmp_path / "log")


def test_a_full_disk_decides_nothing_and_tears_nothing(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", ("s", BOX, KEEP))
    before = (tmp_path / "log").read_bytes()
    two = [entry("s", BOX, DROP, KEEP), entry("s", ELSEWHERE, DROP)]
    with file_size_limit(len(before) + 200), pytest.raises(FatalError, match="could not write"):
        log.append(two)
    assert (tmp_path / "log").read_bytes() == before
    assert log.get("s", BOX) is KEEP
    log.append(two)
    assert Decisions.load(tmp_path / "log").get("s", ELSEWHERE) is DROP


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let the system cut a write short and then refuse, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_lost_folder_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match="has disappeared") as caught:
        Decisions(tmp_path / "gone" / "log").append([entry("s", BOX, KEEP)])
    assert "\n" not in str(caught.value)


def test_two_programs_append_to_one_log(tmp_path: Path) -> None:
    anna, ben = (Decisions.load(tmp_path / "log", name) for name in ("anna", "ben"))
    anna.append([entry("abc", BOX, DROP)])
    new = ben.append([entry("abc", BOX, KEEP, DROP)])
    assert [(line.by, line.action, line.decision) for line in new] == [("anna", 1, DROP), ("ben", 2, KEEP)]
    assert [line.by for line in anna.refresh()] == ["ben"]
    assert anna.get("abc", BOX) is KEEP
    assert anna.undo() == []  # the last word is not hers
    assert [(line.by, line.decision) for line in ben.undo()] == [("ben", DROP)]


@pytest.mark.parametrize(
    "write",
    [
        lambda log: log.append([entry("abc", ELSEWHERE, DROP)]),
        lambda log: log.undo(),
        lambda log: merge_logs(log.path, log.path.with_name("theirs")),
    ],
    ids=["append", "undo", "merge"],
)
def test_nobody_else_appends_meanwhile(
    write: Callable[[Decisions], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = log_of(tmp_path / "log", ("abc", BOX, DROP))
    log_of(tmp_path / "theirs", ("xyz", BOX, KEEP))

    def shut_out(path: Path, lines: list[str]) -> None:
        with pytest.raises(Timeout):
            FileLock(log.path.with_suffix(".lock")).acquire(timeout=0)
        append_lines(path, lines)

    for module in ("decisions", "merging"):
        monkeypatch.setattr(f"f2a_manifests.{module}.append_lines", shut_out)
    before = log.path.read_bytes()
    write(log)
    assert log.path.read_bytes() != before
    with FileLock(log.path.with_suffix(".lock"), timeout=0):
        pass  # it is free again


def test_a_torn_line_of_another_program_is_taken_in_when_it_is_whole(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", ("abc", BOX, DROP))
    line = (tmp_path / "log").read_bytes().replace(b'"abc"', b'"xyz"')
    with (tmp_path / "log").open("ab") as file:
        file.write(line[:30])
        file.flush()
        assert log.refresh() == []
        file.write(line[30:])
    assert [one.source for one in log.refresh()] == ["xyz"]

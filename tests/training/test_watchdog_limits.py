"""What counts as wrong, what is remembered, and the table of looks."""

from dataclasses import asdict, replace
from math import inf, nan
from pathlib import Path

import pytest

from f2a_manifests import FatalError
from f2a_train.watch_limits import Memory, faults
from f2a_train.watch_log import HEADER, WatchLog
from f2a_train.watch_look import Look

GOOD = Look(
    images=12_000,
    kid_local=40.0,
    untranslated=28.0,
    diversity=0.8,
    face_rate=0.6,
    retrieval_edges=0.95,
    change=0.4,
    tone=0.6,
    saturation=0.02,
    seen=0.8,
    unseen=0.7,
)
KNOWN = Memory(best_kid=30.0, best_faces=0.7, grown=True)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"diversity": 0.0}, ["all alike"]),
        ({"retrieval_edges": 0.5}, ["input ignored"]),
        ({"diversity": 0.0, "retrieval_edges": 0.5}, ["all alike", "input ignored"]),
        ({"change": 0.0}, ["does nothing"]),
        ({"saturation": 0.9}, ["saturated"]),
        ({"tone": -0.8}, ["inverted"]),
        ({"face_rate": 0.0}, ["faces lost"]),
        ({"face_rate": 0.0, "images": 20_000, "kid_local": 27.0}, ["faces lost", "no faces"]),
        ({"images": 20_000}, ["worse than nothing"]),
        ({"images": 20_000, "kid_local": 9.0, "untranslated": 1.0}, []),
        ({"kid_local": 60.1}, ["got worse"]),
        ({"kid_local": 60.1, "images": 9_999}, []),
        ({"seen": 1.0, "unseen": 0.4}, ["remembers"]),
        ({"seen": 1.0, "unseen": nan}, []),
    ],
)
def test_each_fault_has_its_name(changes: dict[str, float], expected: list[str]) -> None:
    assert faults(replace(GOOD, **changes), KNOWN) == expected


def test_the_first_look_has_nothing_to_be_worse_than() -> None:
    assert faults(replace(GOOD, kid_local=900.0, face_rate=0.0), Memory()) == []


def test_faults_of_the_first_thousand_images_do_not_count_but_are_nothing_to_go_back_to() -> None:
    assert Memory().after(replace(GOOD, images=999), ["inverted"]) == Memory()
    assert Memory().after(replace(GOOD, images=1000), ["inverted"]) == Memory(streak=1)


def test_only_good_looks_raise_the_bar() -> None:
    better = replace(GOOD, kid_local=20.0, face_rate=0.9)
    assert KNOWN.after(better, ["all alike"]) == replace(KNOWN, streak=1)
    assert KNOWN.after(better, []) == Memory(best_kid=20.0, best_faces=0.9, grown=True)
    assert replace(KNOWN, streak=1).after(GOOD, []).streak == 0


def test_what_blurred_first_results_come_to_is_no_bar_for_drawn_ones() -> None:
    blurred, drawn = replace(GOOD, images=2_000, kid_local=6.0), replace(GOOD, images=10_000, kid_local=45.0)
    early = Memory().after(blurred, [])
    assert (early.best_kid, early.grown) == (6.0, False)
    assert faults(drawn, early) == []
    grown = early.after(drawn, [])
    assert (grown.best_kid, grown.grown) == (45.0, True)
    assert faults(replace(drawn, images=12_000, kid_local=91.0), grown) == ["got worse"]


def test_faces_need_not_be_there_at_once() -> None:
    none = replace(GOOD, face_rate=0.0, kid_local=20.0)
    assert [faults(replace(none, images=images), Memory()) for images in (19_999, 20_000)] == [
        [],
        ["no faces"],
    ]


def test_memory_goes_into_a_checkpoint_and_back() -> None:
    assert Memory.of(asdict(KNOWN)) == KNOWN
    assert Memory.of({}) == Memory() == Memory.of(asdict(Memory()))


@pytest.mark.parametrize(
    "lie", [{"back": -1}, {"back": 0.5}, {"best_kid": nan}, {"best_faces": "all"}, {"more": 1}]
)
def test_a_memory_that_cannot_be_true_is_refused(lie: dict[str, object]) -> None:
    with pytest.raises(FatalError, match="cannot be true"):
        Memory.of(asdict(KNOWN) | lie)


def test_what_was_written_of_later_looks_is_dropped_but_no_earlier_try(tmp_path: Path) -> None:
    path = tmp_path / "watch.csv"
    log = WatchLog(path, 0, 0)
    for back, step in ((0, 10), (0, 20), (1, 10), (1, 20), (1, 30)):
        log.add(step, back, GOOD, ["all alike", "saturated"], "best")
    WatchLog(path, 1, 20).add(25, 1, None, ["no number"], "went back")
    lines = path.read_text().splitlines()
    assert lines[0] == HEADER.strip()
    assert [line.split(",")[:2] for line in lines[1:]] == [
        ["10", "0"], ["20", "0"], ["10", "1"], ["20", "1"], ["25", "1"],
    ]  # fmt: skip
    assert lines[1].endswith("0.8,0.7,all alike; saturated,best")
    assert lines[-1] == "25,1,,,,,,,,,,,,no number,went back"


def test_a_new_run_begins_a_new_table(tmp_path: Path) -> None:
    path = tmp_path / "watch.csv"
    path.write_text(HEADER + "10,0,\xff\x00\n torn")
    WatchLog(path, 0, 0).add(10, 0, GOOD, [], "")
    assert len(path.read_text().splitlines()) == 2


def test_infinity_is_a_bar_that_anything_clears() -> None:
    assert Memory.of(asdict(Memory())).best_kid == inf

"""What counts as wrong, what is remembered, and the table of looks."""

from dataclasses import asdict, replace
from math import inf, nan
from pathlib import Path

import pytest

from f2a_manifests import FatalError
from f2a_train.engine.watch_evaluation import Evaluation
from f2a_train.engine.watch_limits import Memory, faults
from f2a_train.engine.watch_log import HEADER, WatchLog

GOOD = Evaluation(
    images=12_000,
    kid_lite2=600.0,
    untranslated=2000.0,
    spread=0.9,
    retrieval=0.98,
    colour_rank=0.02,
    tone_rank_skin=0.8,
    tone_rank_hair=0.9,
    change=0.3,
)
KNOWN = Memory(best_kid=400.0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"spread": 0.29}, ["mode collapse"]),
        ({"retrieval": 0.5}, ["input ignored"]),
        ({"spread": 0.0, "retrieval": 0.5}, ["mode collapse", "input ignored"]),
        ({"change": 0.0}, ["identity mapping"]),
        ({"tone_rank_skin": -0.8, "tone_rank_hair": -0.4}, ["inverted"]),
        ({"tone_rank_skin": -0.8}, []),  # dark hair need not have dark skin
        ({"kid_lite2": 1600.1}, ["got worse"]),
        ({"kid_lite2": 1600.1, "images": 999}, []),
        ({"kid_lite2": 2001.0, "images": 19_999}, ["got worse"]),
        ({"kid_lite2": 2001.0, "images": 20_000}, ["got worse", "worse than nothing"]),
        ({"kid_lite2": 790.0, "untranslated": 1500.0, "images": 39_999}, []),
        ({"kid_lite2": 790.0, "untranslated": 1500.0, "images": 40_000}, ["not drawn"]),
    ],
)
def test_each_fault_has_its_name(changes: dict[str, float], expected: list[str]) -> None:
    assert faults(replace(GOOD, **changes), KNOWN) == expected


def test_the_first_look_has_nothing_to_be_worse_than() -> None:
    assert faults(replace(GOOD, kid_lite2=9000.0), Memory()) == []


def test_a_slow_run_that_still_gets_better_is_left_alone() -> None:
    slow = replace(GOOD, images=50_000, kid_lite2=1900.0)
    assert faults(slow, Memory(best_kid=1950.0)) == []
    assert faults(slow, Memory(best_kid=1900.0)) == ["not drawn"]
    assert Memory(best_kid=1950.0).after(slow, []).best_kid == 1900
    worse = replace(slow, kid_lite2=2100.0)
    assert faults(worse, Memory(best_kid=2200.0)) == []
    assert faults(worse, Memory(best_kid=2050.0)) == ["worse than nothing", "not drawn"]


def test_what_is_near_drawn_faces_anyway_has_not_got_worse() -> None:
    best = Memory(best_kid=20.0)
    assert faults(replace(GOOD, kid_lite2=1599.0), best) == []
    assert faults(replace(GOOD, kid_lite2=1601.0), best) == ["got worse"]


def test_faults_of_the_first_thousand_images_do_not_count_but_are_no_state_to_roll_back_to() -> None:
    assert Memory().after(replace(GOOD, images=999), ["inverted"]) == Memory()
    assert Memory().after(replace(GOOD, images=1000), ["inverted"]) == Memory(streak=1)


def test_only_good_looks_raise_the_bar() -> None:
    better = replace(GOOD, kid_lite2=200.0)
    assert KNOWN.after(better, ["mode collapse"]) == replace(KNOWN, streak=1)
    assert KNOWN.after(better, []) == Memory(best_kid=200.0)
    assert KNOWN.after(GOOD, []) == KNOWN
    assert replace(KNOWN, streak=1).after(GOOD, []).streak == 0


def test_memory_goes_into_a_checkpoint_and_back() -> None:
    assert Memory.of(asdict(KNOWN)) == KNOWN
    assert Memory.of({}) == Memory() == Memory.of(asdict(Memory()))


@pytest.mark.parametrize(
    "lie", [{"back": -1}, {"back": 0.5}, {"best_kid": nan}, {"best_kid": "low"}, {"more": 1}]
)
def test_a_memory_that_cannot_be_true_is_refused(lie: dict[str, object]) -> None:
    with pytest.raises(FatalError, match="is invalid"):
        Memory.of(asdict(KNOWN) | lie)


def test_what_was_written_of_later_looks_is_dropped_but_no_earlier_try(tmp_path: Path) -> None:
    path = tmp_path / "watch.csv"
    log = WatchLog(path, 0, 0)
    for back, step in ((0, 10), (0, 20), (1, 10), (1, 20), (1, 30)):
        log.add(step, back, GOOD, ["mode collapse", "inverted"], "best")
    WatchLog(path, 1, 20).add(25, 1, None, ["NaN or infinite"], "rolled back")
    lines = path.read_text().splitlines()
    assert lines[0] == HEADER.strip()
    assert [line.split(",")[:2] for line in lines[1:]] == [
        ["10", "0"], ["20", "0"], ["10", "1"], ["20", "1"], ["25", "1"],
    ]  # fmt: skip
    assert lines[1].endswith("0.9,0.3,mode collapse; inverted,best")
    assert lines[-1] == "25,1,,,,,,,,,,NaN or infinite,rolled back"


def test_a_new_run_begins_a_new_table(tmp_path: Path) -> None:
    path = tmp_path / "watch.csv"
    path.write_text(HEADER + "10,0,\xff\x00\n torn")
    WatchLog(path, 0, 0).add(10, 0, GOOD, [], "")
    assert len(path.read_text().splitlines()) == 2


def test_infinity_is_a_bar_that_anything_clears() -> None:
    assert Memory.of(asdict(Memory())).best_kid == inf

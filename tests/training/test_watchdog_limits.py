"""What counts as wrong, what is remembered, and the table of looks."""

from dataclasses import asdict, replace
from math import nan
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
    coverage=0.7,
    spread=0.9,
    retrieval=0.98,
    colour_rank=0.02,
    tone_rank_skin=0.8,
    tone_rank_hair=0.9,
    change=0.3,
)
KNOWN = Memory(coverage=0.6)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"spread": 0.29}, ["mode collapse"]),
        ({"kid_lite2": 3001.0, "spread": 0.79, "images": 4_000}, ["mode collapse"]),  # one face, many colours
        ({"kid_lite2": 3001.0, "spread": 0.79, "images": 3_999}, []),
        ({"kid_lite2": 2999.0, "spread": 0.79}, []),
        ({"kid_lite2": 3001.0, "spread": 0.81}, []),  # noise
        ({"retrieval": 0.5}, ["input ignored"]),
        ({"spread": 0.0, "retrieval": 0.5}, ["mode collapse", "input ignored"]),
        ({"change": 0.21}, ["identity mapping"]),
        ({"change": 0.23}, []),
        ({"tone_rank_skin": -0.8, "tone_rank_hair": -0.4}, ["inverted"]),
        ({"tone_rank_skin": -0.8}, []),  # dark hair need not have dark skin
        ({"kid_lite2": 1999.0, "coverage": 0.26, "images": 90_000}, []),  # frontal faces that are alike
        ({"coverage": 0.24, "images": 39_999}, ["got worse"]),
        ({"coverage": 0.24, "images": 40_000}, ["got worse", "not drawn"]),
    ],
)
def test_each_fault_has_its_name(changes: dict[str, float], expected: list[str]) -> None:
    assert faults(replace(GOOD, **changes), KNOWN) == expected


def test_a_run_that_never_drew_has_not_got_worse() -> None:
    assert faults(replace(GOOD, coverage=0.0), Memory()) == []
    assert faults(replace(GOOD, coverage=0.1), Memory(coverage=0.49)) == []
    assert faults(replace(GOOD, coverage=0.24), Memory(coverage=0.5)) == ["got worse"]
    assert faults(replace(GOOD, coverage=0.25, images=90_000), Memory(coverage=0.9)) == []


def test_a_slow_run_that_still_gets_better_is_left_alone() -> None:
    slow = replace(GOOD, images=50_000, coverage=0.1)
    assert faults(slow, Memory(coverage=0.05)) == []
    assert faults(slow, Memory(coverage=0.1)) == ["not drawn"]
    assert Memory(coverage=0.05).after(slow, []).coverage == 0.1


def test_of_results_about_as_good_the_latest_is_the_best() -> None:
    known = Memory(coverage=0.8)
    assert known.is_best(replace(GOOD, coverage=0.61))
    assert not known.is_best(replace(GOOD, coverage=0.59))
    assert known.after(replace(GOOD, coverage=0.61), []).coverage == 0.8  # so it cannot sink step by step


def test_faults_of_the_first_thousand_images_do_not_count_but_are_no_state_to_roll_back_to() -> None:
    assert Memory().after(replace(GOOD, images=999), ["inverted"]) == Memory()
    assert Memory().after(replace(GOOD, images=1000), ["inverted"]) == Memory(streak=1)


def test_only_good_looks_raise_the_bar() -> None:
    better = replace(GOOD, coverage=0.9)
    assert KNOWN.after(better, ["mode collapse"]) == replace(KNOWN, streak=1)
    assert KNOWN.after(better, []) == Memory(coverage=0.9)
    assert KNOWN.after(replace(GOOD, coverage=0.5), []) == KNOWN
    assert replace(KNOWN, streak=1).after(GOOD, []).streak == 0


def test_memory_goes_into_a_checkpoint_and_back() -> None:
    assert Memory.of(asdict(KNOWN)) == KNOWN
    assert Memory.of({}) == Memory() == Memory.of(asdict(Memory()))


@pytest.mark.parametrize(
    "lie",
    [{"back": -1}, {"back": 0.5}, {"coverage": nan}, {"coverage": 1.5}, {"coverage": "low"}, {"more": 1}],
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
    assert lines[-1] == "25,1,,,,,,,,,,,NaN or infinite,rolled back"


def test_a_new_run_begins_a_new_table(tmp_path: Path) -> None:
    path = tmp_path / "watch.csv"
    path.write_text(HEADER + "10,0,\xff\x00\n torn")
    WatchLog(path, 0, 0).add(10, 0, GOOD, [], "")
    assert len(path.read_text().splitlines()) == 2

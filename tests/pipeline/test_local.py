"""Local processes: every task comes back once, also when workers die."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from f2a_engine.engines import Tick
from f2a_engine.local import Local

IMAGES = 5  # of a task


@dataclass(frozen=True)
class Numbers:
    """Squares the numbers of a task, and ends its process at some of them."""

    deadly: frozenset[int] = frozenset()
    flag: Path | None = None  # made at the only death
    seconds: float = 0.0

    def __call__(self, task: int, tick: Tick, dead: frozenset[int]) -> list[int]:
        found = []
        for place in range(IMAGES):
            number = task * IMAGES + place
            if place in dead:
                found.append(-1)
            else:
                self._die_at(number)
                time.sleep(self.seconds)
                found.append(number * number)
            tick(1)
        return found

    def _die_at(self, number: int) -> None:
        if number in self.deadly and not (self.flag and self.flag.exists()):
            if self.flag:
                self.flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Broken:
    def __call__(self, task: int, _tick: Tick, _dead: frozenset[int]) -> int:
        raise ValueError(str(task))


def run(work: Numbers, tasks: int, workers: int) -> tuple[list[int], int]:
    """All numbers, sorted, and how many images were said to be done."""
    ticks: list[int] = []
    results = list(Local(workers).run(work, range(tasks), ticks.append))
    return sorted(number for result in results for number in result), sum(ticks)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_task_comes_back_once(workers: int) -> None:
    found, _ = run(Numbers(), 10, workers)
    assert found == [number * number for number in range(50)]


def test_an_image_that_kills_its_worker_is_the_only_one_left_out() -> None:
    found, _ = run(Numbers(deadly=frozenset({17})), 8, 2)
    assert found == sorted(-1 if number == 17 else number * number for number in range(40))


def test_two_deadly_images_of_one_task_are_left_out() -> None:
    found, _ = run(Numbers(deadly=frozenset({15, 19})), 6, 2)
    assert found == sorted(-1 if number in (15, 19) else number * number for number in range(30))


def test_a_worker_killed_from_outside_loses_nothing(tmp_path: Path) -> None:
    found, _ = run(Numbers(deadly=frozenset({3}), flag=tmp_path / "flag"), 4, 2)
    assert found == [number * number for number in range(20)]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_reaches_the_caller(workers: int) -> None:
    with pytest.raises(ValueError, match=r"[012]"):
        list(Local(workers).run(Broken(), range(3), print))


def test_progress_moves_within_a_task() -> None:
    ticks: list[int] = []
    list(Local(2).run(Numbers(seconds=0.5), range(2), ticks.append))
    assert len(ticks) > 2


def test_tasks_are_taken_as_the_work_goes_on() -> None:
    """As many as the workers need, not ten thousand shards at once."""
    taken: list[int] = []
    source = (taken.append(number) or number for number in range(1000))
    stream = Local(2).run(Numbers(), source, print)
    next(iter(stream))
    assert len(taken) < 20

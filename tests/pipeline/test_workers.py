"""Parallelism: every item comes back once, also when workers die."""

import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from f2a_data.engine.workers import WorkerDied, results


def _square(number: int) -> int:
    return number * number


def _deadly(poison: int, number: int) -> int:
    if number == poison:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def _flaky(flag: Path, number: int) -> int:
    """Kill the worker the first time that 3 is seen."""
    if number == 3 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def _raise(number: int) -> int:
    raise ValueError(str(number))


@pytest.mark.parametrize("workers", [1, 2])
def test_every_item_comes_back_once(workers: int) -> None:
    assert sorted(results(_square, iter(range(50)), workers)) == [(n, n * n) for n in range(50)]


def test_an_item_that_kills_its_worker_is_the_only_one_lost() -> None:
    found = dict(results(partial(_deadly, 17), range(40), 2))
    assert isinstance(found.pop(17), WorkerDied)
    assert found == {n: n for n in range(40) if n != 17}


def test_a_worker_killed_from_outside_loses_nothing(tmp_path: Path) -> None:
    found = dict(results(partial(_flaky, tmp_path / "flag"), range(20), 2))
    assert found == {n: n for n in range(20)}


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_reaches_the_caller(workers: int) -> None:
    with pytest.raises(ValueError, match="0"):
        list(results(_raise, range(3), workers))


def test_items_are_taken_as_the_work_goes_on() -> None:
    """A window of submitted work, not the whole input: a million rows do not wait in memory."""
    taken = []
    source = (taken.append(n) or n for n in range(10_000))
    stream = results(partial(_slow_identity), source, 2)
    next(stream)
    stream.close()
    assert len(taken) < 500


def _slow_identity(number: int) -> int:
    time.sleep(0.001)
    return number

"""A run's time: counted over its processes, and a budget of it ends a run as its last step does."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from f2a_methods import from_preset
from f2a_train.engine.clock import Clock, read
from f2a_train.engine.loop import Options, train


@pytest.fixture(name="now")
def _a_second_a_look() -> Callable[[], float]:
    """A clock that is one second later whenever somebody looks."""
    return map(float, itertools.count()).__next__


def test_time_goes_on_from_the_checkpoint_that_a_run_went_back_to(
    tmp_path: Path, now: Callable[[], float]
) -> None:
    path = tmp_path / "clock.csv"
    first = Clock(path, 0, now)
    first.keep(10)
    first.keep(20)
    assert read(path) == {10: 1.0, 20: 2.0}
    again = Clock(path, 10, now)  # killed after the second was kept, and before its checkpoint was there
    assert again.seconds == 1.0 + 1.0
    again.keep(20)
    assert read(path) == {10: 1.0, 20: 3.0}


def test_a_table_without_sense_counts_as_no_time(tmp_path: Path) -> None:
    path = tmp_path / "clock.csv"
    path.write_bytes(b"step,seconds\n\xff,1\n5,nan\n5,inf\n5,-1\n-5,1\n7,1,2\n\n6,2.5\n")
    assert read(path) == {6: 2.5}
    assert read(tmp_path / "none.csv") == {}


def test_the_end_of_the_budget_is_a_normal_end(
    make_workspace: Callable, tmp_path: Path, now: Callable[[], float]
) -> None:
    data, out = make_workspace(), tmp_path / "run"
    config = from_preset("paper", generator="unet", width=4, steps=1000)

    def trained(seconds: float) -> int:
        options = Options(device="cpu", progress=False, minutes=seconds / 60, now=now)
        step = train(data.human, data.anime, out, config, options).step
        assert (out / "losses.csv").read_bytes().count(b"\n") == step + 1
        assert list(read(out / "clock.csv"))[-1] == step
        assert (out / "samples" / f"step-{step:08}.png").exists()
        return step

    first = trained(20)
    assert 5 < first < 20
    before = (out / "checkpoint.pt").stat().st_mtime_ns
    assert trained(20) == first
    assert (out / "checkpoint.pt").stat().st_mtime_ns == before, "nothing was left to do"
    assert first < trained(40) < first + 20


def test_a_budget_of_no_time_still_gives_a_step(make_workspace: Callable, tmp_path: Path) -> None:
    data = make_workspace()
    config = from_preset("paper", generator="unet", width=4)
    options = Options(device="cpu", progress=False, minutes=1e-9)
    assert train(data.human, data.anime, tmp_path / "run", config, options).step == 1

"""Snapshots, going back, the best checkpoint, and going on with every mechanism at work."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from f2a_manifests import FatalError
from f2a_manifests.run_folder import RunFolder
from f2a_methods import from_preset
from f2a_methods.config import Config
from f2a_methods.cyclegan.settings import GENERATORS
from f2a_train.data.faces import to_floats
from f2a_train.engine import checkpoint as saved
from f2a_train.engine.loop import Options, train
from f2a_train.engine.run import Run

ORIGIN = saved.RunOrigin(16, "", "", "", "")
QUIET = Options(device="cpu", progress=False, sample_every=5, checkpoint_every=5)


def everything(**changes: object) -> Config:
    """All that can be random or remembered, at once."""
    small = {"width": 4, "batch_size": 2, "pool": 5, "dropout": 0.3, "steps": 14, "gradient_penalty": 1.0}
    more = {"augment": "color,translation,cutout", "spectral_norm": True, "loss": "hinge"}
    return from_preset("steady", **small | more | {"identity_until": 9, "decay_from": 11} | changes)


def learn(run: Run, steps: int) -> list[dict[str, float]]:
    losses = []
    for _ in range(steps):
        pixels = torch.randint(0, 256, (2, 2, 3, 16, 16), generator=torch.Generator().manual_seed(run.step))
        losses.append(run.learn(*to_floats(pixels)))
    return losses


def begin(**changes: object) -> Run:
    return Run(everything(**changes), ORIGIN, torch.device("cpu"))


@pytest.mark.parametrize("generator", GENERATORS)
def test_after_going_back_the_same_steps_come_again_bit_for_bit(generator: str) -> None:
    run = begin(generator=generator)
    learn(run, 3)
    snapshot = run.snapshot()
    first = learn(run, 4)
    for _ in range(2):  # a snapshot is not used up
        torch.rand(10)
        run.rollback(snapshot)
        assert run.step == 3
        assert learn(run, 4) == first


def test_with_a_lower_rate_or_stronger_changes_other_steps_come() -> None:
    run = begin()
    learn(run, 2)
    snapshot = run.snapshot()
    same = learn(run, 3)
    for name, value in (("rate_factor", 0.5), ("augment_strength", 1.4)):
        run.rollback(snapshot)
        assert getattr(run, name) == 1.0
        setattr(run, name, value)
        assert learn(run, 3) != same


@pytest.mark.parametrize(
    ("size", "config"),
    [
        *((16, everything(generator=generator, decay_from=0)) for generator in GENERATORS),
        (64, from_preset("projected", width=4, blocks=1, batch_size=2, steps=14, decay_from=0)),
    ],
)
def test_a_stopped_run_goes_on_with_all_of_it(
    make_workspace: Callable, tmp_path: Path, size: int, config: Config
) -> None:
    data = make_workspace(size=size, train=9)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(data.human, data.anime, whole, config, QUIET)
    for steps in (1, 7, 11, 14):  # before the pool is full, with and without the identity loss
        torch.rand(10)  # what happens in between does not matter
        train(data.human, data.anime, parts, replace(config, steps=steps), QUIET)
    assert (parts / "losses.csv").read_bytes() == (whole / "losses.csv").read_bytes()
    ends = [saved.load(folder / "checkpoint.pt") for folder in (parts, whole)]
    for part in ("networks", "averages", "memory"):
        states = [getattr(end, part) for end in ends]
        assert states[0]
        assert all(torch.equal(states[0][name], states[1][name]) for name in states[1])


def test_the_last_step_may_change_until_the_rate_falls(make_workspace: Callable, tmp_path: Path) -> None:
    data = make_workspace(size=16)
    for steps in (3, 4, 6):
        train(data.human, data.anime, tmp_path / "run", everything(steps=steps, decay_from=4), QUIET)
    with pytest.raises(FatalError, match="steps was 6, is 7"):
        train(data.human, data.anime, tmp_path / "run", everything(steps=7, decay_from=4), QUIET)


def test_what_the_watchdog_changed_is_still_so_after_resuming(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    run = begin()
    run.rate_factor, run.augment_strength = 0.25, 1.2
    learn(run, 2)
    run.save(folder)
    expected = learn(run, 3)
    again = begin()
    again.resume(folder)
    assert (again.rate_factor, again.augment_strength) == (0.25, 1.2)
    assert learn(again, 3) == expected


def test_the_best_checkpoint_has_a_place_of_its_own(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    run = begin()
    learn(run, 2)
    run.save(folder, best=True)
    learn(run, 1)
    run.save(folder)
    assert (saved.load(folder.best).step, saved.load(folder.checkpoint).step) == (2, 3)


def faces() -> Tensor:
    return torch.randint(0, 256, (3, 3, 16, 16), dtype=torch.uint8)


def test_grids_and_translations_show_the_average(tmp_path: Path) -> None:
    run = begin(ema_half_life=50.0)
    learn(run, 4)
    shown = run.translate("human2anime", given := faces())
    run.save(RunFolder(tmp_path))
    generator, _ = saved.load_generator(tmp_path, "human2anime")
    loaded = generator(to_floats(given))
    assert torch.equal(shown, ((loaded + 1) * 127.5).round().clamp(0, 255).to(torch.uint8))
    assert run.average
    live, averaged = (
        nets["human2anime"].state_dict() for nets in (run.networks.generators, run.average.generators)
    )
    assert not torch.equal(live["0.weight"], averaged["0.weight"])
    assert torch.equal(generator.state_dict()["0.weight"], averaged["0.weight"])


def test_looking_at_results_changes_no_step() -> None:
    run, seen = begin(ema_half_life=0.0), faces()
    snapshot = run.snapshot()
    unseen = learn(run, 3)
    run.rollback(snapshot)
    run.draw(seen, seen)
    assert learn(run, 3) == unseen


def test_a_state_that_does_not_fit_is_one_clear_line() -> None:
    with pytest.raises(FatalError, match="does not fit") as caught:
        begin(width=8).restore(begin().snapshot())
    assert "\n" not in str(caught.value)


def test_a_pool_from_a_stranger_must_fit_too(tmp_path: Path) -> None:
    run, folder = begin(), RunFolder(tmp_path)
    run.save(folder)
    content = torch.load(folder.checkpoint, weights_only=True)
    content["memory"]["human"] = torch.zeros(6, 3, 16, 16)
    torch.save(content, folder.checkpoint)
    with pytest.raises(FatalError, match=r"checkpoint\.pt: the state does not fit this run: a pool"):
        begin().resume(folder)

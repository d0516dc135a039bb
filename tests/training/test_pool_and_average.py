"""What a run keeps of earlier steps: fakes for the discriminators, averaged weights for the eye."""

import pytest
import torch
from torch import nn

from f2a_methods.cyclegan.pool import Pool
from f2a_train.engine.average import RAMP, Average


def fakes(*numbers: int) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float32).view(-1, 1, 1, 1).expand(-1, 3, 2, 2)


def empty(size: int, seed: tuple[int, int] = (0, 0)) -> Pool:
    return Pool(size, seed, torch.empty(0, 3, 2, 2))


def shown(pool: Pool, steps: int, batch: int) -> list[list[float]]:
    return [
        pool.exchange(fakes(*range(step * batch, (step + 1) * batch)), step)[:, 0, 0, 0].tolist()
        for step in range(steps)
    ]


def test_without_a_pool_every_fake_passes() -> None:
    assert shown(empty(0), 3, 2) == [[0, 1], [2, 3], [4, 5]]


def test_while_it_fills_fakes_pass_then_about_half_are_older_ones() -> None:
    seen = shown(empty(50), 200, 4)
    assert seen[:12] == [[4 * step + n for n in range(4)] for step in range(12)]
    later = [(step, number) for step, batch in enumerate(seen) for number in batch if step >= 13]
    older = [number for step, number in later if number < 4 * step]
    assert 0.4 < len(older) / len(later) < 0.6
    assert len(set(older)) == len(older)  # what was shown again has left


def test_nothing_is_lost_and_nothing_doubled() -> None:
    pool = empty(7)
    seen = [number for batch in shown(pool, 30, 5) for number in batch]
    kept = pool.faces[:, 0, 0, 0].tolist()
    assert len(kept) == 7
    assert set(seen) | set(kept) == set(range(150))


def test_the_choice_depends_on_seed_and_step_alone() -> None:
    first, (again, other) = shown(empty(5), 20, 3), (shown(empty(5, s), 20, 3) for s in ((0, 0), (0, 1)))
    assert first == again != other
    whole, parts = empty(5), empty(5)
    shown(whole, 20, 3)
    shown(parts, 9, 3)
    resumed = empty(5)
    resumed.restore(parts.faces)
    for step in range(9, 20):
        resumed.exchange(fakes(*range(3 * step, 3 * step + 3)), step)
    assert torch.equal(resumed.faces, whole.faces)


def test_a_pool_that_is_smaller_than_the_batch() -> None:
    assert len(shown(empty(2), 10, 6)) == 10


@pytest.mark.parametrize("shape", [(6, 3, 2, 2), (2, 3, 4, 4)])
def test_what_does_not_fit_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a pool of"):
        empty(5).restore(torch.zeros(shape))


def settled(half_life: float, seen: int, images: int, steps: int) -> float:
    """An average that knows only 0, shown 1 for some steps."""
    network = nn.Linear(1, 1, bias=False)
    network.weight.data.fill_(0.0)
    average = Average({"human2anime": network}, half_life)
    network.weight.data.fill_(1.0)
    for step in range(steps):
        average.update(seen + step * images, images)
    [weight] = average.generators.parameters()
    return weight.item()


@pytest.mark.parametrize("images", [1, 4, 16])
def test_half_of_the_old_is_gone_after_the_half_life_in_images(images: int) -> None:
    assert settled(64, 10**6, images, 64 // images) == pytest.approx(0.5, abs=1e-4)


def test_at_first_it_forgets_faster() -> None:
    assert settled(10_000, 100, 5, 1) == pytest.approx(1 - 0.5 ** (5 / (RAMP * 100)), abs=1e-6)

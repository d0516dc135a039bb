"""Loss curves from a run's ``losses.csv``, whatever it holds."""

import re
from pathlib import Path

import pytest

from f2a_page.losses import Losses, LossesError


def test_loss_curves_follow_the_table(tmp_path: Path) -> None:
    rows = [f"{step},{1 - step / 2000},{2.0},0.0" for step in range(1, 1001)]
    (tmp_path / "losses.csv").write_text(
        "\n".join(["step,cycle_human,cycle_anime,identity", *rows, "1001,0."])
    )
    [chart] = Losses.read(tmp_path / "losses.csv").charts()
    assert chart.title == "Cycle consistency"  # the identity loss was never on
    assert [line.name for line in chart.lines] == ["anime", "human"]
    assert (chart.first, chart.last) == (1, 1001)
    ups = [float(pair.split(",")[1]) for pair in chart.lines[1].points.split()]
    assert ups == sorted(ups), "a falling loss falls"
    assert chart.lines[0].last == pytest.approx(2.0)


@pytest.mark.parametrize(
    "content", ["", "step,cycle\n", "\x00\xff", "step\n", "a,b\n1,2\n", "step,x\nnan,1\n"]
)
def test_a_table_without_steps_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "losses.csv").write_text(content)
    with pytest.raises(LossesError):
        Losses.read(tmp_path / "losses.csv")


@pytest.mark.parametrize(
    "content",
    ["step,x\n1,nan\n2,inf\n3,-1\n", "step,x\n1,1e308,7\n2,-1e308,7\n", "step,x_a,x_b\n1,,oops\n2,3,4\n"],
)
def test_odd_losses_give_finite_curves(tmp_path: Path, content: str) -> None:
    (tmp_path / "losses.csv").write_text(content)
    for chart in Losses.read(tmp_path / "losses.csv").charts():
        for line in chart.lines:
            assert re.fullmatch(r"(-?[\d.]+,-?[\d.]+ ?)+", line.points)

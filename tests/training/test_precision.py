"""Which precision a run takes, and that it keeps it on another machine."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from f2a_methods import PRESETS, from_preset
from f2a_train.engine.checkpoint import load
from f2a_train.engine.loop import Options, train
from f2a_train.engine.precision import has_bf16, precision_here, settled

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("known", "answer"),
    [
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
        ({"avx2": True, "avx512_bf16": False}, False),
    ],
)
def test_a_processor_is_asked(
    monkeypatch: pytest.MonkeyPatch, known: dict[str, bool], *, answer: bool
) -> None:
    monkeypatch.delenv("F2A_NO_BF16", raising=False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: known)
    assert has_bf16(CPU) == answer
    expected = "bf16" if answer else "fp32"
    assert precision_here(CPU) == expected
    assert settled(from_preset("steady"), None, CPU).precision == expected
    monkeypatch.setenv("F2A_NO_BF16", "1")
    assert not has_bf16(CPU)
    assert precision_here(CPU) == "fp32"


def test_what_was_asked_for_or_begun_counts_more(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("F2A_NO_BF16", "1")
    assert settled(from_preset("steady"), "fp32", CPU).precision == "fp32"
    assert not caplog.records
    assert settled(from_preset("steady"), "bf16", CPU).precision == "bf16"
    assert settled(from_preset("steady", precision="bf16"), None, CPU).precision == "bf16"
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "this machine has no bf16 arithmetic"
    ] * 2


def test_no_preset_asks_for_bf16_where_there_may_be_none() -> None:
    assert {preset.precision for preset in PRESETS.values()} <= {"auto", "fp32"}


def test_a_run_begun_without_bf16_goes_on_without(
    make_workspace: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = make_workspace(size=16), tmp_path / "run"
    small = {"generator": "unet", "width": 2, "batch_size": 1, "steps": 4, "decay_from": 1}
    quiet = {"device": "cpu", "progress": False, "checkpoint_every": 2}
    monkeypatch.setenv("F2A_NO_BF16", "1")
    begun = Options(**quiet, minutes=1e-9)
    train(data.human, data.anime, out, from_preset("steady", **small), begun)
    assert load(out / "checkpoint.pt").config.precision == "fp32"
    monkeypatch.delenv("F2A_NO_BF16")
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    train(data.human, data.anime, out, from_preset("steady", **small), Options(**quiet))
    end = load(out / "checkpoint.pt")
    assert (end.step, end.config.precision) == (4, "fp32")

"""``f2a-train detector`` hands its options on, and the precision that suits this machine."""

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from f2a_detector import recipe
from f2a_detector.recipe import Recipe
from f2a_train.cli import main


@pytest.mark.parametrize("bf16", [True, False])
def test_it_trains_in_the_precision_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, bf16: bool
) -> None:
    cooked: list[tuple[Recipe, Path]] = []
    monkeypatch.delenv("F2A_NO_BF16", raising=False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": bf16})
    monkeypatch.setattr(recipe, "train_detector", lambda *call: cooked.append(call))
    faces, csv = str(tmp_path), str(tmp_path / "boxes.csv")
    needed = ["--anime-faces", faces, "--human-faces", faces, "--faceless", faces]
    done = CliRunner().invoke(main, ["detector", *needed, "--drawings", faces, csv, "--out", "own.onnx"])
    assert done.exit_code == 0, done.output
    assert cooked[0][0].bf16 is bf16
    assert cooked[0][0].faceless == (tmp_path,)
    assert cooked[0][0].drawings == ((tmp_path, tmp_path / "boxes.csv"),)
    assert cooked[0][1] == Path("own.onnx")

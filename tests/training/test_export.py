"""A generator as ONNX: it gives what torch gives, is half as large when asked, and never half-written."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from f2a_faces.images import Pixels
from f2a_manifests import FatalError, sha256_file
from f2a_methods import from_preset, method_of
from f2a_methods.cyclegan.settings import GENERATORS
from f2a_train.engine.loop import Options, train
from f2a_train.generators import load
from f2a_train.generators.export import OPSET, export
from f2a_translate.card import Card
from f2a_translate.onnx_translator import OnnxTranslator

Start = Callable[..., "subprocess.Popen[str]"]


def noise(count: int, size: int = 64) -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def levels(left: Pixels, right: Pixels) -> int:
    return int(np.abs(left.astype(int) - right).max())


@pytest.mark.parametrize(
    ("size", "settings"),
    [
        *((32, {"preset": name, "generator": kind}) for name in ("paper", "steady") for kind in GENERATORS),
        *((size, {"preset": "projected", "batch_size": 1, "blocks": 1}) for size in (64, 128, 256)),
    ],
)
def test_onnx_gives_what_torch_gives_for_any_number_of_faces(
    size: int, settings: dict[str, str], make_workspace: Callable, tmp_path: Path
) -> None:
    data, run = make_workspace(size=size, train=2, val=0), tmp_path / "run"
    config = from_preset(settings.pop("preset"), **settings, width=4, steps=3)
    train(data.human, data.anime, run, config, Options(device="cpu", progress=False))
    for direction in method_of(config).directions:
        export(run, tmp_path / "g.onnx", direction)
        exported, original = load(tmp_path / "g.onnx"), load(run, direction, "cpu")
        assert exported.card == original.card
        for count in (1, 2, 17):  # 17 are more than it takes at once
            faces = noise(count, size)
            assert levels(exported(faces), original(faces)) <= 1


def test_the_file_says_what_it_is(tiny_run: Path, tiny_onnx: Path) -> None:
    workspace = tiny_run.parent / "w" / "manifests"
    card = load(tiny_onnx).card
    assert (card.direction, card.size, card.generator, card.step) == ("human2anime", 64, "resnet9", 2)
    assert card.human_sha256 == sha256_file(workspace / "human.csv")
    assert card.anime_sha256 == sha256_file(workspace / "anime.csv")
    assert (card.rule.name, card.rule.size) == ("default", 64)
    model = onnx.load_model(tiny_onnx)
    onnx.checker.check_model(model)
    assert [entry.version for entry in model.opset_import] == [OPSET]
    assert {entry.key: entry.value for entry in model.metadata_props}["format"] == "f2a-generator 1"


def test_nothing_of_this_machine_is_in_the_file(tiny_run: Path, tiny_onnx: Path) -> None:
    data = tiny_onnx.read_bytes()
    for word in (str(tiny_run.parent), str(Path(__file__).parents[2]), ".py"):
        assert word.encode() not in data


def test_half_precision_halves_the_file_and_changes_little(
    tiny_run: Path, tiny_onnx: Path, tmp_path: Path
) -> None:
    done = export(tiny_run, tmp_path / "half.onnx", half=True)
    weights = sum(tensor.numel() for tensor in _generator(tiny_run).values())
    assert tiny_onnx.stat().st_size - done.bytes == pytest.approx(2 * weights, rel=0.1)
    assert done.bytes == (tmp_path / "half.onnx").stat().st_size
    assert levels(load(tmp_path / "half.onnx")(noise(3)), load(tiny_onnx)(noise(3))) <= 8
    assert done.largest <= 8


def _generator(run: Path) -> dict[str, torch.Tensor]:
    networks = torch.load(run / "checkpoint.pt", weights_only=True)["networks"]
    return {name: value for name, value in networks.items() if name.startswith("human2anime.")}


def test_it_is_compared_on_the_runs_own_faces_and_on_drawn_ones_when_they_are_gone(
    f2a_train: Start, tiny_run: Path, tmp_path: Path
) -> None:
    output = _exported(f2a_train, tiny_run, tmp_path / "a.onnx")
    assert output.startswith("compared with torch on 4 human faces of the run: at most ")
    moved = shutil.copytree(tiny_run, tmp_path / "moved")
    mark = json.loads((moved / "f2a-train.json").read_text()) | {"human": str(tmp_path / "gone.csv")}
    (moved / "f2a-train.json").write_text(json.dumps(mark))
    output = _exported(f2a_train, moved / "checkpoint.pt", tmp_path / "b.onnx")
    assert output.startswith("compared with torch on 12 drawn faces")
    for nonsense in ("[]", '{"human": 7}', "{"):
        (moved / "f2a-train.json").write_text(nonsense)
        assert "drawn" in export(moved, tmp_path / "b.onnx").probes.origin


def _exported(f2a_train: Start, checkpoint: Path, out: Path) -> str:
    process = f2a_train("export", "--checkpoint", checkpoint, "--out", out)
    output, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")
    assert out.exists()
    return output


def test_a_file_that_gives_something_else_is_not_written(
    tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = OnnxTranslator.__call__
    monkeypatch.setattr(OnnxTranslator, "__call__", lambda self, faces: true(self, faces) ^ 64)
    with pytest.raises(FatalError, match=r"nothing written: ONNX and torch differ by up to 6[345] levels"):
        export(tiny_run, tmp_path / "g.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_weight_beyond_half_precision_is_refused(tiny_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "run")
    content = torch.load(run / "checkpoint.pt", weights_only=True)
    networks = content["networks"]
    kernels = [value for name, value in networks.items() if "human2anime" in name and value.ndim == 4]
    kernels[0][0, 0, 0, 0] = 1e6
    torch.save(content, run / "checkpoint.pt")
    with pytest.raises(FatalError, match="without --half"):
        export(run, tmp_path / "g.onnx", half=True)


def test_a_card_survives_its_metadata() -> None:
    card = Card("anime2human", 128, "unet", 7, "whole", "a" * 64, "0" * 64)
    assert Card.of_metadata(card.to_metadata()) == card

"""Translating with an ONNX file, also one from a stranger."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import skimage.data
from onnx import TensorProto, helper

from f2a_faces.images import decode, encode_png
from f2a_manifests import FatalError
from f2a_train.generators import load
from f2a_translate.files import translate
from f2a_translate.onnx_translator import INPUT, OUTPUT

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    path = tmp_path / "portrait.png"
    path.write_bytes(encode_png(skimage.data.astronaut()))
    return path


def test_it_gives_what_the_run_gives_without_torch(
    tiny_run: Path, tiny_onnx: Path, portrait: Path, tmp_path: Path
) -> None:
    [before] = translate(load(tiny_run, device="cpu"), [portrait], tmp_path / "a")
    script = (
        "import sys; from pathlib import Path\n"
        "from f2a_translate.files import translate; from f2a_train.generators import load\n"
        "[one] = translate(load(Path(sys.argv[1])), [Path(sys.argv[2])], Path(sys.argv[3]))\n"
        "assert one.results, one.reason\n"
        "assert 'torch' not in sys.modules\n"
        "print(one.results[0])"
    )
    words = [sys.executable, "-c", script, str(tiny_onnx), str(portrait), str(tmp_path / "b")]
    after = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    left, right = (decode(path).pixels.astype(int) for path in (before.results[0], Path(after)))
    assert np.abs(left - right).max() <= 1
    assert left[:, 64:].std() > 1


def test_a_file_of_the_other_direction_is_refused(f2a_train: Start, tiny_onnx: Path, portrait: Path) -> None:
    process = f2a_train("translate", "--checkpoint", tiny_onnx, "--direction", "anime2human", portrait)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors == f"f2a-train: {tiny_onnx} is a generator of the direction human2anime\n"


def test_onnx_runs_on_the_cpu_only(tiny_onnx: Path) -> None:
    with pytest.raises(FatalError, match="--device cuda"):
        load(tiny_onnx, device="cuda")


LIES = {
    "format": "f2a-generator 9",
    "direction": "sideways",
    "size": "65",
    "step": "-1",
    "generator": "resnet9\x1b[31m",
    "crop_rule": "x" * 1000,
    "human_sha256": "../../etc/passwd",
    "anime_sha256": "",
}


@pytest.mark.parametrize("name", LIES)
def test_metadata_that_cannot_be_true_is_refused(name: str, tiny_onnx: Path, tmp_path: Path) -> None:
    model = onnx.load_model(tiny_onnx)
    for entry in model.metadata_props:
        if entry.key == name:
            entry.value = LIES[name]
    message = _refusal(model, tmp_path)
    assert name in message
    assert message.isprintable()
    assert len(message) < 400


@pytest.mark.parametrize("name", LIES)
def test_metadata_that_is_missing_is_named(name: str, tiny_onnx: Path, tmp_path: Path) -> None:
    model = onnx.load_model(tiny_onnx)
    kept = [entry for entry in model.metadata_props if entry.key != name]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    assert name in _refusal(model, tmp_path)


def _refusal(model: onnx.ModelProto, folder: Path) -> str:
    path = folder / "strange.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(FatalError) as raised:
        load(path)
    assert str(raised.value).startswith(f"{path}: ")
    return str(raised.value)


def test_a_size_that_is_not_the_networks_is_refused(tiny_onnx: Path, tmp_path: Path) -> None:
    model = onnx.load_model(tiny_onnx)
    [size] = [entry for entry in model.metadata_props if entry.key == "size"]
    size.value = "128"
    assert "not uint8, N x 128 x 128 x 3" in _refusal(model, tmp_path)


def test_files_that_are_no_networks(tmp_path: Path) -> None:
    path = tmp_path / "strange.onnx"
    for content in (b"", b"<html>404</html>", b"\x08\x08" * 1000):
        path.write_bytes(content)
        with pytest.raises(FatalError, match=r"strange\.onnx: "):
            load(path)
    with pytest.raises(FatalError, match=r"none\.onnx: No such file"):
        load(tmp_path / "none.onnx")


def test_a_network_with_another_result_stops_with_a_word(tiny_onnx: Path, tmp_path: Path) -> None:
    size = [INPUT, 64, 64, 3]
    ends = [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, size)]
    for node, kind in (
        (helper.make_node("Cast", [INPUT], [OUTPUT], to=TensorProto.FLOAT), TensorProto.FLOAT),
        (helper.make_node("Concat", [INPUT, INPUT], [OUTPUT], axis=0), TensorProto.UINT8),
    ):
        results = [helper.make_tensor_value_info(OUTPUT, kind, None)]
        graph = helper.make_graph([node], "g", ends, results)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        model.metadata_props.extend(onnx.load_model(tiny_onnx).metadata_props)
        path = tmp_path / "strange.onnx"
        path.write_bytes(model.SerializeToString())
        with pytest.raises(FatalError, match="the network gave"):
            load(path)(np.zeros((2, 64, 64, 3), np.uint8))


def test_weights_in_other_files_are_not_opened(
    tiny_onnx: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(10**6))
    model = onnx.load_model(tiny_onnx)
    weight = max(model.graph.initializer, key=lambda one: len(one.raw_data))
    for location in (str(secret), "secret", "../secret", f"../../{secret}"):
        weight.ClearField("raw_data")
        weight.data_location = TensorProto.EXTERNAL
        del weight.external_data[:]
        weight.external_data.add(key="location", value=location)
        assert "not a network" in _refusal(model, tmp_path)

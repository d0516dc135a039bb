"""Faces as vectors, with the shipped network."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from skimage.data import astronaut

from drawn_faces import drawn_faces
from f2a_faces.encoder import SHIPPED, embed, encode, version
from f2a_manifests import FatalError

HUMAN = astronaut()[:200, 124:324]  # the face and what is around it


def test_each_face_has_its_vector_whatever_stands_beside_it() -> None:
    faces = drawn_faces(0, 40)  # more than a batch
    together = embed(faces)
    assert together.shape == (40, 256)
    assert together.dtype == np.float32
    alone = np.concatenate([embed(faces[n : n + 1]) for n in (0, 31, 32, 39)])
    np.testing.assert_allclose(together[[0, 31, 32, 39]], alone, atol=1e-4)
    assert np.linalg.norm(together[0] - together[1]) > 100 * np.linalg.norm(together[0] - alone[0])


def test_faces_of_any_size_and_none_at_all() -> None:
    assert embed(HUMAN[None]).shape == (1, 256)
    none = encode(np.zeros((0, 64, 64, 3), np.uint8))
    assert (none.features.shape, none.anime.shape) == ((0, 256), (0,))


def test_the_score_is_for_anime_faces() -> None:
    assert np.mean(encode(drawn_faces(0, 40)).anime > 0.5) > 0.8
    assert encode(HUMAN[None]).anime[0] < 0.5
    assert encode(np.full((1, 64, 64, 3), 127, np.uint8)).anime[0] < 0.5


def test_the_version_names_size_and_file() -> None:
    assert version() == f"f2a-128-{hashlib.sha256(SHIPPED.read_bytes()).hexdigest()}"


def test_bad_weights_are_refused_with_a_reason(tmp_path: Path) -> None:
    face = np.zeros((1, 64, 64, 3), np.uint8)
    with pytest.raises(FatalError, match=r"none\.onnx: No such file"):
        embed(face, str(tmp_path / "none.onnx"))
    (tmp_path / "text.onnx").write_text("weights")
    with pytest.raises(FatalError, match="not a network"):
        embed(face, str(tmp_path / "text.onnx"))
    with pytest.raises(FatalError, match="no output 'features'"):
        embed(face, str(_without_features(tmp_path / "old.onnx")))


def _without_features(path: Path) -> Path:
    image = onnx.helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, ["N", 3, "H", "W"])
    maps = onnx.helper.make_tensor_value_info("maps", onnx.TensorProto.FLOAT, ["N", 3, "H", "W"])
    node = onnx.helper.make_node("Identity", ["image"], ["maps"])
    graph = onnx.helper.make_graph([node], "old", [image], [maps])
    opset = [onnx.helper.make_opsetid("", 13)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))
    return path

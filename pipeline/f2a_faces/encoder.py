"""Faces as vectors, so that sets of faces can be compared: the shipped detector's network, frozen.

It was trained to find drawn and human faces, not to recognise anyone or to judge pictures; what it is
sensitive to, and what not, is measured in docs/metrics.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from f2a_faces.detectors.f2a import KINDS, SHIPPED
from f2a_faces.images import Pixels
from f2a_manifests import FatalError, sha256_file

SIDE = (
    128  # at 96 the network overlooks a slight blur, at 160 it misses more real faces and takes twice as long
)
BATCH = 32
FEATURES = 256
OUTPUTS = ["features", "maps"]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the network says of N faces.

    Attributes:
        features: float32 (N, 256): the means of the maps at strides 16 and 32.
        anime: float32 (N,), 0 to 1: the detector's highest score for an anime face in each.
    """

    features: Floats
    anime: Floats


def embed(faces: Pixels, weights: str = "") -> Floats:
    """The features alone; see `encode`."""
    return encode(faces, weights).features


def encode(faces: Pixels, weights: str = "") -> Encoding:
    """Run the network over square faces, each brought to 128 pixels.

    Args:
        faces: uint8 (N, S, S, 3), sRGB; N may be 0.
        weights: an ONNX file of your own; empty for the detector's.

    Raises:
        FatalError: the weights are missing, broken, or have no output ``features``.
    """
    network = _network(*_file(weights))
    batches = [_run(network, faces[at : at + BATCH]) for at in range(0, len(faces), BATCH)]
    if not batches:
        return Encoding(np.empty((0, FEATURES), np.float32), np.empty(0, np.float32))
    features, anime = (np.concatenate(part) for part in zip(*batches, strict=True))
    return Encoding(features, anime)


def version(weights: str = "") -> str:
    """The size and the file that the features come from: ``f2a-128-`` and the file's SHA-256.

    Raises:
        FatalError: the weights are missing.
    """
    return f"f2a-{SIDE}-{_digest(*_file(weights))}"


def _run(network: onnxruntime.InferenceSession, faces: Sequence[Pixels] | Pixels) -> tuple[Floats, Floats]:
    batch = np.stack([_resized(face) for face in faces]).transpose(0, 3, 1, 2).astype(np.float32)
    features, maps = network.run(OUTPUTS, {"image": batch})
    highest = maps[:, KINDS["anime"]].max((1, 2)).clip(-30, 30)
    return features, 1 / (1 + np.exp(-highest))


def _resized(face: Pixels) -> Pixels:
    kind = cv2.INTER_AREA if len(face) > SIDE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(face, (SIDE, SIDE), interpolation=kind), np.uint8)


def _file(weights: str) -> tuple[Path, int]:
    """The file and when it was last written, so that a network that is trained anew is read anew."""
    file = Path(weights) if weights else SHIPPED
    try:
        return file, file.stat().st_mtime_ns
    except OSError:
        raise FatalError(f"the encoder's weights {file} are missing") from None


@cache
def _network(file: Path, _written: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    # Its threads would wait for work in busy loops, and training needs the cores between two looks.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        network = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 -- its errors have no common class
        raise FatalError(f"{file} is not a network that onnxruntime reads: {error}") from None
    if {output.name for output in network.get_outputs()} != set(OUTPUTS):
        raise FatalError(f"{file} has no output 'features': write it anew with f2a-data train-detector")
    return network


@cache
def _digest(file: Path, _written: int) -> str:
    return sha256_file(file)

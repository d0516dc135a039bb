"""Read and store weights in ONNX files, also of discriminators, as initial weights.

Discriminators are in the model's ``training_info``, which ONNX has for training and which runtimes ignore.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import ModelProto, load, numpy_helper
from torch import Tensor

from f2a_manifests import FatalError, first_line

NETWORK, HALF = "generator", ".half"
"""The prefix of the tensors' names, and the suffix of those stored in 16 bits."""


def read_weights(path: Path, direction: str) -> dict[str, Tensor]:
    """All tensors, float32, by the names that they have in a checkpoint: ``human2anime.up.64....``.

    Args:
        path: a generator that `f2a_translate.onnx_translator` has accepted.
        direction: of its card.

    Raises:
        FatalError: the file's tensors cannot be read.
    """
    try:
        model = load(path)
        kernels = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
        others = {
            each.name: torch.tensor(numpy_helper.to_array(each)).float()
            for info in model.training_info
            for each in info.algorithm.initializer
        }
    except Exception as error:  # noqa: BLE001 -- a strange file raises nearly anything
        raise FatalError(f"{path}: its weights cannot be read: {first_line(error)}") from None
    prefix = f"{NETWORK}."
    return others | {
        f"{direction}.{name.removeprefix(prefix).removesuffix(HALF)}": torch.tensor(values).float()
        for name, values in kernels.items()
        if name.startswith(prefix)
    }


def store(model: ModelProto, tensors: Mapping[str, Tensor], *, half: bool) -> None:
    """Store other networks' tensors for `read_weights`.

    Args:
        model: of the generator.
        tensors: by their names in a checkpoint.
        half: store them in 16 bits.
    """
    if tensors:
        kept = model.training_info.add().algorithm.initializer
        arrays = {name: halved(value.numpy()) if half else value.numpy() for name, value in tensors.items()}
        kept.extend(numpy_helper.from_array(array, name) for name, array in arrays.items())


def halved(weights: NDArray[np.float32]) -> NDArray[np.float16]:
    """Weights in 16 bits.

    Raises:
        FatalError: one does not fit.
    """
    if not (np.abs(weights) <= np.finfo(np.float16).max).all():
        raise FatalError("a weight is beyond 65504, the end of half precision; export without --half")
    return weights.astype(np.float16)

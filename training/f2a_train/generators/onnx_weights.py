"""The weights in an exported generator, for a run to start from."""

from pathlib import Path

import torch
from torch import Tensor

from f2a_manifests import FatalError, first_line

NETWORK, HALF = "generator", ".half"
"""How the names of the file's tensors begin, and how those end that are stored in 16 bits."""


def read_weights(path: Path, direction: str) -> dict[str, Tensor]:
    """Its tensors, float32, by the names that they have in a checkpoint: ``human2anime.up.64....``.

    Args:
        path: a generator that `f2a_train.generators.onnx_translator` has accepted.
        direction: of its card.

    Raises:
        FatalError: the package ``onnx`` is missing, or the file's tensors cannot be read.
    """
    try:
        from onnx import load, numpy_helper  # noqa: PLC0415 -- an extra
    except ImportError:
        raise FatalError("reading ONNX needs a package: pip install 'face2anime-toolkit[onnx]'") from None
    try:
        kernels = {each.name: numpy_helper.to_array(each) for each in load(path).graph.initializer}
    except Exception as error:  # noqa: BLE001 -- a strange file raises nearly anything
        raise FatalError(f"{path}: its weights cannot be read: {first_line(error)}") from None
    prefix = f"{NETWORK}."
    return {
        f"{direction}.{name.removeprefix(prefix).removesuffix(HALF)}": torch.tensor(values).float()
        for name, values in kernels.items()
        if name.startswith(prefix)
    }

"""Export a generator to ONNX, for use without torch.

    faces        uint8, N x S x S x 3, RGB     the crops, N of any size
    translated   likewise                      what the generator makes of them

Scaling to [-1, 1] and back is part of the network. The metadata is a `Card`.
"""

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from onnx import GraphProto, ModelProto, TensorProto, helper, load_model_from_string, numpy_helper
from torch import Tensor, nn

from f2a_faces.images import Pixels
from f2a_manifests import FatalError, write_bytes
from f2a_train.data.faces import to_bytes, to_floats
from f2a_train.engine.checkpoint import load_generator
from f2a_train.generators.export_faces import ExportFaces, export_faces
from f2a_train.generators.torch_translator import TorchTranslator, card_of
from f2a_train.onnx_weights import HALF, halved, store
from f2a_translate.directions import DIRECTIONS
from f2a_translate.onnx_translator import INPUT, OUTPUT, OnnxTranslator

OPSET = 17
MAX_LEVELS = {False: 2.0, True: 32.0}
MEAN_LEVELS = {False: 0.1, True: 1.0}
"""Largest allowed differences to torch, in levels of 0..255, with whole and with half precision."""


@dataclass(frozen=True, slots=True)
class Export:
    """What was written.

    Attributes:
        bytes: the file's size.
        probes: the faces on which it was compared with torch.
        largest: greatest difference of any value, in levels of 0..255.
        mean: the average one.
    """

    bytes: int
    probes: ExportFaces
    largest: float
    mean: float


class _Whole(nn.Module):
    """The generator from bytes to bytes."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, faces: Tensor) -> Tensor:
        made: Tensor = self.generator(to_floats(faces.permute(0, 3, 1, 2)))
        return to_bytes(made).permute(0, 2, 3, 1)


def export(
    checkpoint: Path,
    out: Path,
    direction: str = DIRECTIONS[0],
    *,
    half: bool = False,
    discriminators: bool = False,
) -> Export:
    """Write a run's generator as an ONNX file, if its results match torch's.

    Args:
        checkpoint: the run's folder or its ``checkpoint.pt``.
        out: the file, replaced atomically.
        direction: ``human2anime`` or ``anime2human``.
        half: store the weights in 16 bits, which halves the file; it still computes in 32.
        discriminators: also store the run's other networks, for ``--init``.

    Raises:
        FatalError: the checkpoint cannot be used, the exported
            network's results differ from torch's (nothing is written then), or the disk is full.
    """
    generator, run = load_generator(checkpoint, direction)
    source = TorchTranslator(generator, card_of(run, direction), torch.device("cpu"))
    others = {name: value for name, value in run.networks.items() if not name.startswith(DIRECTIONS)}
    faces = export_faces(checkpoint, source.card)
    return write(source, out, faces, half=half, others=others if discriminators else {})


def write(
    source: TorchTranslator,
    out: Path,
    faces: ExportFaces,
    *,
    half: bool = False,
    others: Mapping[str, Tensor] = MappingProxyType({}),
) -> Export:
    """Write a generator as an ONNX file; see `export`.

    Args:
        source: the generator, on the CPU.
        out: the file, replaced atomically.
        faces: to compare both on.
        half: see `export`.
        others: tensors of other networks to store beside it.

    Raises:
        FatalError: see `export`.
    """
    model = _traced(source)
    if half:
        _halve(model.graph)
    for name, value in source.card.checked().to_metadata().items():
        model.metadata_props.add(key=name, value=value)
    store(model, others, half=half)
    data = model.SerializeToString()
    result = Export(len(data), faces, *_compare(source, OnnxTranslator(data), faces.pixels, half=half))
    write_bytes(out, data)
    return result


def _traced(source: TorchTranslator) -> ModelProto:
    side = source.card.size
    example = torch.zeros(2, side, side, 3, dtype=torch.uint8)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the newer exporter needs onnxscript; and the tracer's own notes
        torch.onnx.export(
            _Whole(source.generator).eval(),
            (example,),
            buffer,  # type: ignore[arg-type]  # its annotation forgets files
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "N"}, OUTPUT: {0: "N"}},
            opset_version=OPSET,
            dynamo=False,
        )
    return load_model_from_string(buffer.getvalue())


def _halve(graph: GraphProto) -> None:
    """Store every kernel in 16 bits, with a cast before its use, which onnxruntime does once, on loading."""
    kernels = [weight for weight in graph.initializer if _is_kernel(weight)]
    for weight in kernels:
        name, whole = weight.name, numpy_helper.to_array(weight)
        weight.CopyFrom(numpy_helper.from_array(halved(whole), f"{name}{HALF}"))
        cast = helper.make_node("Cast", [f"{name}{HALF}"], [name], to=TensorProto.FLOAT)
        graph.node.insert(0, cast)


def _is_kernel(weight: TensorProto) -> bool:
    """Whether a weight is a convolution's or a matrix; biases and scales keep their precision."""
    return weight.data_type == TensorProto.FLOAT and len(weight.dims) > 1


def _compare(
    source: TorchTranslator, exported: OnnxTranslator, faces: Pixels, *, half: bool
) -> tuple[float, float]:
    """Greatest and mean difference, in levels.

    Raises:
        FatalError: they are too great.
    """
    difference = np.abs(source(faces).astype(np.int16) - exported(faces))
    largest, mean = float(difference.max()), float(difference.mean())
    if largest > MAX_LEVELS[half] or mean > MEAN_LEVELS[half]:
        raise FatalError(
            f"nothing written: ONNX and torch differ by up to {largest:.0f} levels of 255, "
            f"{mean:.2f} on average; at most {MAX_LEVELS[half]:.0f} and {MEAN_LEVELS[half]:g} would pass"
        )
    return largest, mean

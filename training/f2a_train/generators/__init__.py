"""Load and export generators."""

from pathlib import Path

from f2a_manifests import ExitCode, FatalError
from f2a_translate.directions import DIRECTIONS
from f2a_translate.shipped import shipped
from f2a_translate.translator import Translator


def load(
    checkpoint: Path | None = None,
    direction: str | None = None,
    device: str = "auto",
    size: int | None = None,
) -> Translator:
    """Make a translator.

    Args:
        checkpoint: a run's folder, its ``checkpoint.pt``, or an exported ``.onnx``; None for a
            generator that comes with the package.
        direction: ``human2anime`` or ``anime2human``; None takes the file's own, or ``human2anime``
            where it has both.
        device: ``auto``, ``cpu`` or ``cuda``; ONNX runs on the CPU.
        size: which of the package's generators, by the pixels of a face's side; None for the largest.

    Raises:
        FatalError: the file is missing, broken or hostile, goes the other way, or there is no such device or
            size; or a size is given with a file, which has its own.
    """
    if checkpoint and size:
        raise FatalError(
            "--size chooses a generator that ships; leave it out with --checkpoint", ExitCode.USAGE
        )
    checkpoint = checkpoint or shipped(size)
    if checkpoint.suffix.lower() == ".onnx" and not checkpoint.is_dir():
        from f2a_translate.onnx_translator import OnnxTranslator  # noqa: PLC0415 -- see below

        return OnnxTranslator.load(checkpoint, direction, device)
    # An ONNX file is translated without torch, whose import takes seconds.
    from f2a_train.generators.torch_translator import TorchTranslator  # noqa: PLC0415

    return TorchTranslator.load(checkpoint, direction or DIRECTIONS[0], device)

"""A trained generator, whatever file it came in."""

from pathlib import Path
from typing import Protocol

from f2a_faces.images import Pixels
from f2a_manifests import ExitCode, FatalError
from f2a_train.config import DIRECTIONS
from f2a_train.generators.card import Card
from f2a_train.generators.shipped import shipped


class Translator(Protocol):
    """One direction of a trained model; `load` makes one."""

    @property
    def card(self) -> Card:
        """Which way it goes, and how faces are cut for it."""

    @property
    def digest(self) -> str:
        """SHA-256 of its weights, by which its results are told from another's."""

    def __call__(self, faces: Pixels) -> Pixels:
        """Translate crops: uint8, N x S x S x 3 (N at least 1, S is ``card.size``), to the same.

        Raises:
            FatalError: the network's result is not of that kind.
        """


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
        from f2a_train.generators.onnx_translator import OnnxTranslator  # noqa: PLC0415 -- see below

        return OnnxTranslator.load(checkpoint, direction, device)
    # An ONNX file is translated without torch, whose import takes seconds.
    from f2a_train.translate.torch_translator import TorchTranslator  # noqa: PLC0415

    return TorchTranslator.load(checkpoint, direction or DIRECTIONS[0], device)

"""A trained generator, whatever file it came in."""

from pathlib import Path
from typing import Protocol

from f2a_faces.images import Pixels
from f2a_train.card import Card
from f2a_train.config import DIRECTIONS

SHIPPED = Path(__file__).parent / "weights" / "generator.onnx"


class Translator(Protocol):
    """One direction of a trained model; `load` makes one."""

    @property
    def card(self) -> Card:
        """Which way it goes, and how faces are cut for it."""

    def __call__(self, faces: Pixels) -> Pixels:
        """Translate crops: uint8, N x S x S x 3 (N at least 1, S is ``card.size``), to the same.

        Raises:
            FatalError: the network's result is not of that kind.
        """


def load(checkpoint: Path | None = None, direction: str | None = None, device: str = "auto") -> Translator:
    """Make a translator.

    Args:
        checkpoint: a run's folder, its ``checkpoint.pt``, or an exported ``.onnx``; None for the
            generator that comes with the package.
        direction: ``human2anime`` or ``anime2human``; None takes the file's own, or ``human2anime``
            where it has both.
        device: ``auto``, ``cpu`` or ``cuda``; ONNX runs on the CPU.

    Raises:
        FatalError: the file is missing, broken or hostile, goes the other way, or there is no such device.
    """
    checkpoint = checkpoint or SHIPPED
    if checkpoint.suffix.lower() == ".onnx" and not checkpoint.is_dir():
        from f2a_train.onnx_translator import OnnxTranslator  # noqa: PLC0415 -- see below

        return OnnxTranslator.load(checkpoint, direction, device)
    # An ONNX file is translated without torch, whose import takes seconds.
    from f2a_train.torch_translator import TorchTranslator  # noqa: PLC0415

    return TorchTranslator(checkpoint, direction or DIRECTIONS[0], device)

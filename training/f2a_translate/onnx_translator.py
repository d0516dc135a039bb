"""A generator from an ONNX file, run without torch."""

import hashlib
from pathlib import Path

import numpy as np

from f2a_faces.images import Pixels
from f2a_faces.networks import open_network, read_bytes
from f2a_manifests import ExitCode, FatalError, first_line
from f2a_translate.card import Card

INPUT, OUTPUT = "faces", "translated"
BATCH = 16
"""Faces per call; more are not faster on a CPU and need more memory."""


class OnnxTranslator:
    """See `f2a_translate.translator.Translator`.

    Args:
        model: the file's bytes.

    Attributes:
        card: see `Card`.
        digest: SHA-256 of the file.

    Raises:
        FatalError: it is not a generator written by `f2a_train.generators.export`.
    """

    def __init__(self, model: bytes) -> None:
        self._session = open_network(model)
        self.digest = hashlib.sha256(model).hexdigest()
        self.card = Card.of_metadata(self._session.get_modelmeta().custom_metadata_map)
        self._check_ends()

    @classmethod
    def load(cls, path: Path, direction: str | None = None, device: str = "cpu") -> "OnnxTranslator":
        """Read a file.

        Args:
            path: the file.
            direction: refuse a generator that goes the other way.
            device: ``auto`` or ``cpu``.

        Raises:
            FatalError: it is missing, too large, not a generator, or of another direction or device.
        """
        if device == "cuda":
            message = "an ONNX file runs on the CPU here; give the run's checkpoint for --device cuda"
            raise FatalError(message, ExitCode.USAGE)
        try:
            translator = cls(read_bytes(path))
        except FatalError as error:
            raise FatalError(f"{path}: {error}") from None
        if direction not in (None, translator.card.direction):
            message = f"{path} is a generator of the direction {translator.card.direction}"
            raise FatalError(message, ExitCode.USAGE)
        return translator

    def __call__(self, faces: Pixels) -> Pixels:
        """See `Translator.__call__`."""
        parts = [self._run(faces[start : start + BATCH]) for start in range(0, len(faces), BATCH)]
        return np.concatenate(parts)

    def _run(self, faces: Pixels) -> Pixels:
        try:
            result = self._session.run([OUTPUT], {INPUT: np.ascontiguousarray(faces)})[0]
        except Exception as error:  # noqa: BLE001 -- its errors have no common class
            raise FatalError(f"the network failed: {first_line(error)}") from None
        if result.dtype != np.uint8 or result.shape != faces.shape:
            raise FatalError(f"the network gave {result.dtype} {result.shape} for uint8 {faces.shape}")
        pixels: Pixels = result
        return pixels

    def _check_ends(self) -> None:
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if [end.name for end in (*inputs, *outputs)] != [INPUT, OUTPUT]:
            raise FatalError(f"its input and output are not {INPUT!r} and {OUTPUT!r}")
        side = self.card.size
        if inputs[0].type != "tensor(uint8)" or inputs[0].shape[1:] != [side, side, 3]:
            raise FatalError(f"its input is not uint8, N x {side} x {side} x 3")

"""A generator from a run's checkpoint."""

import hashlib
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import nn

from f2a_faces.images import Pixels
from f2a_train.engine.checkpoint import Checkpoint, load_generator
from f2a_train.engine.run import resolve_device, translate_faces
from f2a_train.pixels import to_images
from f2a_translate.card import Card


class TorchTranslator:
    """See `f2a_translate.translator.Translator`.

    Args:
        generator: the network.
        card: see `Card`.
        device: where it computes.

    Attributes:
        generator: the network, without dropout; float32, (N, 3, S, S), in [-1, 1] to the same.
        card: see `Card`.
        digest: SHA-256 of the network's weights.
    """

    def __init__(self, generator: nn.Module, card: Card, device: torch.device) -> None:
        self._device = device
        self.generator = generator.to(device)
        self.card = card
        self.digest = _digest(self.generator)

    @classmethod
    def load(cls, checkpoint: Path, direction: str, device: str = "auto") -> Self:
        """Read a checkpoint; see `f2a_train.generators.load` for the arguments and errors."""
        generator, saved = load_generator(checkpoint, direction)
        return cls(generator, card_of(saved, direction), resolve_device(device))

    def __call__(self, faces: Pixels) -> Pixels:
        """See `Translator.__call__`."""
        batch = torch.from_numpy(np.array(faces, order="C")).permute(0, 3, 1, 2)
        with torch.no_grad():
            return to_images(translate_faces(self.generator, batch, self._device))


def _digest(network: nn.Module) -> str:
    digest = hashlib.sha256()
    for weights in network.state_dict().values():
        digest.update(weights.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def card_of(saved: Checkpoint, direction: str) -> Card:
    """The card of one of a checkpoint's generators."""
    origin = saved.origin
    crop_rule = origin.human_rule if direction == "human2anime" else origin.anime_rule
    digests = origin.human_sha256, origin.anime_sha256
    return Card(direction, origin.size, saved.config.network, saved.step, crop_rule, *digests)

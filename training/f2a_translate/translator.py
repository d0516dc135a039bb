"""A trained generator, whatever file it came in."""

from typing import Protocol

from f2a_faces.images import Pixels
from f2a_translate.card import Card


class Translator(Protocol):
    """One direction of a trained model; `f2a_train.generators.load` makes one."""

    @property
    def card(self) -> Card:
        """Its direction, and how faces are cropped for it."""

    @property
    def digest(self) -> str:
        """SHA-256 of its weights, which identifies its results."""

    def __call__(self, faces: Pixels) -> Pixels:
        """Translate crops: uint8, N x S x S x 3 (N at least 1, S is ``card.size``), to the same.

        Raises:
            FatalError: the network's result has another shape or type.
        """

"""Sets of pictures that need not be in memory."""

from typing import Protocol

from f2a_faces.images import Pixels


class Pictures(Protocol):
    """Pictures of one size that are read a few at a time: an array, or crops on disk."""

    def __len__(self) -> int:
        """How many."""

    def __getitem__(self, part: slice, /) -> Pixels:
        """Some of them: uint8 (N, S, S, 3)."""

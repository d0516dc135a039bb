"""A plain folder with numbered names."""

from dataclasses import dataclass
from typing import ClassVar

from f2a_export.chunks import Chunk
from f2a_export.files import FaceFiles
from f2a_export.item import Item


@dataclass(frozen=True, kw_only=True)
class Numbered(FaceFiles):
    """Plain folders, SPLIT/DOMAIN/00000001.png, numbered within each split."""

    name: ClassVar[str] = "folder"
    loader: ClassVar[str] = """
from torchvision.datasets import ImageFolder
faces = ImageFolder("OUT/train")  # the classes are the domains
"""

    def place(self, chunk: Chunk, number: int, item: Item) -> str:
        """See `FaceFiles`."""
        return f"{chunk.split}/{item.row.domain}/{chunk.first + number + 1:08}"

"""``trainA``, ``trainB``, ``testA``, ``testB``: what CycleGAN's reference code, CUT and joliGEN read."""

from dataclasses import dataclass
from typing import ClassVar

from f2a_export.chunks import Chunk
from f2a_export.files import FaceFiles
from f2a_export.item import Item
from f2a_manifests import Domain


@dataclass(frozen=True, kw_only=True)
class CycleGan(FaceFiles):
    """Folders trainA, trainB, valA, ... for CycleGAN, CUT and joliGEN. A is human, B is anime."""

    name: ClassVar[str] = "cyclegan"
    loader: ClassVar[str] = """
# python train.py --dataroot OUT --name faces --model cycle_gan --load_size 72 --crop_size 64
"""

    def place(self, chunk: Chunk, _number: int, item: Item) -> str:
        """See `FaceFiles`."""
        side = "A" if item.row.domain is Domain.HUMAN else "B"
        return f"{chunk.split}{side}/{item.stem}"

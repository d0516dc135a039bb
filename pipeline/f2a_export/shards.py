"""What formats share in which a file holds many faces."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

from f2a_export.base import Faces
from f2a_export.chunks import Chunk
from f2a_export.hugging_face import configs
from f2a_export.item import Item
from f2a_export.listing import Row, left_out, row_of
from f2a_export.pictures import PictureReader
from f2a_manifests import Subset, Unusable


@dataclass(frozen=True, kw_only=True)
class Shards(Faces):
    """Formats in which a file holds many faces.

    Attributes:
        shard: faces per file.
    """

    suffix: ClassVar[str]

    shard: Annotated[int, Meta(ge=1)] = 1000

    @property
    def per_chunk(self) -> int:
        """A chunk is a file."""
        return self.shard

    def file(self, chunk: Chunk, out: Path) -> str:
        """The file of a chunk, below the export's folder; makes the folder that it is in."""
        (out / chunk.split).mkdir(exist_ok=True)
        return f"{chunk.split}/{chunk.shard:05}.{self.suffix}"

    def front_matter(self, splits: Sequence[Subset]) -> str:
        """See `configs`."""
        return "".join(configs(splits, f"{{split}}/*.{self.suffix}"))


def packed(file: str, item: Item, reader: PictureReader) -> tuple[Row, str, bytes]:
    """An item's row, and its picture's name and bytes; no name if it is left out.

    Args:
        file: below the export's folder.
        item: what it is.
        reader: gives its picture.
    """
    try:
        picture = reader(item)
        data = picture.read()
    except Unusable as error:
        return left_out(item, error), "", b""
    return row_of(item, f"{file}#{item.stem}", picture), f"{item.stem}.{picture.suffix}", data

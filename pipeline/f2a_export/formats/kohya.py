"""The folders that kohya's sd-scripts train LoRAs on: ``REPEATS_NAME/image.png`` with ``image.txt``."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

from f2a_export.chunks import Chunk
from f2a_export.files import FaceFiles, put
from f2a_export.item import Item
from f2a_export.listing import Row
from f2a_export.pictures import Picture, PictureReader


@dataclass(frozen=True, kw_only=True)
class Kohya(FaceFiles):
    """Folders with caption files for LoRA training with kohya's sd-scripts.

    Captions are the tags of the post. Give the trainer SPLIT as --train_data_dir.

    Attributes:
        repeats: how often the trainer sees each image per epoch; the number in the folder's name.
        trigger: a word put before the tags of every caption.
    """

    name: ClassVar[str] = "kohya"
    loader: ClassVar[str] = """
# accelerate launch train_network.py --train_data_dir OUT/train --caption_extension .txt ...
"""

    repeats: Annotated[int, Meta(ge=1)] = 1
    trigger: str = ""

    def place(self, chunk: Chunk, _number: int, item: Item) -> str:
        """See `FaceFiles`."""
        return f"{chunk.split}/{self.repeats}_{item.row.domain}/{item.stem}"

    def write(self, chunk: Chunk, reader: PictureReader, out: Path) -> Iterator[Row]:
        """See `Format`; without tags there is no caption, and the trainer takes the folder's name."""
        for number, item in enumerate(chunk.items):
            place = self.place(chunk, number, item)
            caption = partial(_file, f"{place}.txt", self._caption(item))
            yield put(out, place, item, reader, copy=self.copy, beside=caption)

    def _caption(self, item: Item) -> str:
        tags = (tag.replace("_", " ") for tag in item.image.tags.split())
        return ", ".join(word for word in (self.trigger, *tags) if word)


def _file(name: str, caption: str, _picture: Picture) -> dict[str, str]:
    return {name: f"{caption}\n"} if caption else {}

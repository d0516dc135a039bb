"""WebDataset shards: tar archives in which the files of a face share a key."""

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from f2a_export.chunks import Chunk
from f2a_export.facts import facts_of
from f2a_export.item import Item
from f2a_export.listing import Row
from f2a_export.pictures import PictureReader
from f2a_export.shards import Shards, packed
from f2a_manifests import atomic_file


@dataclass(frozen=True, kw_only=True)
class WebDataset(Shards):
    """WebDataset shards, SPLIT/00000.tar, with a PNG and a JSON per face."""

    name: ClassVar[str] = "webdataset"
    suffix: ClassVar[str] = "tar"
    loader: ClassVar[str] = """
import webdataset as wds
faces = wds.WebDataset("OUT/train/{00000..00003}.tar").decode("rgb").to_tuple("png", "json")
"""

    def write(self, chunk: Chunk, reader: PictureReader, out: Path) -> Iterator[Row]:
        """See `Format`."""
        file = self.file(chunk, out)
        with (
            atomic_file(out / file, durable=False) as target,
            tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive,
        ):
            rows = [_add(archive, file, item, reader) for item in chunk.items]
        yield from rows


def _add(archive: tarfile.TarFile, file: str, item: Item, reader: PictureReader) -> Row:
    row, name, data = packed(file, item, reader)
    if name:
        _add_file(archive, name, data)
        _add_file(archive, f"{item.stem}.json", json.dumps(facts_of(item)).encode())
    return row


def _add_file(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))

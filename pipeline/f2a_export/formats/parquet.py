"""Parquet files with the images inside, as Hugging Face's `datasets` writes and reads them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from f2a_export.chunks import Chunk
from f2a_export.facts import FLOATS, INTEGERS, TEXTS, facts_of
from f2a_export.item import Item
from f2a_export.listing import Row
from f2a_export.pictures import PictureReader
from f2a_export.shards import Shards, packed
from f2a_manifests import atomic_file

_GROUP = 100  # rows that are in memory at once; readers skip by whole groups


@dataclass(frozen=True, kw_only=True)
class Parquet(Shards):
    """Parquet files with the images inside, for datasets.load_dataset."""

    name: ClassVar[str] = "parquet"
    suffix: ClassVar[str] = "parquet"
    loader: ClassVar[str] = """
from datasets import load_dataset
faces = load_dataset("OUT")
"""

    def write(self, chunk: Chunk, reader: PictureReader, out: Path) -> Iterator[Row]:
        """See `Format`."""
        file, schema = self.file(chunk, out), _schema()
        with atomic_file(out / file, durable=False) as target, pq.ParquetWriter(target, schema) as writer:
            for start in range(0, len(chunk.items), _GROUP):
                rows = [_row(file, item, reader) for item in chunk.items[start : start + _GROUP]]
                writer.write_table(pa.Table.from_pylist([cells for _, cells in rows if cells], schema))
                yield from (row for row, _ in rows)


def _row(file: str, item: Item, reader: PictureReader) -> tuple[Row, dict[str, Any]]:
    row, name, data = packed(file, item, reader)
    return row, {"image": {"bytes": data, "path": name}, **facts_of(item)} if name else {}


def _schema() -> pa.Schema:
    """The columns, and for `datasets` that one of them holds images."""
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    kinds = {
        **dict.fromkeys(TEXTS, "string"),
        **dict.fromkeys(INTEGERS, "int32"),
        **dict.fromkeys(FLOATS, "float64"),
    }
    features = {name: {"dtype": kind, "_type": "Value"} for name, kind in kinds.items()}
    known = {"info": {"features": {"image": {"_type": "Image"}, **features}}}
    fields = [("image", image), *((name, pa.type_for_alias(kind)) for name, kind in kinds.items())]
    return pa.schema(fields, metadata={"huggingface": json.dumps(known)})

"""Parquet files with images inside, as Hugging Face's `datasets` and img2dataset write them."""

import io
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from f2a_faces.archive import Member
from f2a_faces.magic import SUFFIXES
from f2a_import.found import Found, missing, split_of
from f2a_import.layouts.imagefolder import boxes_in
from f2a_manifests import ExitCode, FatalError, first_line
from f2a_manifests.places import Place

_ROWS = 16  # in memory at once
_NAMES = ("image", *(suffix.removeprefix(".") for suffix in SUFFIXES))


def fits(root: Place) -> bool:
    """Whether it is a parquet file, or a folder of them without images."""
    if root.is_file():
        return root.suffix == ".parquet"
    files = [path for path in root.rglob("*") if path.is_file()]
    return any(path.suffix == ".parquet" for path in files) and not any(
        path.suffix.lower() in SUFFIXES or path.suffix == ".tar" for path in files
    )


def read(root: Place, category: str) -> Iterator[Found]:  # noqa: ARG001 -- for those that have categories
    """The images of all files, in order."""
    for path in [root] if root.is_file() else sorted(root.rglob("*.parquet")):
        place = path.name if path == root else path.relative_to(root).as_posix()
        if not path.resolve().is_relative_to(root.resolve()):
            continue
        for number, row in enumerate(_rows(path)):
            yield _found(f"{place}#{number}", split_of(place), row)


def _rows(path: Place) -> Iterator[dict[str, Any]]:
    try:
        local = isinstance(path, Path)
        with nullcontext(path) if local else path.open("rb") as opened, pq.ParquetFile(opened) as file:
            column = _image_column(path, file.schema_arrow)
            for batch in file.iter_batches(batch_size=_ROWS):
                for row in batch.to_pylist():
                    yield {**row, "": row[column]}
    except (pa.ArrowException, OSError) as error:
        raise FatalError(f"{path} is not an intact parquet file: {first_line(error)}") from None


def _image_column(path: Place, schema: pa.Schema) -> str:
    """The column with the images: a struct with ``bytes``, or bytes under an image's suffix."""
    for field in schema:
        if pa.types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0:
            return str(field.name)
        if pa.types.is_binary(field.type) and field.name in _NAMES:
            return str(field.name)
    raise FatalError(
        f"{path} has no column of images; its columns are {', '.join(schema.names)}", ExitCode.USAGE
    )


def _found(name: str, split: Any, row: dict[str, Any]) -> Found:  # noqa: ANN401 -- a Subset
    image = row.pop("")
    data = image.get("bytes") if isinstance(image, dict) else image
    if isinstance(data, bytes):
        found = Found(Member(name, len(data), partial(io.BytesIO, data)), split=split)
    else:  # only a path, which may lead anywhere
        found = Found(missing(name), split=split)
    found.learn({key: value for key, value in row.items() if not isinstance(value, dict | bytes)})
    found.boxes = boxes_in(row.get("objects"))
    return found

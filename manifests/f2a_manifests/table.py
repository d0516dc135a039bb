"""Reading and writing manifests: CSV, columns and types fixed by `Record`.

A manifest is untrusted until `read` has returned: every cell is checked, and the first
bad one is named by file, row and column.
"""

import codecs
import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from f2a_manifests.atomic import atomic_file, write_text
from f2a_manifests.cells import CODED, parser
from f2a_manifests.errors import ManifestError
from f2a_manifests.record import COLUMNS, ENUMS, FLOATS, INTEGERS, Record

if TYPE_CHECKING:  # at run time in the functions that need it: importing it takes 0.2 s
    import pandas as pd

_UTF8 = codecs.getwriter("utf-8")
ADDED = frozenset({"detail", "box_from", "crop_x", "crop_y", "crop_side"})
"""Columns that the manifests of the version before this one lack; ``f2a-data upgrade`` fills them in."""
_INDEX = ["Unnamed: 0"]  # what `to_csv` writes without index=False


def read(path: Path) -> list[Record]:
    """Read a manifest.

    Args:
        path: a CSV file with exactly the columns of `COLUMNS`, in any order, as `write` makes it or as it is
            after a way through pandas or a spreadsheet: ``850.0`` for 850, an index in front, a byte order
            mark.

    Raises:
        ManifestError: the file is missing, no CSV, has wrong columns, a cell of the wrong type, two
            rows of one id, or a path that leaves the workspace.
    """
    cells = read_cells(path)
    missing = [name for name in COLUMNS if name not in cells]
    extra = [name for name in cells if name not in COLUMNS]
    if set(missing) == ADDED and not extra:
        raise ManifestError(f"{path} is of an earlier version; upgrade it with f2a-data upgrade")
    if missing or extra:
        raise ManifestError(
            f"{path}: not an f2a manifest: missing columns {missing}, unknown columns {extra}"
        )
    return records_of(path, cells)


def read_cells(path: Path) -> dict[str, list[str]]:
    """The text of every cell of a CSV file, by column, whatever the columns are.

    Raises:
        ManifestError: the file is missing or no CSV.
    """
    frame = _read_text(path).drop(columns=_INDEX, errors="ignore")
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(frame.columns) == 1 and mark in frame.columns[0]:
            raise ManifestError(f"{path} is separated by {name}; save it with commas, as CSV (UTF-8)")
    return {name: frame[name].tolist() for name in frame.columns}


def records_of(path: Path, cells: Mapping[str, list[str]]) -> list[Record]:
    """The rows of a table whose columns are `COLUMNS`; see `read` for errors.

    Args:
        path: what errors name.
        cells: the text of the cells by column.
    """
    columns = [_convert(path, name, cells[name]) for name in COLUMNS]
    _check_unique(path, columns[0])
    return list(map(_record, zip(*columns, strict=True)))


def _record(cells: tuple[Any, ...]) -> Record:
    return Record(**dict(zip(COLUMNS, cells, strict=True)))


def write(path: Path, records: Sequence[Record]) -> None:
    """Publish a manifest atomically, with its JSON schema as ``NAME.schema.json`` beside it.

    Raises:
        FatalError: the disk is full or the folder is gone; the old manifest is untouched.
    """
    columns = [_column(name, records) for name in COLUMNS]
    with atomic_file(path) as file:
        writer = csv.writer(_UTF8(file), lineterminator="\n", quoting=_quoting(columns))
        writer.writerow(COLUMNS)
        writer.writerows(zip(*columns, strict=True))
    schema = path.with_suffix(".schema.json")
    content = json.dumps(json_schema(), indent=2) + "\n"
    if not schema.exists() or schema.read_text("utf-8") != content:
        write_text(schema, content)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one row."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "f2a manifest row",
        "type": "object",
        "properties": {name: _property(name) for name in COLUMNS},
        "required": list(COLUMNS),
        "additionalProperties": False,
    }


def _property(name: str) -> dict[str, Any]:
    if name in INTEGERS:
        return {"type": ["integer", "null"]}
    if name in FLOATS:
        return {"type": ["number", "null"]}
    if name in ENUMS:
        return {"enum": [member.value for member in ENUMS[name]]}
    return {"type": "string"}


def _column(name: str, records: Sequence[Record]) -> list[Any]:
    values = [getattr(record, name) for record in records]
    return list(map(CODED[name].encode, values)) if name in CODED else values


def _quoting(columns: Iterable[list[Any]]) -> Literal[0, 2]:
    """Minimal, but where a carriage return stands in a cell (a file's name may hold one) all text."""
    named = zip(COLUMNS, columns, strict=True)
    texts = (cells for name, cells in named if name not in INTEGERS | FLOATS)
    return csv.QUOTE_NONNUMERIC if any("\r" in "".join(cells) for cells in texts) else csv.QUOTE_MINIMAL


def _read_text(path: Path) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 -- see above

    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise ManifestError(f"there is no manifest {path}; run the stage that makes it first") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ManifestError(f"{path}: not a CSV file: {error}") from error


def _convert(path: Path, name: str, cells: list[str]) -> list[Any]:
    """Turn one column's text into its type; on failure find the row to name."""
    parse = parser(name)
    if parse is str:
        return cells
    try:
        return list(map(parse, cells))
    except ValueError:
        number, error = _first_bad(parse, cells)
        raise ManifestError(f"{path}, row {number}, column {name}: {error}") from None


def _first_bad(parse: Callable[[str], Any], cells: list[str]) -> tuple[int, ValueError]:
    """The first cell that cannot be read: its row, 1 being the header as a spreadsheet shows it."""
    for number, cell in enumerate(cells, start=2):
        try:
            parse(cell)
        except ValueError as error:
            return number, error
    raise AssertionError("called for cells that can all be read")


def _check_unique(path: Path, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for number, identifier in enumerate(ids, start=2):
        if identifier in seen:
            raise ManifestError(f"{path}, row {number}: the id {identifier} stands there twice")
        seen.add(identifier)

"""Reading and writing manifests: CSV through pandas, columns and types fixed by `Record`.

A manifest from elsewhere is hostile until `read` has returned: every cell is checked, and the first
bad one is named by file, row and column.
"""

import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from f2a_manifests.atomic import atomic_file, write_text
from f2a_manifests.errors import ManifestError
from f2a_manifests.record import COLUMNS, ENUMS, FLOATS, INTEGERS, Record

if TYPE_CHECKING:  # at run time in the functions that need it: importing it takes 0.2 s
    import pandas as pd

_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_WHOLE = re.compile(r"(-?[0-9]+)\.0+")  # how pandas writes a column of whole numbers with gaps
_INDEX = ["Unnamed: 0"]  # what `to_csv` writes without index=False
_MAX_PIXELS = 2**31
_MAX_PATH = 1000


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
    frame = _read_text(path).drop(columns=_INDEX, errors="ignore")
    missing = [name for name in COLUMNS if name not in frame.columns]
    extra = [name for name in frame.columns if name not in COLUMNS]
    if missing or extra:
        for mark, name in ((";", "semicolons"), ("\t", "tabs")):
            if len(frame.columns) == 1 and mark in frame.columns[0]:
                raise ManifestError(f"{path} is separated by {name}; save it with commas, as CSV (UTF-8)")
        raise ManifestError(
            f"{path}: not an f2a manifest: missing columns {missing}, unknown columns {extra}"
        )
    columns = [_convert(path, name, frame[name].tolist()) for name in COLUMNS]
    _check_unique(path, columns[0])
    return list(map(_record, zip(*columns, strict=True)))


def _record(cells: tuple[Any, ...]) -> Record:
    return Record(**dict(zip(COLUMNS, cells, strict=True)))


def write(path: Path, records: Sequence[Record]) -> None:
    """Publish a manifest atomically, with its JSON schema as ``NAME.schema.json`` beside it.

    Raises:
        FatalError: the disk is full or the folder is gone; the old manifest is untouched.
    """
    import pandas as pd  # noqa: PLC0415 -- see above

    columns = {name: _column(name, records) for name in COLUMNS}
    frame = pd.DataFrame(columns, columns=list(COLUMNS))
    with atomic_file(path) as file:
        frame.to_csv(file, index=False, lineterminator="\n", encoding="utf-8", quoting=_quoting(frame))
    schema = path.with_suffix(".schema.json")
    text = json.dumps(json_schema(), indent=2) + "\n"
    if not schema.exists() or schema.read_text("utf-8") != text:
        write_text(schema, text)


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


def _column(name: str, records: Sequence[Record]) -> "pd.Series[Any]":
    import pandas as pd  # noqa: PLC0415 -- see above

    values = [getattr(record, name) for record in records]
    if name in INTEGERS:
        return pd.Series(values, dtype="Int64")
    return pd.Series(values, dtype="float64" if name in FLOATS else "object")


def _quoting(frame: "pd.DataFrame") -> Literal[0, 2]:
    """Minimal, but where a carriage return stands in a cell (a file's name may hold one) all text."""
    texts = (frame[name] for name in COLUMNS if name not in INTEGERS | FLOATS)
    return csv.QUOTE_NONNUMERIC if any("\r" in "".join(column) for column in texts) else csv.QUOTE_MINIMAL


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
    parse = _parser(name)
    if parse is str:
        return cells
    values = []
    for number, cell in enumerate(cells, start=2):  # row 1 is the header, as a spreadsheet shows it
        try:
            values.append(parse(cell))
        except ValueError as error:
            raise ManifestError(f"{path}, row {number}, column {name}: {error}") from None
    return values


def _parser(name: str) -> Callable[[str], Any]:
    if name in INTEGERS:
        return _integer
    if name in FLOATS:
        return _float
    if name in ENUMS:
        return _enum(ENUMS[name])
    return {"id": _identifier, "path": _relative}.get(name, str)


def _enum(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    members = {member.value: member for member in kind}

    def parse(cell: str) -> StrEnum:
        if cell not in members:
            raise ValueError(f"{cell!r} is none of {sorted(members)}")
        return members[cell]

    return parse


def _integer(cell: str) -> int | None:
    if not cell:
        return None
    value = int(_whole(cell))
    if abs(value) > _MAX_PIXELS:
        raise ValueError(f"{cell} is out of range")
    return value


def _whole(cell: str) -> str:
    found = _WHOLE.fullmatch(cell)
    return found[1] if found else cell


def _float(cell: str) -> float | None:
    if not cell:
        return None
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError(f"{cell} is not a finite number")
    return value


def _identifier(cell: str) -> str:
    if not _ID.fullmatch(cell):
        raise ValueError(f"{cell!r} is not an id (letters, digits, - and _)")
    return cell


def _relative(cell: str) -> str:
    if cell.startswith("/") or ".." in cell.split("/") or any(mark in cell for mark in "\\:\0"):
        raise ValueError(f"{cell!r} leaves the workspace")
    if len(cell) > _MAX_PATH:
        raise ValueError("the path is too long")
    return cell


def _check_unique(path: Path, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for number, identifier in enumerate(ids, start=2):
        if identifier in seen:
            raise ManifestError(f"{path}, row {number}: the id {identifier} stands there twice")
        seen.add(identifier)

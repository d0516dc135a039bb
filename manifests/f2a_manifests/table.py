"""Reading and writing manifests: CSV, columns and types fixed by `Record`.

A manifest is untrusted until `read` has returned: every cell is checked, and the first
bad one is named by file, row and column.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from f2a_manifests.atomic import atomic_file, write_text
from f2a_manifests.cells import CODED, parser
from f2a_manifests.errors import ManifestError, no_manifest
from f2a_manifests.record import COLUMNS, ENUMS, FLOATS, INTEGERS, Record

if TYPE_CHECKING:  # at run time in the functions that need it: importing it takes 0.2 s
    import pandas as pd

    from f2a_manifests.arrow import Arrays

Columns = dict[str, list[Any]]
"""Cells by column."""
ADDED = frozenset({"detail", "box_from", "crop_x", "crop_y", "crop_side"})
"""Columns that the manifests of the version before this one lack; ``f2a-data upgrade`` fills them in."""
AS_TEXT: dict[str, Any] = {"dtype": str, "keep_default_na": False, "encoding": "utf-8-sig"}
"""How pandas reads a manifest: every cell as it stands there."""
INDEX = ["Unnamed: 0"]  # what `to_csv` writes without index=False
_ROWS = 10_000  # that are written at a time


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
    check_columns(path, cells)
    return records_of(path, cells)


def check_columns(path: Path, names: Collection[str]) -> None:
    """Check that the columns are `COLUMNS`, in any order; see `read` for errors."""
    _check_separator(path, names)
    missing = [name for name in COLUMNS if name not in names]
    extra = [name for name in names if name not in COLUMNS]
    if set(missing) == ADDED and not extra:
        raise ManifestError(f"{path} is of an earlier version; upgrade it with f2a-data upgrade")
    if missing or extra:
        raise ManifestError(
            f"{path}: not an f2a manifest: missing columns {missing}, unknown columns {extra}"
        )


def read_cells(path: Path) -> dict[str, list[str]]:
    """The text of every cell of a CSV file, by column, whatever the columns are.

    Raises:
        ManifestError: the file is missing or no CSV.
    """
    frame = _read_text(path).drop(columns=INDEX, errors="ignore")
    _check_separator(path, list(frame.columns))
    return {name: frame[name].tolist() for name in frame.columns}


def _check_separator(path: Path, names: Collection[str]) -> None:
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and mark in next(iter(names)):
            raise ManifestError(f"{path} is separated by {name}; save it with commas, as CSV (UTF-8)")


def records_of(
    path: Path, cells: Mapping[str, list[str]], before: int = 0, names: Sequence[str] = COLUMNS
) -> list[Record]:
    """The rows of a table whose columns are `COLUMNS`; see `read` for errors.

    Args:
        path: for error messages.
        cells: the text of the cells by column.
        before: how many rows stand before these in the file.
        names: the columns to take; at least ``id``, ``domain`` and ``source``. The others stay empty.
    """
    columns = [_convert(path, name, cells[name], before) for name in names]
    _check_unique(path, cells["id"], before)
    return [Record(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]


def write(path: Path, records: Sequence[Record]) -> None:
    """Publish a manifest atomically, with its JSON schema as ``NAME.schema.json`` beside it.

    Raises:
        FatalError: the disk is full or the folder is gone; the old manifest is untouched.
    """
    from f2a_manifests.arrow import arrays  # noqa: PLC0415 -- importing it takes 0.2 s

    parts = (records[start : start + _ROWS] for start in range(0, len(records), _ROWS))
    write_streams([path], ({path: arrays(cells(part))} for part in parts))


def write_streams(paths: Sequence[Path], chunks: Iterable[Mapping[Path, "Arrays"]]) -> None:
    """Publish several manifests whose rows come bit by bit, each atomically, the last one first.

    Args:
        paths: all of them; one that no row goes to has a header only.
        chunks: cells of all `COLUMNS`.

    Raises:
        FatalError: see `write`.
    """
    from f2a_manifests.csv_lines import lines  # noqa: PLC0415 -- see above

    with ExitStack() as stack:
        files = {path: stack.enter_context(atomic_file(path)) for path in paths}
        for file in files.values():
            file.write(",".join(COLUMNS).encode() + b"\n")
        for chunk in chunks:
            for path, columns in chunk.items():
                files[path].write(lines(columns[name] for name in COLUMNS))
    content = json.dumps(json_schema(), indent=2) + "\n"
    for path in paths:
        schema = path.with_suffix(".schema.json")
        if not schema.exists() or schema.read_text("utf-8") != content:
            write_text(schema, content)


def cells(records: Sequence[Record], names: Iterable[str] = COLUMNS) -> Columns:
    """The cells of records by column: flags and landmarks are text, all others as they are."""
    columns = {name: list(map(attrgetter(name), records)) for name in names}
    return columns | {name: list(map(CODED[name].encode, columns[name])) for name in CODED.keys() & columns}


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


def _read_text(path: Path) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 -- see above

    with naming(path):
        frame: pd.DataFrame = pd.read_csv(path, **AS_TEXT)
    return frame


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn what pandas says of a file into a `ManifestError` that names it."""
    import pandas as pd  # noqa: PLC0415 -- see above

    try:
        yield
    except FileNotFoundError:
        raise no_manifest(path) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ManifestError(f"{path}: not a CSV file: {error}") from error


def _convert(path: Path, name: str, cells: list[str], before: int) -> list[Any]:
    """Turn one column's text into its type; on failure find the row to name."""
    parse = parser(name)
    if parse is str:
        return cells
    try:
        return list(map(parse, cells))
    except ValueError:
        number, error = _first_bad(parse, cells)
        raise ManifestError(f"{path}, row {before + number}, column {name}: {error}") from None


def _first_bad(parse: Callable[[str], Any], cells: list[str]) -> tuple[int, ValueError]:
    """The first cell that cannot be read: its row, 1 being the header as a spreadsheet shows it."""
    for number, cell in enumerate(cells, start=2):
        try:
            parse(cell)
        except ValueError as error:
            return number, error
    raise AssertionError("called for cells that can all be read")


def _check_unique(path: Path, ids: Iterable[str], before: int) -> None:
    seen: set[str] = set()
    for number, identifier in enumerate(ids, start=2 + before):
        if identifier in seen:
            raise ManifestError(f"{path}, row {number}: the id {identifier} appears twice")
        seen.add(identifier)

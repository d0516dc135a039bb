"""Cells as a column of Arrow."""

from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import pyarrow as pa

from f2a_manifests.record import FLOATS, INTEGERS, OWN

Arrays = dict[str, pa.Array]
"""Cells by column."""
_CODES = {pa.int64(): "q", pa.uint64(): "Q", pa.float64(): "d"}
_EMPTY = {pa.string(): "", pa.binary(): b""}


def kind(name: str) -> pa.DataType:
    """The type of a record's column."""
    if name in INTEGERS:
        return pa.int64()
    if name in OWN:
        return pa.binary()
    return pa.float64() if name in FLOATS else pa.string()


def arrays(columns: Mapping[str, Sequence[Any]]) -> Arrays:
    """Columns of records; see `column` for errors."""
    return {name: column(cells, kind(name)) for name, cells in columns.items()}


def column(cells: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Build a column from its buffers.

    `pa.array` does the same, but imports pandas to check for its types. That takes 0.25 s in every process,
    as long as writing the rows of ten thousand images.

    Args:
        cells: text, bytes or numbers; None where there is none.
        kind: ``string``, ``binary``, ``int64``, ``uint64`` or ``float64``.

    Raises:
        UnicodeEncodeError: a text is not Unicode.
        OverflowError: a number or the whole text is too large.
    """
    validity = None
    if None in cells:
        validity = _validity(cells)
        cells = [_EMPTY.get(kind, 0) if cell is None else cell for cell in cells]
    return pa.Array.from_buffers(kind, len(cells), [validity, *_buffers(cells, kind)])


def _buffers(cells: Sequence[Any], kind: pa.DataType) -> list[pa.Buffer]:
    if kind == pa.binary():
        return _joined(cells, b"".join(cells))
    if kind == pa.string():
        text = "".join(cells)
        return _joined(cells if text.isascii() else [cell.encode() for cell in cells], text.encode())
    return [pa.py_buffer(array(_CODES[kind], cells))]


def _joined(cells: Sequence[str | bytes], whole: bytes) -> list[pa.Buffer]:
    """Where the cells end, and all of them one after the other."""
    return [pa.py_buffer(array("i", accumulate(map(len, cells), initial=0))), pa.py_buffer(whole)]


def _validity(cells: Sequence[Any]) -> pa.Buffer:
    """A bit for each cell, the first one lowest."""
    bits = "".join("0" if cell is None else "1" for cell in reversed(cells))
    return pa.py_buffer(int(bits, 2).to_bytes(-(-len(cells) // 8), "little"))

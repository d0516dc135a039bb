"""Columns of Arrow as lines of CSV, as Python's `csv` writes them; a whole table takes a few calls."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from f2a_manifests.arrow import column

_MARKS = (b'"', b",", b"\n", b"\r")
# Arrow turns a text into a scalar by way of pandas, which takes 0.2 s to import.
_NOTHING, _QUOTE, _COMMA, _END = column(["", '"', ",", "\n"], pa.string())


def lines(columns: Iterable[pa.Array]) -> bytes:
    """Lines that end with a line feed.

    Args:
        columns: of the same length: text, ``int64`` or ``float64``, at most 2 GB as text. Nulls become empty
            cells.
    """
    rows = pc.binary_join_element_wise(*map(_text, columns), _COMMA, null_handling="replace")
    ended = pc.binary_join_element_wise(rows, _NOTHING, _END)
    _, ends, text = ended.buffers()
    return text[: memoryview(ends).cast("i")[len(ended)]].to_pybytes() if len(ended) else b""


def _text(cells: pa.Array) -> pa.Array:
    if cells.null_count == len(cells):
        return pa.nulls(len(cells), pa.string())
    if pa.types.is_floating(cells.type):  # Arrow leaves out the point of 1.0
        return column([None if cell is None else repr(cell) for cell in cells.to_pylist()], pa.string())
    return _quoted(cells) if pa.types.is_string(cells.type) else cells.cast(pa.string())


def _quoted(cells: pa.Array) -> pa.Array:
    """With quotes around the cells that need them."""
    text = cells.buffers()[2]
    if text is None or not any(mark in memoryview(text).tobytes() for mark in _MARKS):
        return cells
    doubled = pc.replace_substring(cells, '"', '""')
    return pc.if_else(
        pc.match_substring_regex(cells, '[",\n\r]'),
        pc.binary_join_element_wise(_QUOTE, doubled, _QUOTE, _NOTHING),
        cells,
    )

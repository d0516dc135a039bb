"""Lines of CSV are those of Python's `csv`, whatever stands in the cells."""

import csv
import io
import subprocess
import sys
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f2a_manifests.csv_lines import lines

texts = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)
numbers = st.none() | st.integers(-(2**40), 2**40)
floats = st.none() | st.floats(allow_nan=False, allow_infinity=False)
rows = st.lists(st.tuples(texts, numbers, floats, texts), max_size=8)
KINDS = (pa.string(), pa.int64(), pa.float64(), pa.string())


def arrays(table: list[tuple[Any, ...]]) -> list[pa.Array]:
    columns = zip(*table, strict=True) if table else [()] * len(KINDS)
    return [pa.array(cells, kind) for cells, kind in zip(columns, KINDS, strict=True)]


def by_csv(table: list[tuple[Any, ...]]) -> bytes:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(table)
    return file.getvalue().encode()


@given(table=rows)
def test_lines_are_those_of_csv(table: list[tuple[Any, ...]]) -> None:
    assert lines(arrays(table)) == by_csv(table)


@given(table=rows, start=st.integers(0, 8), end=st.integers(0, 8))
def test_a_slice_has_its_own_lines_only(table: list[tuple[Any, ...]], start: int, end: int) -> None:
    assert lines(column[start:end] for column in arrays(table)) == by_csv(table[start:end])


@pytest.mark.parametrize("cell", ["\r", "a\rb", "a\r\nb"])
def test_a_carriage_return_stands_in_quotes(cell: str) -> None:
    assert lines([pa.array([cell, "x"]), pa.array(["1", "2"])]) == f'"{cell}",1\nx,2\n'.encode()


def test_writing_lines_does_not_import_pandas() -> None:
    """It is slow to import, and every command writes manifests."""
    code = """
import sys
from f2a_manifests.arrow import arrays
from f2a_manifests.csv_lines import lines
cells = arrays({"id": ["a", "b,"], "width": [1, None], "score": [None, 0.5]})
assert lines(cells.values()).split() == [b"a,1,", b'"b,",,0.5']
sys.exit("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

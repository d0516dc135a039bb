"""Cells become the columns that Arrow itself would make of them."""

import subprocess
import sys
from typing import Any

import pyarrow as pa
import pytest

from f2a_manifests import parquet
from f2a_manifests.arrow import arrays, column

COLUMNS: list[tuple[list[Any], pa.DataType]] = [
    ([], pa.string()),
    (["", "é", None, "a\0b", "x" * 1000] * 5, pa.string()),
    ([1, None, -3], pa.int64()),
    ([None] * 8, pa.int64()),
    ([0, 2**64 - 1], pa.uint64()),
    ([0.1, None, -1e300], pa.float64()),
]


@pytest.mark.parametrize(("cells", "kind"), COLUMNS)
def test_columns_are_those_of_arrow(cells: list[Any], kind: pa.DataType) -> None:
    made = column(cells, kind)
    made.validate(full=True)
    assert made.equals(pa.array(cells, kind))
    assert made.to_pylist() == cells


@pytest.mark.parametrize(("cell", "kind"), [(2**63, pa.int64()), ("1", pa.int64()), (1, pa.string())])
def test_cells_of_another_kind_are_refused(cell: object, kind: pa.DataType) -> None:
    with pytest.raises((OverflowError, TypeError, AttributeError)):
        column([cell], kind)


def test_writing_and_reading_a_shard_does_not_import_pandas() -> None:
    """It is slow to import, and every process of every stage writes shards."""
    code = """
import sys, tempfile
from pathlib import Path
from f2a_manifests import parquet
from f2a_manifests.shards import Layer
layer, folder = Layer("crop", 1, "0" * 16, "0" * 16, "0" * 16), Path(tempfile.mkdtemp())
about = parquet.Facts(rows=2, images=("id", "width"), faces=("id",))
parquet.write(folder, layer, about, {"id": ["a", "b"], "width": [1, None]}, {"id": ["c"]}, durable=False)
assert parquet.read(folder, layer)[1:] == ({"id": ["a", "b"], "width": [1, None]}, {"id": ["c"]})
sys.exit("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_images_without_faces_are_left_out_but_for_those_that_are_named() -> None:
    images = arrays({"id": ["a", "b", "c"], "sha256": ["1", "2", "3"]})
    faces = arrays({"parent": ["b", "b"]})
    assert parquet.with_faces(images, faces)["id"].to_pylist() == ["b"]
    assert parquet.with_faces(images, faces, {"3", "9"})["id"].to_pylist() == ["b", "c"]
    assert parquet.with_faces(images, {})["id"].to_pylist() == []

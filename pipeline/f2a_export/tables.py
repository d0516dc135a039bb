"""Writing a table as CSV, row by row."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from f2a_export.listing import Row
from f2a_manifests import atomic_file


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write some columns of the rows; see `f2a_manifests.atomic_file` for errors."""
    with atomic_file(path) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        writer = csv.DictWriter(text, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        text.detach()

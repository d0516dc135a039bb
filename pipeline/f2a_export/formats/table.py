"""Images and one CSV file of all that is known of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from f2a_export.chunks import Chunk
from f2a_export.files import FaceFiles
from f2a_export.item import Item
from f2a_export.listing import Listing
from f2a_export.tables import write_table

COLUMNS = (
    "file", "split", "domain", "id", "width", "height", "source", "source_id", "source_url", "rating",
    "artist", "tags", "box", "detector", "score", "group", "sha256",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Table(FaceFiles):
    """A folder of images and faces.csv, one row per face, for pandas and spreadsheets."""

    name: ClassVar[str] = "csv"
    loader: ClassVar[str] = """
import pandas as pd
faces = pd.read_csv("OUT/faces.csv")
"""

    def place(self, _chunk: Chunk, _number: int, item: Item) -> str:
        """See `FaceFiles`."""
        return f"images/{item.stem}"

    def finish(self, out: Path, listing: Listing) -> None:
        """Write ``faces.csv``."""
        write_table(out / "faces.csv", COLUMNS, (row for row in listing.rows() if row["file"]))

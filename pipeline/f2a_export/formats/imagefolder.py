"""A Hugging Face image folder: images, and ``metadata.csv`` for each split."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from f2a_export.chunks import Chunk
from f2a_export.files import FaceFiles
from f2a_export.hugging_face import configs
from f2a_export.item import Item
from f2a_export.listing import Listing, Row
from f2a_export.tables import write_table
from f2a_manifests import Subset

_TEXTS = ("id", "domain", "rating", "source_url", "artist", "tags", "detector")
COLUMNS = ("file_name", *_TEXTS, "origin", "box", "score")
_UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class ImageFolder(FaceFiles):
    """A Hugging Face image folder with metadata.csv, for datasets.load_dataset."""

    name: ClassVar[str] = "imagefolder"
    loader: ClassVar[str] = """
from datasets import load_dataset
faces = load_dataset("OUT")
"""

    def place(self, chunk: Chunk, _number: int, item: Item) -> str:
        """See `FaceFiles`; in 256 folders, since the Hub wants less than 10,000 files in one."""
        return f"{chunk.split}/{item.stem[:2]}/{item.stem}"

    def finish(self, out: Path, listing: Listing) -> None:
        """Write ``SPLIT/metadata.csv``."""
        for split in Subset:
            if split and (out / split).is_dir():
                write_table(out / split / "metadata.csv", COLUMNS, _metadata(listing, split))

    def front_matter(self, splits: Sequence[Subset]) -> str:
        """See `configs`."""
        return "".join(configs(splits, "{split}/**", "  drop_labels: true\n"))


def _metadata(listing: Listing, split: Subset) -> Iterator[Row]:
    """The rows of a split.

    `datasets` guesses the type of each column, in each split by itself, and refuses other guesses in another
    split. So no text may be empty or look like a number in one split only.
    """
    for row in listing.rows():
        if row["split"] == split and row["file"]:
            texts = {name: row[name] or _UNKNOWN for name in _TEXTS}
            names = {
                "file_name": row["file"].removeprefix(f"{split}/"),
                "origin": f"{row['source']}/{row['source_id']}",
            }
            yield {**names, **texts, "box": row["box"] or _UNKNOWN, "score": row["score"]}

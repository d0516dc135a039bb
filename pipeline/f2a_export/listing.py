"""What was exported, one row per item: first a part for each chunk, at the end ``manifest.csv``.

A part is written when all files of its chunk are: it is what a later run skips the chunk by.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from f2a_export.item import Item
from f2a_export.pictures import Picture
from f2a_manifests import FatalError, Reason, Unusable, atomic_file, write_bytes

MANIFEST = "manifest.csv"
_PARTS = ".parts"
COLUMNS = (
    "file", "id", "split", "domain", "width", "height", "sha256", "source", "source_id", "source_url",
    "rating", "artist", "tags", "box", "detector", "score", "group", "reason", "detail",
)  # fmt: skip

Row = dict[str, str]


def row_of(item: Item, file: str, picture: Picture) -> Row:
    """The row of an exported item.

    Args:
        item: what it is.
        file: where it is, below the export's folder; of a shard the shard and the key in it.
        picture: what was written.
    """
    size = {"width": str(picture.width), "height": str(picture.height)}
    return {"file": file, **_about(item), **size, "sha256": picture.sha256, "reason": "", "detail": ""}


def left_out(item: Item, error: Unusable) -> Row:
    """The row of an item that cannot be exported: it has no file, but a reason."""
    nothing = dict.fromkeys(("file", "width", "height", "sha256"), "")
    return {**nothing, **_about(item), "reason": error.reason.value, "detail": error.detail}


def _about(item: Item) -> Row:
    row, image = item.row, item.image
    return {
        "id": row.id,
        "split": item.split.value,
        "domain": row.domain.value,
        "source": row.source,
        "source_id": row.source_id,
        "source_url": row.source_url,
        "rating": row.rating,
        "artist": image.artist,
        "tags": image.tags,
        "box": ";".join(" ".join(map(str, box)) for box in item.boxes),
        "detector": row.detector,
        "score": "" if row.score is None else repr(row.score),
        "group": row.group,
    }


class Listing:
    """The parts of an export.

    Args:
        out: the export's folder.
    """

    def __init__(self, out: Path) -> None:
        self._out, self._folder = out, out / _PARTS

    @property
    def complete(self) -> bool:
        """Whether the manifest is there: it is written last."""
        return (self._out / MANIFEST).exists()

    def has(self, number: int) -> bool:
        """Whether a chunk's part is there."""
        return self._part(number).exists()

    def add(self, number: int, rows: Iterable[Row]) -> None:
        """Write a chunk's part.

        Raises:
            FatalError: the disk is full, or the folder is gone.
        """
        self._folder.mkdir(exist_ok=True)
        text = io.StringIO()
        _write(text, rows)
        write_bytes(self._part(number), text.getvalue().encode("utf-8", "backslashreplace"), durable=False)

    def rows(self) -> Iterator[Row]:
        """All rows, in the order of the chunks, one at a time.

        Raises:
            FatalError: a part is damaged.
        """
        for path in [self._out / MANIFEST] if self.complete else sorted(self._folder.glob("*.csv")):
            with path.open(newline="", encoding="utf-8") as file:
                reader = csv.DictReader(file)
                if tuple(reader.fieldnames or ()) != COLUMNS:
                    raise FatalError(f"{path} is damaged; delete {self._out} and export again")
                yield from reader

    def finish(self) -> None:
        """Join the parts into the manifest, and delete them."""
        with atomic_file(self._out / MANIFEST) as file:
            text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
            _write(text, self.rows())
            text.detach()
        for path in self._folder.glob("*"):
            path.unlink()
        self._folder.rmdir()

    def _part(self, number: int) -> Path:
        return self._folder / f"{number:08}.csv"


def _write(file: IO[str], rows: Iterable[Row]) -> None:
    writer = csv.DictWriter(file, COLUMNS)  # CRLF, so that a name with either of them in it is quoted
    writer.writeheader()
    writer.writerows(rows)


def failed(row: Row) -> bool:
    """Whether something is wrong with an item; a face too small for the size is only left out."""
    return row["reason"] not in ("", Reason.TOO_SMALL)

"""The interface of export formats. To add one, add a file and an entry point."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from f2a_export.chunks import Chunk
from f2a_export.item import Item, faces_of
from f2a_export.listing import Listing, Row
from f2a_export.pictures import Crops, PictureReader, Recut
from f2a_faces.crop import Size
from f2a_manifests import Domain, Subset, Unit, Workspace


class Format(Protocol):
    """A frozen dataclass whose fields are its options. Its docstring is the command's help.

    Attributes:
        name: the command's name.
        per_chunk: the number of items that are written, or skipped when an export is resumed, together.
        loader: lines of Python that load an export, with ``OUT`` for its folder; for its README.
    """

    name: ClassVar[str]
    loader: ClassVar[str]

    @property
    def per_chunk(self) -> int:
        """See above."""

    def items(self, units: Iterable[Unit]) -> Iterator[Item]:
        """What to export, in the order of the units."""

    def reader(self, workspace: Workspace) -> PictureReader:
        """Where the pictures come from."""

    def write(self, chunk: Chunk, reader: PictureReader, out: Path) -> Iterator[Row]:
        """Write a chunk's files, replacing those of a killed run, and yield a row for each item."""

    def finish(self, out: Path, listing: Listing) -> None:
        """Write the files that need all rows, after all chunks."""

    def front_matter(self, splits: Sequence[Subset]) -> str:
        """What stands above the README's text, for loaders; may be empty."""


@dataclass(frozen=True, kw_only=True)
class Faces:
    """Formats of faces.

    Attributes:
        size: cut the faces again from the source images, this many pixels a side.
        domain: export only anime or only human faces.
    """

    size: Size | None = None
    domain: Domain | None = None

    @property
    def per_chunk(self) -> int:
        """See `Format`."""
        return 1000

    def items(self, units: Iterable[Unit]) -> Iterator[Item]:
        """The kept faces."""
        return faces_of(units, self.domain)

    def reader(self, workspace: Workspace) -> PictureReader:
        """The crops, or new ones."""
        return Recut(workspace, self.size) if self.size else Crops(workspace)

    def finish(self, out: Path, listing: Listing) -> None:
        """Nothing."""

    def front_matter(self, _splits: Sequence[Subset]) -> str:
        """None."""
        return ""

"""Base classes of formats with one file for each face or image."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from f2a_export.base import Faces
from f2a_export.chunks import Chunk
from f2a_export.item import Item, images_of
from f2a_export.listing import Row, left_out, row_of
from f2a_export.pictures import Picture, PictureReader, Sources
from f2a_manifests import Domain, Reason, Subset, Unit, Unusable, Workspace
from f2a_manifests.atomic import copy as copy_file
from f2a_manifests.atomic import link_or_copy, write_bytes


@dataclass(frozen=True, kw_only=True)
class FaceFiles(Faces):
    """Formats in which each face is a file.

    Attributes:
        copy: copy the files; without it they are hard links where the disk allows it.
    """

    copy: bool = False

    def place(self, chunk: Chunk, number: int, item: Item) -> str:
        """The file of an item, without its suffix, below the export's folder.

        Args:
            chunk: to which it belongs.
            number: of the item in its chunk, from 0.
            item: what it is.
        """
        raise NotImplementedError

    def write(self, chunk: Chunk, reader: PictureReader, out: Path) -> Iterator[Row]:
        """See `Format`."""
        for number, item in enumerate(chunk.items):
            yield put(out, self.place(chunk, number, item), item, reader, copy=self.copy)


@dataclass(frozen=True, kw_only=True)
class BoxedImages:
    """Formats of source images with the boxes of their faces.

    Attributes:
        domain: export only illustrations or only photos.
        copy: copy the files; without it they are hard links where the disk allows it.
    """

    domain: Domain | None = None
    copy: bool = False

    @property
    def per_chunk(self) -> int:
        """See `Format`."""
        return 1000

    def items(self, units: Iterable[Unit]) -> Iterator[Item]:
        """The images with a kept face."""
        return images_of(units, self.domain)

    def reader(self, workspace: Workspace) -> PictureReader:
        """The source images."""
        return Sources(workspace)

    def front_matter(self, _splits: Sequence[Subset]) -> str:
        """None."""
        return ""


def put(
    out: Path,
    place: str,
    item: Item,
    reader: PictureReader,
    *,
    copy: bool,
    beside: Callable[[Picture], dict[str, str]] = lambda _: {},
) -> Row:
    """Write one picture, and give its row.

    Args:
        out: the export's folder.
        place: below it, without a suffix.
        item: what it is.
        reader: gives its picture.
        copy: copy rather than link.
        beside: further texts, by their place below ``out``.
    """
    try:
        picture = reader(item)
        file = f"{place}.{picture.suffix}"
        _store(out / file, picture, copy=copy)
    except Unusable as error:
        return left_out(item, error)
    for name, text in beside(picture).items():
        write(out / name, text.encode())
    return row_of(item, file, picture)


def write(path: Path, data: bytes) -> None:
    """Replace a file of the export, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, data, durable=False)


def _store(path: Path, picture: Picture, *, copy: bool) -> None:
    if isinstance(picture.content, bytes):
        write(path, picture.content)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        (copy_file if copy else link_or_copy)(path, picture.content)
    except OSError as error:  # of the original; what concerns the export's folder is fatal
        raise Unusable(Reason.FILE_UNREADABLE, error.strerror or str(error)) from None

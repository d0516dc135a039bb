"""Reading and writing one shard's file: Parquet, the image rows first, then the face rows.

A file holds only what its stage changed, as columns of the whole shard: `Facts` says which columns count for
image rows and which for face rows. Where a stage changed which faces there are, all columns of faces do.
Shards may come from outside, so `units` checks every cell as `table.read` does.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from f2a_manifests.arrow import Arrays, column, kind
from f2a_manifests.atomic import atomic_file
from f2a_manifests.cells import CODED, parser
from f2a_manifests.errors import ManifestError
from f2a_manifests.record import COLUMNS, ENUMS, FLOATS, INTEGERS, OWN, STORED, Domain, Record
from f2a_manifests.shards import Chain, Layer
from f2a_manifests.table import Columns
from f2a_manifests.workspace import Unit

T = TypeVar("T")
KEY, SIZE = "_key", "_faces"
"""Of image rows: a hash of the unit as the stage read it (0: work on it again), and its number of faces."""
_RECORD = partial(Record, domain=Domain.ANIME, source="")  # where these columns were not read
_NUMBERS = tuple(range(8192))  # most pixels of most boxes; a million faces share them, which saves 0.1 GB
_MOST_ROWS = 5_000_000  # of a file from outside; a shard has some thousands


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The metadata of a shard's file, which can be read without its rows.

    Attributes:
        rows: image rows.
        images: the columns that count for image rows.
        faces: the columns that count for face rows; with ``id``, all faces there are.
        identity: of the stage, in full.
        again: images that the stage must process again, because of an error or an edit.
        errors: images on which the stage failed, or on some of their faces.
        counts: rows of the shard after the stage, see `f2a_engine.counts`.
    """

    rows: int
    images: Sequence[str] = ()
    faces: Sequence[str] = ()
    identity: str = ""
    again: int = 0
    errors: int = 0
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def images_in_all(self) -> int:
        """The number of image rows in the shard, also if the file has no columns for them."""
        return sum(self.counts.get("images", {}).values())


def facts(folder: Path, layer: Layer) -> Facts:
    """The metadata of a file.

    Raises:
        ManifestError: the file is damaged.
    """
    path = folder / layer.name
    return _checked(path, lambda: _facts_of(path, path.stat().st_mtime_ns))


def write(
    folder: Path, layer: Layer, about: Facts, images: Columns, faces: Columns, *, durable: bool
) -> None:
    """Write a file atomically.

    Args:
        folder: ``shards/``.
        layer: which.
        about: its facts; its columns are those of ``images`` and ``faces``, but for `KEY` and `SIZE`.
        images: cells of all image rows.
        faces: cells of all face rows.
        durable: see `atomic_file`.
    """
    counts = len(next(iter(images.values()), ())), len(next(iter(faces.values()), ()))
    names = [name for name in (KEY, SIZE, *STORED) if name in images or name in faces]
    table = pa.table(
        {
            name: column(
                images.get(name, [None] * counts[0]) + faces.get(name, [None] * counts[1]), _type(name)
            )
            for name in names
        },
        metadata={"f2a": json.dumps({field.name: getattr(about, field.name) for field in fields(about)})},
    )
    path = folder / layer.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path, durable=durable) as file:
        pq.write_table(table, file, compression="zstd")


def read(folder: Path, layer: Layer, wanted: Iterable[str] = COLUMNS) -> tuple[Facts, Columns, Columns]:
    """Read the wanted columns that a file has: cells of image rows, and of face rows.

    Raises:
        ManifestError: the file is damaged.
    """
    wanted = frozenset(wanted)
    about, images, faces = _read(folder / layer.name, wanted, wanted)
    return about, as_lists(images), as_lists(faces)


def merged(
    folder: Path, chain: Chain, of_images: Iterable[str] = COLUMNS, of_faces: Iterable[str] = COLUMNS
) -> tuple[Columns, Columns]:
    """As `merged_arrays`, as values of Python."""
    images, faces = merged_arrays(folder, chain, of_images, of_faces)
    return as_lists(images), as_lists(faces)


def merged_arrays(
    folder: Path, chain: Chain, of_images: Iterable[str] = COLUMNS, of_faces: Iterable[str] = COLUMNS
) -> tuple[Arrays, Arrays]:
    """A shard's rows after the last layer of a chain: cells of image rows, and of face rows.

    Raises:
        ManifestError: a file is damaged.
    """
    missing, missing_of_faces = set(of_images), set(of_faces)
    images: Arrays = {}
    faces: Arrays = {}
    for layer in reversed(chain):
        if layer.content == layer.inputs and OWN.isdisjoint(missing_of_faces):
            continue  # it changed nothing, or columns of `OWN`
        about, new_images, new_faces = _read(folder / layer.name, missing, missing_of_faces)
        images |= new_images
        faces |= new_faces
        missing -= images.keys()
        missing_of_faces -= missing_of_faces if "id" in about.faces else faces.keys()
        if not missing | missing_of_faces:
            break
    return _in_order(images), _in_order(faces)


def with_faces(images: Arrays, faces: Arrays, also: Collection[str] = ()) -> Arrays:
    """The image rows of which there are faces, and those with one of these SHA-256."""
    import pyarrow.compute as pc  # noqa: PLC0415 -- importing it takes 0.1 s, of every command

    chosen = pc.is_in(images["id"], faces["parent"] if faces else column([], pa.string()))
    if also:
        chosen = pc.or_(chosen, pc.is_in(images["sha256"], column([*also], pa.string())))
    return {name: cells.filter(chosen) for name, cells in images.items()}


def units(
    images: Columns, faces: Columns, where: Path, make_image: Callable[..., Record] = _RECORD
) -> list[Unit]:
    """Build units from cells, which are checked; missing columns stay empty.

    Args:
        images: at least ``id``.
        faces: at least ``parent``; of image rows that are not there.
        where: for error messages.
        make_image: makes an image row of its cells.

    Raises:
        ManifestError: a cell is of the wrong type, or a face names no image.
    """
    same: dict[str, str] = {}
    made = {image.id: Unit(image) for image in records(images, where, same, make_image)}
    for face in records(faces, where, same):
        if face.parent not in made:
            raise ManifestError(f"{where}: face {face.id} names no image of its shard")
        made[face.parent].faces.append(face)
    return list(made.values())


def records(
    columns: Columns,
    where: Path,
    same: dict[str, str] | None = None,
    make: Callable[..., Record] = _RECORD,
) -> list[Record]:
    """Records from cells; see `units`.

    Args:
        columns: their cells.
        where: for error messages.
        same: texts by themselves. Equal cells share one of them: a shard repeats a few words, and its ids.
        make: makes a record of its cells.
    """
    if not columns:
        return []
    share = ({} if same is None else same).setdefault
    names = tuple(columns)
    values = [
        [share(cell, cell) for cell in cells] if cells and type(cells[0]) is str else cells
        for cells in (_decoded_cells(name, columns[name], where) for name in names)
    ]
    return [make(**dict(zip(names, row, strict=True))) for row in zip(*values, strict=True)]


def _read(
    path: Path, of_images: AbstractSet[str], of_faces: AbstractSet[str]
) -> tuple[Facts, Arrays, Arrays]:
    return _checked(path, lambda: _read_file(path, of_images, of_faces))


def _read_file(
    path: Path, of_images: AbstractSet[str], of_faces: AbstractSet[str]
) -> tuple[Facts, Arrays, Arrays]:
    with pa.OSFile(str(path)) as opened, pq.ParquetFile(opened, pre_buffer=False) as file:
        if file.metadata.num_rows > _MOST_ROWS:
            raise ValueError("more rows than a shard has")
        about = _facts(file.metadata.metadata or {})
        own = {KEY, SIZE} & set(file.schema_arrow.names)
        of_images, of_faces = of_images & {*about.images, *own}, of_faces & {*about.faces}
        names = [name for name in (KEY, SIZE, *STORED) if name in of_images or name in of_faces]
        table = file.read(columns=names, use_threads=False)
    images: Arrays = {}
    faces: Arrays = {}
    for name in names:
        cells, wanted_type = table[name], _type(name)
        cells = (cells if cells.type == wanted_type else cells.cast(wanted_type)).combine_chunks()
        if name in of_images:
            images[name] = cells[: about.rows]
        if name in of_faces:
            faces[name] = cells[about.rows :]
    return about, images, faces


@lru_cache(maxsize=50_000)
def _facts_of(path: Path, _time: int) -> Facts:
    with pa.OSFile(str(path)) as file:
        return _facts(pq.read_metadata(file).metadata or {})


def _facts(metadata: Mapping[bytes, bytes]) -> Facts:
    return Facts(**json.loads(metadata[b"f2a"]))


def _type(name: str) -> pa.DataType:
    return {KEY: pa.uint64(), SIZE: pa.int64()}.get(name) or kind(name)


def _checked(path: Path, reads: Callable[[], T]) -> T:
    try:
        return reads()
    except FileNotFoundError:
        raise ManifestError(f"{path} has been replaced by another command; run this one again") from None
    except (OSError, ValueError, TypeError, KeyError, pa.ArrowException) as error:
        problem = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ManifestError(f"{path} is damaged ({problem}); delete it, and run the stages again") from None


def as_lists(columns: Arrays) -> Columns:
    """The cells as values of Python."""
    return {name: cells.to_pylist() for name, cells in columns.items()}


def _in_order(columns: Arrays) -> Arrays:
    return {name: columns[name] for name in STORED if name in columns}


def _decoded_cells(name: str, values: list[Any], where: Path) -> list[Any]:
    """Cells as a record has them; one that fills a whole column, as many do in a shard, is looked at once."""
    if values and values.count(values[0]) == len(values):
        return _decoded(name, values[:1], where) * len(values)
    return _decoded(name, values, where)


def _decoded(name: str, values: list[Any], where: Path) -> list[Any]:
    try:
        if name in CODED or name in ENUMS or name in ("id", "path"):
            return list(map(parser(name), values))
    except (ValueError, TypeError) as error:
        raise ManifestError(f"{where}, column {name}: {error}") from None
    if name in INTEGERS:
        return [_NUMBERS[value] if value and 0 < value < len(_NUMBERS) else value for value in values]
    if name not in FLOATS and None in values:
        raise ManifestError(f"{where}, column {name}: a cell is missing")
    return values

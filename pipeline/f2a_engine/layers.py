"""Writing what a stage did to one shard, and taking finished rows apart into what each stage did."""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from f2a_engine.counts import Counts
from f2a_engine.stages import order, order_names
from f2a_manifests import COLUMNS, Record, Status, Unit
from f2a_manifests import parquet as files
from f2a_manifests.parquet import KEY, SIZE, Facts
from f2a_manifests.shards import Chain, Layer, digest
from f2a_manifests.table import Columns, cells

_EMPTY = {column: field_.default for column, field_ in Record.__dataclass_fields__.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who writes a layer.

    Attributes:
        stage: the name of a stage, or `COLLECT`.
        identity: all that its results depend on, in words.
        recipe: a hash of that, see `f2a_manifests.shards`.
    """

    stage: str
    identity: str
    recipe: str

    @classmethod
    def of(cls, stage: str, identity: str, *also: str) -> "Author":
        """With the recipe of the identity, and of what else the result depends on."""
        return cls(stage=stage, identity=identity, recipe=digest((identity, *also)))


@dataclass(slots=True)
class Draft:
    """Rows of one shard before and after a stage, on the way to a file.

    Attributes:
        before: cells of image rows and of face rows as the stage reads them; only what it can change.
        inputs: the hash of those rows.
        internal: cells of `KEY` and `SIZE`.
        again: images that the stage must be tried on again, beside those with errors.
    """

    before: tuple[Columns, Columns]
    inputs: str
    internal: Columns = field(default_factory=dict)
    again: int = 0

    @classmethod
    def of(cls, units: Sequence[Unit], inputs: str) -> "Draft":
        """Take down all rows of a shard."""
        return cls(rows_of(units), inputs)

    def layer(self, shard: int, author: Author, units: Sequence[Unit], counts: Counts) -> "NewLayer":
        """What is different now."""
        columns = tuple(self.before[0]), tuple(self.before[1])
        images, faces = changes(self.before, rows_of(units, *columns))
        content = digest((self.inputs, json.dumps([images, faces]))) if images or faces else self.inputs
        failed = sum(failed_in(unit, author.stage) for unit in units)
        about = Facts(
            rows=len(units) if images or self.internal else 0,
            images=tuple(images),
            faces=tuple(faces),
            identity=author.identity,
            again=failed + self.again,
            errors=failed,
            counts=counts.raw(),
        )
        layer = Layer(author.stage, shard, author.recipe, self.inputs, content)
        return NewLayer(layer, about, self.internal | images, faces)


@dataclass(frozen=True, slots=True)
class NewLayer:
    """A layer that is not written yet."""

    layer: Layer
    about: Facts
    images: Columns
    faces: Columns

    def write(self, folder: Path, *, durable: bool = True) -> Layer:
        """Write it; see `f2a_manifests.parquet.write`."""
        files.write(folder, self.layer, self.about, self.images, self.faces, durable=durable)
        return self.layer


def rows_of(
    units: Iterable[Unit], of_images: Sequence[str] = COLUMNS, of_faces: Sequence[str] = COLUMNS
) -> tuple[Columns, Columns]:
    """The cells of units: of image rows, and of face rows."""
    units = list(units)
    return (
        cells([unit.image for unit in units], of_images),
        cells([face for unit in units for face in unit.faces], of_faces),
    )


def changes(before: tuple[Columns, Columns], after: tuple[Columns, Columns]) -> tuple[Columns, Columns]:
    """The columns that differ; all columns of faces where there are others."""
    images, faces = (
        {name: cells for name, cells in now.items() if cells != then.get(name)}
        for then, now in zip(before, after, strict=True)
    )
    return images, after[1] if "id" in faces else faces


def keys(rows: tuple[Columns, Columns], units: Iterable[Unit]) -> list[int]:
    """A hash of each unit as a stage reads it; never 0.

    Args:
        rows: the cells of all columns, as `rows_of` gives them.
        units: the units.
    """
    images, faces = (zip(*columns.values(), strict=True) for columns in rows)
    return [_key([next(images), *islice(faces, len(unit.faces))]) for unit in units]


def _key(rows: list[tuple[Any, ...]]) -> int:
    text = json.dumps(rows).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) or 1


def failed_in(unit: Unit, stage: str) -> bool:
    """Whether a stage failed on an image, or on one of its faces."""
    return any(row.stage == stage and row.status is Status.ERROR for row in (unit.image, *unit.faces))


def internal(units: Sequence[Unit], known: Sequence[int]) -> Columns:
    """The columns by which finished images are known again."""
    return {KEY: list(known), SIZE: [len(unit.faces) for unit in units]}


def collected(shard: int, author: Author, units: Sequence[Unit]) -> NewLayer:
    """What a source says."""
    nothing: Columns = {name: [] for name in COLUMNS}
    return Draft((nothing, nothing), "0" * 16).layer(shard, author, units, Counts.of(units))


def load(
    folder: Path, chain: Chain, of_images: Iterable[str] = COLUMNS, of_faces: Iterable[str] = COLUMNS
) -> list[Unit]:
    """All rows of a shard, as the last layer of a chain left them, with some columns or all."""
    return files.units(*files.merged(folder, chain, of_images, of_faces), where=folder / chain[0].name)


def as_before(units: Iterable[Unit], name: str) -> list[Unit]:
    """Copies of the rows as the stages before ``name`` left them; ``""`` is after all stages."""
    again = order()[order_names().index(name) :] if name else ()
    columns = [column for stage in again for column in stage.owns]
    later = {stage.name for stage in again}
    return [_unit_before(unit, columns, later) for unit in units]


def take_apart(
    folder: Path, shard: int, authors: Sequence[Author], units: Sequence[Unit], changed: Collection[str] = ()
) -> list[Layer]:
    """Write finished rows as the layers that make them.

    Args:
        folder: ``shards/``.
        shard: its number.
        authors: who wrote the rows: `COLLECT`, and the stages that have run, in order.
        units: the rows.
        changed: the ids of images whose rows are not what the stages made of them.
    """
    first, *stages = authors
    layers = [collected(shard, first, as_before(units, order_names()[0]))]
    for author in stages:
        before = as_before(units, author.stage)
        after = as_before(units, (*order_names(), "")[order_names().index(author.stage) + 1])
        draft = Draft.of(before, layers[-1].layer.content)
        found = zip(before, keys(draft.before, before), strict=True)
        known = [0 if unit.image.id in changed else key for unit, key in found]
        draft.internal, draft.again = internal(after, known), known.count(0)
        layers.append(draft.layer(shard, author, after, Counts.of(after)))
    # The source's file last: until then the old files are valid, from then on the new ones.
    return [layer.write(folder) for layer in reversed(layers)]


def authors_of(folder: Path, chain: Chain) -> list[Author]:
    """Who wrote the layers of a shard."""
    return [
        Author(stage=layer.stage, identity=files.facts(folder, layer).identity, recipe=layer.recipe)
        for layer in chain
    ]


def remove(folder: Path, layers: Iterable[Layer | None], but: Iterable[Layer] = ()) -> None:
    """Delete files that others have replaced."""
    kept = {layer.name for layer in but}
    for layer in layers:
        if layer and layer.name not in kept:
            (folder / layer.name).unlink(missing_ok=True)


def _unit_before(unit: Unit, columns: Iterable[str], names: Collection[str]) -> Unit:
    faces = [copy(face) for face in unit.faces if "detect" not in names or face.box_came_with_source]
    for face in faces:
        for column in columns:
            setattr(face, column, _EMPTY[column])
    made = Unit(copy(unit.image), faces)
    for record in (made.image, *faces):
        if record.stage in names:
            record.keep()
    return made

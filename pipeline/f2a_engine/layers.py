"""Layers: what one stage changed in one shard. Write them, and split finished rows into layers."""

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
from f2a_manifests import COLUMNS, STORED, Record, Status, Unit
from f2a_manifests import parquet as files
from f2a_manifests.parquet import KEY, SIZE, Facts
from f2a_manifests.record import OWN
from f2a_manifests.shards import Chain, Layer, digest
from f2a_manifests.table import Columns, cells

_EMPTY = {column: field_.default for column, field_ in Record.__dataclass_fields__.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """The stage that writes a layer, and its identity.

    Attributes:
        stage: the name of a stage, or `COLLECT`.
        identity: all that its results depend on, as text.
        recipe: a hash of that, see `f2a_manifests.shards`.
    """

    stage: str
    identity: str
    recipe: str

    @classmethod
    def of(cls, stage: str, identity: str, *also: str) -> "Author":
        """Compute the recipe from the identity and what else the result depends on."""
        return cls(stage=stage, identity=identity, recipe=digest((identity, *also)))


@dataclass(slots=True)
class Draft:
    """A layer in the making: the rows of one shard before a stage changes them.

    Attributes:
        before: cells of image rows and of face rows as the stage reads them; only what it can change.
        inputs: the hash of those rows.
        internal: cells of `KEY` and `SIZE`.
        again: the number of images to process again, besides those with errors.
    """

    before: tuple[Columns, Columns]
    inputs: str
    internal: Columns = field(default_factory=dict)
    again: int = 0

    @classmethod
    def of(cls, units: Sequence[Unit], inputs: str) -> "Draft":
        """Record all rows of a shard."""
        return cls(rows_of(units), inputs)

    def layer(self, shard: int, author: Author, units: Sequence[Unit], counts: Counts) -> "NewLayer":
        """The layer with what has changed."""
        columns = tuple(self.before[0]), tuple(self.before[1])
        images, faces = changes(self.before, rows_of(units, *columns))
        said = images, {name: cells for name, cells in faces.items() if name not in OWN}
        content = digest((self.inputs, json.dumps(said))) if any(said) else self.inputs
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
    units: Iterable[Unit], of_images: Sequence[str] = COLUMNS, of_faces: Sequence[str] = STORED
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
    """Hash each unit as a stage reads it; never 0.

    Args:
        rows: the cells of all columns, as `rows_of` gives them.
        units: the units.
    """
    images, faces = (
        zip(*(cells for name, cells in columns.items() if name not in OWN), strict=True) for columns in rows
    )
    return [_key([next(images), *islice(faces, len(unit.faces))]) for unit in units]


def _key(rows: list[tuple[Any, ...]]) -> int:
    text = json.dumps(rows).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) or 1


def failed_in(unit: Unit, stage: str) -> bool:
    """Whether a stage failed on an image, or on one of its faces."""
    return any(row.stage == stage and row.status is Status.ERROR for row in (unit.image, *unit.faces))


def internal(units: Sequence[Unit], known: Sequence[int]) -> Columns:
    """The internal columns, by which finished images are recognised later."""
    return {KEY: list(known), SIZE: [len(unit.faces) for unit in units]}


def collected(shard: int, author: Author, units: Sequence[Unit]) -> NewLayer:
    """The first layer of a shard: what the source says."""
    nothing: tuple[Columns, Columns] = {name: [] for name in COLUMNS}, {name: [] for name in STORED}
    return Draft(nothing, "0" * 16).layer(shard, author, units, Counts.of(units))


def load(
    folder: Path,
    chain: Chain,
    of_images: Iterable[str] = COLUMNS,
    of_faces: Iterable[str] = STORED,
    without_faces: Collection[str] | None = None,
) -> list[Unit]:
    """Read the rows of a shard after the last layer of a chain, with some columns or all.

    Args:
        folder: ``shards/``.
        chain: the layers.
        of_images: columns of image rows.
        of_faces: columns of face rows.
        without_faces: the SHA-256 of images to read although they have no faces; None: all images.
    """
    images, faces = files.merged_arrays(folder, chain, of_images, of_faces)
    if without_faces is not None:
        images = files.with_faces(images, faces, without_faces)
    return files.units(files.as_lists(images), files.as_lists(faces), where=folder / chain[0].name)


def as_before(units: Iterable[Unit], name: str) -> list[Unit]:
    """Copies of the rows as they were before the stage ``name``; ``""``: after all stages."""
    again = order()[order_names().index(name) :] if name else ()
    columns = [column for stage in again for column in stage.owns]
    later = {stage.name for stage in again}
    return [_unit_before(unit, columns, later) for unit in units]


def split_into_layers(
    folder: Path, shard: int, authors: Sequence[Author], units: Sequence[Unit], changed: Collection[str] = ()
) -> list[Layer]:
    """Write finished rows as layers, one for each stage.

    Args:
        folder: ``shards/``.
        shard: its number.
        authors: `COLLECT`, and the stages that have run, in order.
        units: the rows.
        changed: the ids of images that were edited, so that the stages process them again.
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
    # The source's layer last: until it is written the old layers are valid.
    return [layer.write(folder) for layer in reversed(layers)]


def authors_of(folder: Path, chain: Chain) -> list[Author]:
    """The authors of a shard's layers."""
    return [
        Author(stage=layer.stage, identity=files.facts(folder, layer).identity, recipe=layer.recipe)
        for layer in chain
    ]


def remove(folder: Path, layers: Iterable[Layer | None], but: Iterable[Layer] = ()) -> None:
    """Delete layers that were replaced."""
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

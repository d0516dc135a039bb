"""Import CSV manifests that the user has edited or added: their rows replace those of the shards.

This is refused if commands have changed the rows since the manifests were published, since it is not clear
then which of two values is newer.
"""

import math
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from f2a_engine import state
from f2a_engine.layers import Author, authors_of, load, remove, split_into_layers
from f2a_engine.lock import everything_locked
from f2a_engine.manifests import Published, publish, refuse_old, refuse_older
from f2a_engine.stages import STAGES, TableStage, order, order_names
from f2a_engine.state import FROM_CSV
from f2a_manifests import COLUMNS, Record, Unit, Workspace
from f2a_manifests.parquet import facts
from f2a_manifests.record import FLOATS
from f2a_manifests.shards import COLLECT, STALE, Chain, Snapshot, digest, next_number

_SHARD = 500  # images in a shard that is made from a CSV manifest


def import_edited(workspace: Workspace, what: str) -> None:
    """Import edited manifests, before a command changes anything.

    Args:
        workspace: the workspace.
        what: the lock that the command holds.

    Raises:
        FatalError: commands have changed the rows, too, since the manifests were published.
        ManifestError: a manifest is invalid.
    """
    refuse_old(workspace)
    known = Published.read(workspace)
    if not known.changed(workspace):
        return
    with everything_locked(workspace, what):
        if known.importing and not known.files:  # killed during the first import
            shutil.rmtree(workspace.shards)
            workspace.create()
        shards = state.snapshot(workspace)
        if shards.chains and not known.importing and known.state != shards.state:
            refuse_older(workspace)
        known.importing = True
        workspace.shards.mkdir(exist_ok=True)
        known.write(workspace)
        _import_edited(workspace, shards)
        Published.of(workspace).write(workspace)


def replace_rows(workspace: Workspace, units: Sequence[Unit], what: str) -> None:
    """Replace all rows, as if the user had edited the CSV manifests.

    Args:
        workspace: the workspace.
        units: all rows.
        what: the lock that the command holds.
    """
    publish(workspace, whatever_size=True)  # outdated manifests would be refused
    workspace.publish(units)
    import_edited(workspace, what)
    publish(workspace)


def record_stages(
    workspace: Workspace, identities: Mapping[str, str], what: str, changed: Collection[str]
) -> None:
    """Record these stages as done, whatever ran in this workspace.

    Args:
        workspace: the workspace.
        identities: of the stages; "" for one that must run again.
        what: the lock that the command holds.
        changed: the ids of images that the stages process again when they run next.
    """
    if not identities:
        return
    known = {name: identity for name, identity in identities.items() if identity}
    with everything_locked(workspace, what):
        for chain in state.snapshot(workspace).chains.values():
            rewrite(workspace, chain, load(workspace.shards, chain), changed, also=known)
        _set_recipes(workspace, identities)
        publish(workspace)


def import_rows(workspace: Workspace, units: Sequence[Unit], identities: Mapping[str, str]) -> None:
    """Write finished rows as new shards.

    Args:
        workspace: the workspace.
        units: the rows.
        identities: of the stages that made them, if known; "" for one that must run again.
    """
    first, of_all = next_number(workspace.shards) == 0, stages_of(units)
    for _, rows in groupby(units, lambda unit: (unit.image.source, bool(unit.faces) or not unit.image.kept)):
        for part in _parts(list(rows)):
            known = dict.fromkeys(of_all if first else stages_of(part), FROM_CSV) | dict(identities)
            authors = [Author.of(name, known[name]) for name in order_names() if name in known]
            source = Author.of(COLLECT, part[0].image.source)
            split_into_layers(workspace.shards, next_number(workspace.shards), [source, *authors], part)
    if first:
        _set_recipes(workspace, dict.fromkeys(of_all, FROM_CSV) | dict(identities))


def _parts(units: Sequence[Unit]) -> Iterator[Sequence[Unit]]:
    return (units[start : start + _SHARD] for start in range(0, len(units), _SHARD))


def stages_of(units: Iterable[Unit]) -> set[str]:
    """The stages whose results are in the rows."""
    owned = {stage.name: stage.owns for stage in order()}
    found: set[str] = set()
    for unit in units:
        rows = (unit.image, *unit.faces)
        found |= {row.stage for row in rows}
        found |= {"detect"} if unit.faces else set()
        for face in unit.faces:
            found |= {
                name for name, columns in owned.items() if any(getattr(face, column) for column in columns)
            }
    return found & set(order_names())


def _import_edited(workspace: Workspace, shards: Snapshot) -> None:
    """Update the shards from the CSV manifests."""
    rows = {unit.image.id: unit for unit in workspace.load()}
    for shard, chain in shards.chains.items():
        old, source = load(workspace.shards, chain), facts(workspace.shards, chain[0]).identity
        stay = [unit.image.id for unit in old if unit.image.id in rows]
        new = [rows.pop(name) for name in stay if rows[name].image.source == source]
        _keep_own(old, new)
        by_id = {unit.image.id: unit for unit in new}
        changed = {unit.image.id for unit in old if not _same(unit, by_id.get(unit.image.id))}
        if not new:
            remove(workspace.shards, [layers.get(shard) for layers in shards.layers.values()])
        elif changed:
            missing = stages_of(new) - {layer.stage for layer in chain}
            rewrite(workspace, chain, new, changed, also=dict.fromkeys(missing, FROM_CSV))
    if rows:
        import_rows(workspace, list(rows.values()), {})


def _keep_own(old: Iterable[Unit], new: Iterable[Unit]) -> None:
    """What manifests do not say of a crop is still right where its bytes are the same."""
    cuts = {face.sha256: face.cuts for unit in old for face in unit.faces if face.sha256}
    for face in (face for unit in new for face in unit.faces):
        face.cuts = cuts.get(face.sha256, b"")


def rewrite(
    workspace: Workspace,
    chain: Chain,
    units: list[Unit],
    changed: Collection[str] = (),
    *,
    also: Mapping[str, str] | None = None,
    stale: Collection[str] = (),
) -> None:
    """Replace the rows of a shard.

    Args:
        workspace: the workspace.
        chain: the shard's valid layers.
        units: the new rows.
        changed: the ids of images that the stages process again when they run next.
        also: identities of stages, in place of those in the chain.
        stale: stages that must run again.
    """
    authors = {author.stage: author for author in authors_of(workspace.shards, chain)}
    authors |= {name: Author.of(name, identity) for name, identity in (also or {}).items()}
    ordered = [authors[name] for name in (COLLECT, *order_names()) if name in authors]
    ordered = [replace(author, recipe=STALE) if author.stage in stale else author for author in ordered]
    layers = split_into_layers(workspace.shards, chain[0].shard, ordered, units, changed)
    remove(workspace.shards, chain, but=layers)


def _same(old: Unit, new: Unit | None) -> bool:
    """Whether two units are equal; pandas may change the last bit of a fraction."""
    if new is None or len(old.faces) != len(new.faces):
        return False
    pairs = zip((old.image, *old.faces), (new.image, *new.faces), strict=True)
    return all(one == other or _nearly(one, other) for one, other in pairs)


def _nearly(one: Record, other: Record) -> bool:
    pairs = ((name, getattr(one, name), getattr(other, name)) for name in COLUMNS)
    different = [(name, a, b) for name, a, b in pairs if a != b]
    return all(
        name in FLOATS and a is not None and b is not None and math.isclose(a, b, rel_tol=1e-12)
        for name, a, b in different
    )


def _set_recipes(workspace: Workspace, identities: Mapping[str, str]) -> None:
    """Set the recipes of the stages' layers: for table stages that of the current rows."""
    for name in (name for name in order_names() if name in identities):
        shards, identity = state.snapshot(workspace), identities[name]
        if identity and not issubclass(STAGES.load(name), TableStage):
            continue
        recipe = digest([identity, shards.fingerprint(name)]) if identity else STALE
        for layer in shards.layers[name].values():
            (workspace.shards / layer.name).rename(workspace.shards / replace(layer, recipe=recipe).name)

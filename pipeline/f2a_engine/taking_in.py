"""Taking in CSV manifests that somebody has changed or brought: their rows replace those of the shards.

That is refused where commands have changed the rows since the manifests were published: nobody could tell
which of two cells is the newer one.
"""

import math
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from f2a_engine import state
from f2a_engine.layers import Author, authors_of, load, remove, take_apart
from f2a_engine.lock import everything_locked
from f2a_engine.manifests import Published, publish, refuse_old, refuse_older
from f2a_engine.stages import STAGES, TableStage, order, order_names
from f2a_engine.state import BROUGHT
from f2a_manifests import COLUMNS, Record, Unit, Workspace
from f2a_manifests.parquet import facts
from f2a_manifests.record import FLOATS
from f2a_manifests.shards import COLLECT, STALE, Chain, Snapshot, digest, next_number

_SHARD = 500  # images of a shard made of a CSV manifest


def take_in(workspace: Workspace, what: str) -> None:
    """Take in manifests that somebody has changed or brought, before a command changes anything.

    Args:
        workspace: the workspace.
        what: the lock that the command holds.

    Raises:
        FatalError: the rows have also been changed by commands since these manifests were published.
        ManifestError: a manifest cannot be trusted.
    """
    refuse_old(workspace)
    known = Published.read(workspace)
    if not known.changed(workspace):
        return
    with everything_locked(workspace, what):
        if known.taking_in and not known.files:  # killed while it took in all there is
            shutil.rmtree(workspace.shards)
            workspace.create()
        shards = state.snapshot(workspace)
        if shards.chains and not known.taking_in and known.state != shards.state:
            refuse_older(workspace)
        known.taking_in = True
        workspace.shards.mkdir(exist_ok=True)
        known.write(workspace)
        _take_in(workspace, shards)
        Published.of(workspace).write(workspace)


def replace_rows(workspace: Workspace, units: Sequence[Unit], what: str) -> None:
    """Take in rows that a command has made, as if somebody had changed the CSV manifests.

    Args:
        workspace: the workspace.
        units: all its rows from now on.
        what: the lock that the command holds.
    """
    publish(workspace, whatever_size=True)  # manifests that lag behind could not be taken in
    workspace.publish(units)
    take_in(workspace, what)
    publish(workspace)


def confirm(workspace: Workspace, identities: Mapping[str, str], what: str, changed: Collection[str]) -> None:
    """Note that the rows are as these stages left them, whatever ran in this workspace.

    Args:
        workspace: the workspace.
        identities: of each of the stages; "" for one that has to run again.
        what: the lock that the command holds.
        changed: the ids of images that stages have to work on again when they run next.
    """
    if not identities:
        return
    known = {name: identity for name, identity in identities.items() if identity}
    with everything_locked(workspace, what):
        for chain in state.snapshot(workspace).chains.values():
            rewrite(workspace, chain, load(workspace.shards, chain), changed, also=known)
        _settle(workspace, identities)
        publish(workspace)


def import_rows(workspace: Workspace, units: Sequence[Unit], identities: Mapping[str, str]) -> None:
    """Make new shards of finished rows.

    Args:
        workspace: the workspace.
        units: the rows.
        identities: of the stages that made them, as far as known; "" for one that has to run again.
    """
    first, of_all = next_number(workspace.shards) == 0, evidence(units)
    for _, rows in groupby(units, lambda unit: (unit.image.source, bool(unit.faces) or not unit.image.kept)):
        for part in _parts(list(rows)):
            known = dict.fromkeys(of_all if first else evidence(part), BROUGHT) | dict(identities)
            authors = [Author.of(name, known[name]) for name in order_names() if name in known]
            source = Author.of(COLLECT, part[0].image.source)
            take_apart(workspace.shards, next_number(workspace.shards), [source, *authors], part)
    if first:
        _settle(workspace, dict.fromkeys(of_all, BROUGHT) | dict(identities))


def _parts(units: Sequence[Unit]) -> Iterator[Sequence[Unit]]:
    return (units[start : start + _SHARD] for start in range(0, len(units), _SHARD))


def evidence(units: Iterable[Unit]) -> set[str]:
    """The stages that must have run to leave such rows."""
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


def _take_in(workspace: Workspace, shards: Snapshot) -> None:
    """Make the shards say what the CSV manifests say."""
    rows = {unit.image.id: unit for unit in workspace.load()}
    for shard, chain in shards.chains.items():
        old, source = load(workspace.shards, chain), facts(workspace.shards, chain[0]).identity
        stay = [unit.image.id for unit in old if unit.image.id in rows]
        new = [rows.pop(name) for name in stay if rows[name].image.source == source]
        changed = {one.image.id for one, other in _pairs(old, new) if not _same(one, other)}
        if not new:
            remove(workspace.shards, [layers.get(shard) for layers in shards.layers.values()])
        elif changed:
            missing = evidence(new) - {layer.stage for layer in chain}
            rewrite(workspace, chain, new, changed, also=dict.fromkeys(missing, BROUGHT))
    if rows:
        import_rows(workspace, list(rows.values()), {})


def rewrite(
    workspace: Workspace,
    chain: Chain,
    units: list[Unit],
    changed: Collection[str] = (),
    *,
    also: Mapping[str, str] | None = None,
    stale: Collection[str] = (),
) -> None:
    """Replace the rows of a shard, whatever stage they are from.

    Args:
        workspace: the workspace.
        chain: the shard's valid layers.
        units: its rows from now on.
        changed: the ids of images that stages have to work on again when they run next.
        also: identities of stages whose layers are not to be those of the chain.
        stale: stages that count as not done from now on.
    """
    authors = {author.stage: author for author in authors_of(workspace.shards, chain)}
    authors |= {name: Author.of(name, identity) for name, identity in (also or {}).items()}
    ordered = [authors[name] for name in (COLLECT, *order_names()) if name in authors]
    ordered = [replace(author, recipe=STALE) if author.stage in stale else author for author in ordered]
    layers = take_apart(workspace.shards, chain[0].shard, ordered, units, changed)
    remove(workspace.shards, chain, but=layers)


def _pairs(old: list[Unit], new: list[Unit]) -> Iterator[tuple[Unit, Unit | None]]:
    by_id = {unit.image.id: unit for unit in new}
    return ((unit, by_id.get(unit.image.id)) for unit in old)


def _same(old: Unit, new: Unit | None) -> bool:
    """Whether two units say the same; pandas may change the last bit of a fraction."""
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


def _settle(workspace: Workspace, identities: Mapping[str, str]) -> None:
    """Give the layers of stages that read all rows the recipe that says so, and none to stale ones."""
    for name in (name for name in order_names() if name in identities):
        shards, identity = state.snapshot(workspace), identities[name]
        if identity and not issubclass(STAGES.load(name), TableStage):
            continue
        recipe = digest([identity, shards.fingerprint(name)]) if identity else STALE
        for layer in shards.layers[name].values():
            (workspace.shards / layer.name).rename(workspace.shards / replace(layer, recipe=recipe).name)

"""Which stages are done, according to the names of the shards' files."""

import logging
from collections.abc import Collection, Iterable

from f2a_engine.stages import STAGES, TableStage, is_built_in, order_names
from f2a_manifests import ExitCode, FatalError, Workspace
from f2a_manifests import parquet as files
from f2a_manifests.shards import STALE, Snapshot, digest

_LOG = logging.getLogger(__name__)
_NEEDED = ("detect", "crop")  # by every later stage
GIVEN = "all boxes came with their images"
"""The identity of `detect` where there is nothing to detect."""
GIVEN_RECIPE = digest([GIVEN])
FROM_CSV = "a CSV manifest"
"""The identity of a stage whose results come from a CSV manifest."""


def snapshot(workspace: Workspace) -> Snapshot:
    """The shards of a workspace, as they are now."""
    return Snapshot(workspace.shards, order_names())


def read(workspace: Workspace, shards: Snapshot | None = None) -> dict[str, str]:
    """The identity of each stage that is done with all images, by its name."""
    shards = shards or snapshot(workspace)
    found = {name: _identity(workspace, shards, name) for name in order_names()}
    return {name: identity for name, identity in found.items() if identity}


def outstanding(workspace: Workspace, shards: Snapshot | None = None) -> list[str]:
    """The stages that are still to be run, in order; those of other packages only if they have run before."""
    shards = shards or snapshot(workspace)
    done = read(workspace, shards)
    expected = (name for name in order_names() if is_built_in(STAGES.load(name)) or shards.layers[name])
    return [name for name in expected if name not in done]


def check_order(workspace: Workspace, shards: Snapshot, done: Collection[str], name: str) -> None:
    """Check that the faces are detected and cropped, and that earlier stages that ran here are up to date.

    Raises:
        FatalError: a stage must run first; the message names the command.
    """
    for other in order_names()[: order_names().index(name)]:
        if other not in done and (other in _NEEDED or _ran(workspace, shards, other)):
            raise FatalError(f"{name}: run f2a-data {other} first", ExitCode.USAGE)


def _ran(workspace: Workspace, shards: Snapshot, name: str) -> bool:
    """Whether a stage has ever run in the workspace."""
    layer = next(iter(shards.layers[name].values()), None)
    return layer is not None and files.facts(workspace.shards, layer).identity != FROM_CSV


def restart(workspace: Workspace, name: str, cause: str) -> None:
    """Make a stage run again on all shards, and log it."""
    shards = snapshot(workspace)
    done = read(workspace, shards)
    for layer in shards.layers[name].values():
        (workspace.shards / layer.name).rename(workspace.shards / layer.stale.name)
    say_changed(workspace, done, cause)


def say_changed(
    workspace: Workspace, done: Iterable[str], cause: str, shards: Snapshot | None = None
) -> None:
    """Log which stages were done before and must run again now."""
    now = outstanding(workspace, shards)
    if again := [name for name in done if name in now and name != cause]:
        _LOG.info("%s: run these again: %s", cause, ", ".join(again))


def _identity(workspace: Workspace, shards: Snapshot, name: str) -> str:
    """The identity of a stage that is done; empty where it is not."""
    valid = [shards.valid(shard, name) for shard in shards.chains]
    layers = [layer for layer in valid if layer and layer.recipe != STALE]
    if not layers or len(layers) < len(valid):
        return ""
    real = [layer for layer in layers if layer.recipe != GIVEN_RECIPE] or layers
    if len({layer.recipe for layer in real}) > 1:
        return ""
    identity = files.facts(workspace.shards, real[0]).identity
    of_all = issubclass(STAGES.load(name), TableStage)
    expected = digest([identity, shards.fingerprint(name)] if of_all else [identity])
    return identity if real[0].recipe == expected else ""

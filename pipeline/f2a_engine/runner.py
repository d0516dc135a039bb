"""Run a stage on a workspace."""

from collections.abc import Iterator
from contextlib import contextmanager

from f2a_engine import state, tables
from f2a_engine.edited import import_edited
from f2a_engine.engines import Engine
from f2a_engine.layers import Author
from f2a_engine.local import Local
from f2a_engine.lock import locked
from f2a_engine.manifests import publish
from f2a_engine.sources import SOURCES
from f2a_engine.stages import Stage, TableStage, UnitStage, identity
from f2a_engine.stale_crops import crops_on_disk, named_crops, remove_stale_crops
from f2a_engine.summary import Summary, summarise
from f2a_engine.work import ShardTask, ShardWork, check_workspace
from f2a_manifests import ExitCode, FatalError, ManifestError, Workspace, sha256_file
from f2a_manifests import parquet as files
from f2a_manifests.progress import progress_bar
from f2a_manifests.record import OWN
from f2a_manifests.shards import Chain, Layer, Snapshot


def run(stage: Stage, workspace: Workspace, engine: Engine | None = None) -> Summary:
    """Run a stage on a workspace; shards that it has finished are skipped.

    Args:
        stage: the stage.
        workspace: the workspace.
        engine: runs its tasks; None: this process.

    Raises:
        FatalError: the workspace is gone or locked, or the disk is full; run the same command to continue.
    """
    on_images = isinstance(stage, UnitStage)
    _require(workspace, images=on_images)
    with locked(workspace, stage.name), _disappearance_named(workspace, on_images=on_images):
        import_edited(workspace, stage.name)
        before = state.snapshot(workspace)
        if on_images:
            check_workspace(workspace)  # if the folder is gone the snapshot is empty
        done = state.read(workspace, before)
        state.check_order(workspace, before, done, stage.name)
        if isinstance(stage, UnitStage):
            _run_per_image(stage, workspace, before, engine or Local())
        elif isinstance(stage, TableStage):
            _run_table(stage, workspace, before)
        after = state.snapshot(workspace)
        state.say_changed(workspace, done, stage.name, after)
        publish(workspace)
        return summarise(stage.name, workspace, after)


@contextmanager
def _disappearance_named(workspace: Workspace, *, on_images: bool) -> Iterator[None]:
    """If the workspace is gone, say so instead of naming the first missing file."""
    try:
        yield
    except ManifestError:
        if on_images:
            check_workspace(workspace)
        raise


def _run_per_image(stage: UnitStage, workspace: Workspace, shards: Snapshot, engine: Engine) -> None:
    author = Author.of(stage.name, identity(stage))
    work = ShardWork(stage, author, workspace)
    tasks, finished, images = [], 0, 0
    on_disk = crops_on_disk(workspace) if "path" in stage.owns else None
    touched = stage.touched(workspace)
    for shard in shards.chains:
        chain, old = shards.before(shard, stage.name), shards.layers[stage.name].get(shard)
        layer = shards.valid(shard, stage.name)
        rows = files.facts(workspace.shards, layer or chain[0]).images_in_all
        images += rows
        if _is_finished(workspace, layer, stage, author, on_disk) and not _has(workspace, chain, touched):
            finished += rows
        else:
            tasks.append(ShardTask(chain, old))
    with progress_bar(stage.name, total=images, initial=finished) as bar:
        for _ in engine.run(work, tasks, bar.update):
            pass
    if on_disk is not None:
        remove_stale_crops(workspace, state.snapshot(workspace))


def _has(workspace: Workspace, chain: Chain, images: frozenset[str]) -> bool:
    if not images:
        return False
    of_images, _ = files.merged(workspace.shards, chain, ["sha256"], ())
    return not images.isdisjoint(of_images.get("sha256", ()))


def _is_finished(
    workspace: Workspace,
    layer: Layer | None,
    stage: UnitStage,
    author: Author,
    on_disk: frozenset[str] | None,
) -> bool:
    """Whether a stage has finished a shard: nothing failed, and its files exist."""
    if layer is None or layer.recipe not in (author.recipe, state.GIVEN_RECIPE):
        return False
    about = files.facts(workspace.shards, layer)
    if about.again or on_disk is None:
        return not about.again
    crops = named_crops(workspace, layer)
    # a layer of an earlier version has no columns of the shards' own; they are filled in
    return crops <= on_disk and (not crops or OWN & {*stage.owns} <= {*about.faces})


def _run_table(stage: TableStage, workspace: Workspace, shards: Snapshot) -> None:
    name = identity(stage)
    if stage.reads_decisions and workspace.decisions_log.exists():
        name += f" decisions {sha256_file(workspace.decisions_log)[:16]}"
    author = Author.of(stage.name, name, shards.fingerprint(stage.name))
    layers = (shards.valid(shard, stage.name) for shard in shards.chains)
    if not all(layer and layer.recipe == author.recipe for layer in layers):
        tables.run(stage, author, workspace, shards)


def _require(workspace: Workspace, *, images: bool) -> None:
    if not workspace.images_csv.exists() and not any(workspace.shards.glob("collect/*.parquet")):
        raise FatalError(
            f"there are no images in {workspace.root}; start with a source: {', '.join(SOURCES.names())}",
            ExitCode.NO_RESULTS,
        )
    if images:  # other stages need manifests and crops only
        check_workspace(workspace)
    workspace.create()

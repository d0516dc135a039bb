"""Build the page ``WORKSPACE/report.html``."""

from datetime import UTC, datetime
from pathlib import Path

from f2a_engine import state
from f2a_engine.counts import Counts
from f2a_engine.layers import load
from f2a_engine.manifests import current
from f2a_inspect.funnel import counts_of
from f2a_inspect.report.pictures import TILE, Album
from f2a_inspect.report.sections import failures, section
from f2a_inspect.report.training import trainings
from f2a_manifests import Domain, Unit, Workspace, write_bytes
from f2a_manifests.shards import digest
from f2a_manifests.version import __version__
from f2a_page.report import environment
from f2a_page.text import shorten

# Together with the text they keep the page below 15 MB.
_ROWS = 200_000
_DOMAIN_BYTES = 4_500_000
_TRAINING_BYTES = 4_000_000


def write_report(workspace: Workspace, out: Path | None = None) -> Path:
    """Write the report of a workspace, as it stands.

    The file needs no other file, no script and no network: pictures are inlined, and a content
    security policy in it forbids the rest. Of long lists it shows a sample that is the same each time; of
    more than a hundred thousand images all sheets and histograms are of a sample, and the funnel is of all.

    Args:
        workspace: the workspace.
        out: the file; None for ``report.html`` in the workspace.

    Returns:
        The file.

    Raises:
        ManifestError: a manifest is invalid.
        FatalError: the file cannot be written; an older one is untouched.
    """
    path = out or workspace.root / "report.html"
    write_bytes(path, _render(workspace).encode())
    return path


def _render(workspace: Workspace) -> str:
    counts = counts_of(workspace)
    units = _sampled(workspace, counts)
    runs, all_runs = trainings(workspace, Album(workspace, _TRAINING_BYTES))
    failed, all_failed = failures(units)
    return (
        environment("f2a_inspect.report")
        .get_template("report.html.j2")
        .render(
            name=shorten(workspace.root.resolve().name, 80),
            when=datetime.now(UTC),
            version=__version__,
            images=counts.images.total(),
            shown=len(units),
            sections=[section(units, counts, domain, Album(workspace, _DOMAIN_BYTES)) for domain in Domain],
            failures=failed,
            all_failures=all_failed,
            runs=runs,
            all_runs=all_runs,
            stages={name: shorten(options, 500) for name, options in state.read(workspace).items()},
            tile=TILE,
        )
    )


def _sampled(workspace: Workspace, counts: Counts) -> list[Unit]:
    """All images, or of very many those of some shards, which are the same each time."""
    if counts.images.total() + counts.faces.total() <= _ROWS:
        return [unit for units in current(workspace) for unit in units]
    chains = state.snapshot(workspace).chains.values()
    units: list[Unit] = []
    for chain in sorted(chains, key=lambda chain: digest([str(chain[0].shard)])):
        units += load(workspace.shards, chain)
        if len(units) >= _ROWS // 2:
            break
    return units

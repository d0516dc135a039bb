"""Build the page ``WORKSPACE/report.html``."""

from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from f2a_data.engine import state
from f2a_data.inspect.report.curves import HEIGHT, WIDTH
from f2a_data.inspect.report.pictures import TILE, Album
from f2a_data.inspect.report.sections import failures, section
from f2a_data.inspect.report.text import printable, shorten
from f2a_data.inspect.report.training import trainings
from f2a_manifests import Domain, Workspace, write_bytes
from f2a_manifests.version import __version__

# Together with the text they keep the page below 15 MB.
_DOMAIN_BYTES = 4_500_000
_TRAINING_BYTES = 4_000_000


def write_report(workspace: Workspace, out: Path | None = None) -> Path:
    """Write the report of a workspace, as it stands.

    The file needs no other file, no script and no network: pictures are inlined, and a content
    security policy in it forbids the rest. Of long lists it shows a sample that is the same each time.

    Args:
        workspace: the workspace.
        out: the file; None for ``report.html`` in the workspace.

    Returns:
        The file.

    Raises:
        ManifestError: a manifest cannot be trusted.
        FatalError: the file cannot be written; an older one is untouched.
    """
    path = out or workspace.root / "report.html"
    write_bytes(path, _render(workspace).encode())
    return path


def _render(workspace: Workspace) -> str:
    units = workspace.load()
    runs, all_runs = trainings(workspace, Album(workspace, _TRAINING_BYTES))
    failed, all_failed = failures(units)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            name=shorten(workspace.root.resolve().name, 80),
            when=datetime.now(UTC),
            version=__version__,
            images=len(units),
            sections=[section(units, domain, Album(workspace, _DOMAIN_BYTES)) for domain in Domain],
            failures=failed,
            all_failures=all_failed,
            runs=runs,
            all_runs=all_runs,
            stages={name: shorten(options, 500) for name, options in state.read(workspace).items()},
            tile=TILE,
            plane=(WIDTH, HEIGHT),
        )
    )


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("f2a_data.inspect.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )

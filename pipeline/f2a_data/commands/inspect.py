"""status, funnel, verify, report: read-only commands."""

import json
from pathlib import Path

import click

from f2a_data.commands.options import engine_options, json_option, workspace_option
from f2a_engine.engines import Engine
from f2a_engine.stages import order
from f2a_inspect.funnel import as_text, counts_of
from f2a_inspect.funnel import funnel as count
from f2a_inspect.status import facts_of
from f2a_inspect.verify import Findings
from f2a_inspect.verify import verify as check
from f2a_manifests import Domain, ExitCode, Workspace


@click.command()
@workspace_option
@json_option
def status(workspace: Workspace, *, as_json: bool) -> int:
    """Show which stages are done and which is next.

    Example: f2a-data status
    """
    facts = facts_of(workspace)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return ExitCode.OK
    click.echo(f"{workspace.root}: {facts['images']} images, {facts['faces']} faces kept")
    for stage in order():
        options = facts["done"].get(stage.name)
        click.echo(f"  {stage.name:<8} {'done: ' + options if options else 'to do'}")
    click.echo(f"next: {facts['next'] or 'f2a-train train'}")
    return ExitCode.OK


@click.command()
@workspace_option
@json_option
def funnel(workspace: Workspace, *, as_json: bool) -> int:
    """Count the rows that each stage kept and dropped, and why.

    From source image to training face.

    Example: f2a-data funnel --json
    """
    counts = counts_of(workspace)
    funnels = [count(counts, domain) for domain in Domain]
    if as_json:
        click.echo(json.dumps({f.domain.value: f.as_dict() for f in funnels}, indent=2))
    else:
        click.echo("\n\n".join(as_text(f) for f in funnels))
    return ExitCode.OK if counts.images else ExitCode.NO_RESULTS


@click.command()
@workspace_option
@engine_options
@json_option
def verify(workspace: Workspace, engine: Engine, *, as_json: bool) -> int:
    """Check the files against the manifests.

    Shows missing, changed, unreadable and extra files. Exit code 4 means that there are differences.

    Example: f2a-data verify
    """
    findings = check(workspace, engine)
    click.echo(json.dumps(findings.as_dict(), indent=2) if as_json else _listed(findings))
    return ExitCode.OK if findings.clean else ExitCode.MISMATCH


@click.command()
@workspace_option
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), show_default="report.html in the workspace",
    help="Where to write it.",
)  # fmt: skip
def report(workspace: Workspace, out: Path | None) -> int:
    """Write one HTML page about the workspace.

    With funnel, contact sheets, histograms and translated faces.

    Example: f2a-data report
    """
    from f2a_inspect.report import write_report  # noqa: PLC0415 -- templates that no other command needs

    path = write_report(workspace, out)
    click.echo(f"report: {path}")
    return ExitCode.OK


def _listed(findings: Findings) -> str:
    lines = [
        f"{problem}: {path}"
        for problem in ("missing", "changed", "unreadable", "extra")
        for path in sorted(getattr(findings, problem))
    ]
    return "\n".join([*lines, str(findings)])

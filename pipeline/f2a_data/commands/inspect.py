"""status, funnel, verify, report: read-only commands."""

import json
from pathlib import Path

import click

from f2a_data.commands.options import json_option, workers_option, workspace_option
from f2a_data.inspect.funnel import as_text
from f2a_data.inspect.funnel import funnel as count
from f2a_data.inspect.status import facts_of
from f2a_data.inspect.verify import Findings
from f2a_data.inspect.verify import verify as check
from f2a_data.stages import ORDER
from f2a_manifests import Domain, ExitCode, Workspace


@click.command(short_help="What is done and what comes next.")
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
    for stage in ORDER:
        options = facts["done"].get(stage.name)
        click.echo(f"  {stage.name:<8} {'done: ' + options if options else 'to do'}")
    click.echo(f"next: {facts['next'] or 'f2a-train train'}")
    return ExitCode.OK


@click.command(short_help="How many rows each stage kept and dropped, and why.")
@workspace_option
@json_option
def funnel(workspace: Workspace, *, as_json: bool) -> int:
    """Count rows from source image to training face, with the reasons for drops.

    Example: f2a-data funnel --json
    """
    units = workspace.load()
    funnels = [count(units, domain) for domain in Domain]
    if as_json:
        click.echo(json.dumps({f.domain.value: f.as_dict() for f in funnels}, indent=2))
    else:
        click.echo("\n\n".join(as_text(f) for f in funnels))
    return ExitCode.OK if units else ExitCode.NO_RESULTS


@click.command(short_help="Check files against the manifests.")
@workspace_option
@workers_option
@json_option
def verify(workspace: Workspace, workers: int, *, as_json: bool) -> int:
    """Check every file against the manifests: missing, changed, unreadable and extra files.

    Exit code 4 means that there are differences.

    Example: f2a-data verify
    """
    findings = check(workspace, workers)
    click.echo(json.dumps(findings.as_dict(), indent=2) if as_json else _listed(findings))
    return ExitCode.OK if findings.clean else ExitCode.MISMATCH


@click.command(short_help="One HTML file with funnel, contact sheets and histograms.")
@workspace_option
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), show_default="report.html in the workspace",
    help="Where to write it.",
)  # fmt: skip
def report(workspace: Workspace, out: Path | None) -> int:
    """Write one page about the workspace: funnel, contact sheets, histograms, translated faces.

    Example: f2a-data report
    """
    from f2a_data.inspect.report import write_report  # noqa: PLC0415 -- templates that no other command needs

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


COMMANDS = (status, funnel, verify, report)

"""review: apply the decisions made with ``f2a-review``."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from f2a_data.commands.options import report, workspace_option
from f2a_data.stages.dedup import copies_left_alone
from f2a_data.stages.review import Review
from f2a_engine import runner, state
from f2a_engine.manifests import current
from f2a_manifests import Decision, FatalError, Workspace, write_bytes, write_text
from f2a_manifests.decisions import Decisions
from f2a_manifests.mending import is_mended
from f2a_manifests.regrouping import unsettled
from f2a_manifests.tilting import unflagged
from f2a_queue import remaining

_BOXES = ("box_from", "box_x", "box_y", "box_w", "box_h")


@click.command()
@workspace_option
# Older scripts have it.
@click.option("--apply", is_flag=True, hidden=True, expose_value=False, help="Accepted; does nothing.")
@click.option(
    "--replay",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Copy the decisions.jsonl of another review first.",
)
def review(workspace: Workspace, replay: Path | None) -> int:
    """Apply the decisions made with f2a-review.

    They are written into the manifests. Dropped faces keep their rows, with the reason. If a copy could
    replace a dropped face, the command tells you to run dedup again.

    Example: f2a-data review
    """
    if replay:
        _take_over(workspace, replay)
    summary = runner.run(Review(), workspace)
    log = Decisions.load(workspace.decisions_log)
    rows = current(
        workspace,
        ("id", "sha256"),
        ("id", "parent", "status", "stage", "reason", "dup_group", "flags", *_BOXES),
        log.mended,
    )
    units = [unit for part in rows for unit in part]
    if mended := sum(not is_mended(unit, log) for unit in units if unit.image.sha256):
        click.echo(f"{mended} images have boxes that were drawn in the review and must be cropped", err=True)
        state.restart(workspace, "crop", "review")
    if bereft := copies_left_alone(units):
        click.echo(f"{bereft} copies could replace faces that were dropped here", err=True)
    if regrouped := unsettled(units, log):
        click.echo(f"{regrouped} faces were chosen among copies, or told apart from them", err=True)
    if tilted := unflagged(units, log):
        click.echo(f"{tilted} faces were marked as tilted, or as not tilted", err=True)
        state.restart(workspace, "clean", "review")
    if bereft or regrouped:
        state.restart(workspace, "dedup", "review")
    left = remaining.read(workspace)
    if left:
        click.echo(str(left))
    _publish(workspace, log, left)
    return report(summary)


def _publish(workspace: Workspace, log: Decisions, left: remaining.Estimate | None) -> None:
    """Write ``manifests/review.json``."""
    counts = log.counts()
    facts = {"kept": counts[Decision.KEEP], "dropped": counts[Decision.DROP], "left": left and asdict(left)}
    write_text(workspace.review_summary, json.dumps(facts, indent=1) + "\n")


def _take_over(workspace: Workspace, replay: Path) -> None:
    """Copy a log into a workspace that has none, byte for byte.

    Raises:
        FatalError: there are decisions already, or the file is not a log.
    """
    if Decisions.load(workspace.decisions_log).sources:
        raise FatalError(f"there are decisions in {workspace.decisions_log} already; --replay needs none")
    Decisions.load(replay)
    workspace.create()
    write_bytes(workspace.decisions_log, replay.read_bytes())

"""run: everything from one file."""

from pathlib import Path

import click

from f2a_data import config
from f2a_data.commands.options import workers_option
from f2a_data.engine import runner
from f2a_data.engine.collect import collect


@click.command(short_help="Run all stages from one file.")
@click.option("--config", "file", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              default=Path("f2a.toml"), show_default=True, help="The configuration.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show the stages and their options, and stop.")
@workers_option
def run(file: Path, workers: int, *, dry_run: bool) -> int:
    """Run the sources and all stages in order, then write the report.

    Finished work is skipped, so the same command continues after an interruption and takes in new
    images. Unknown keys in the file are errors. Decisions made so
    far are used; the run does not wait for the review.

    Example: f2a-data run --config f2a.toml
    """
    plan = config.read(file)
    for source in plan.sources:
        click.echo(f"{source.name}: {source!r}")
    for stage in plan.stages:
        click.echo(f"{stage.name}: {stage!r}")
    if dry_run:
        return 0
    return _run(plan, workers)


def _run(plan: config.PipelineConfig, workers: int) -> int:
    workspace = plan.workspace
    summaries = [collect(source, workspace) for source in plan.sources]
    for stage in plan.stages:
        summaries.append(runner.run(stage, workspace, workers))
        click.echo(str(summaries[-1]))
    from f2a_data.inspect.report import write_report  # noqa: PLC0415 -- templates that no other command needs

    click.echo(f"report: {write_report(workspace)}")
    errors = sum(summary.errors for summary in summaries)
    click.echo(f"run: {len(summaries)} stages done, {errors} errors")
    return max(summary.code for summary in summaries)


COMMANDS = (run,)

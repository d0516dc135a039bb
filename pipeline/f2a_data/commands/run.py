"""run: everything from one file."""

from contextlib import ExitStack
from pathlib import Path

import click

from f2a_data import config
from f2a_engine import runner
from f2a_engine.collect import collect
from f2a_engine.engines import Engine, load
from f2a_manifests.cores import usable_cores
from f2a_manifests.working_copy import folder_of, working_copy


@click.command()
@click.option("--config", "file", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              default=Path("f2a.toml"), show_default=True, help="The configuration.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show the stages and their options, and stop.")
@click.option("--workers", type=click.IntRange(min=1), show_default="the file's, or all cores",
              help="Worker processes of the engine local.")  # fmt: skip
@click.option("--engine", metavar="NAME", show_default="the file's, or local", help="What runs the work.")
@click.option("--ray-address", metavar="HOST:PORT", show_default="the file's, or auto",
              help="The cluster of the engine ray.")  # fmt: skip
def run(
    file: Path, workers: int | None, engine: str | None, ray_address: str | None, *, dry_run: bool
) -> int:
    """Run all stages from one file.

    The sources come first, then all stages in order, then the report. Finished work is skipped, so the same
    command continues after an interruption and processes new images. Unknown keys in the file are errors.
    Decisions made so far are used; the run does not wait for the review.

    Example: f2a-data run --config f2a.toml
    """
    with ExitStack() as stack:
        plan = config.read(file, folder_of if dry_run else lambda url: stack.enter_context(working_copy(url)))
        return _run_plan(plan, workers, engine, ray_address, dry_run=dry_run)


def _run_plan(
    plan: config.PipelineConfig,
    workers: int | None,
    engine: str | None,
    ray_address: str | None,
    *,
    dry_run: bool,
) -> int:
    for source in plan.sources:
        click.echo(f"{source.name}: {source!r}")
    for stage in plan.stages:
        click.echo(f"{stage.name}: {stage!r}")
    if dry_run:
        return 0
    given = {"workers": workers or plan.workers or usable_cores(), "address": ray_address or plan.ray_address}
    return _run(plan, load(engine or plan.engine, **given))


def _run(plan: config.PipelineConfig, engine: Engine) -> int:
    workspace = plan.workspace
    summaries = [collect(source, workspace) for source in plan.sources]
    for stage in plan.stages:
        summaries.append(runner.run(stage, workspace, engine))
        click.echo(str(summaries[-1]))
    from f2a_inspect.report import write_report  # noqa: PLC0415 -- templates that no other command needs

    click.echo(f"report: {write_report(workspace)}")
    errors = sum(summary.errors for summary in summaries)
    click.echo(f"run: {len(summaries)} stages done, {errors} errors")
    return max(summary.code for summary in summaries)

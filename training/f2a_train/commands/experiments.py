"""``f2a-train experiments``."""

from pathlib import Path
from typing import Any, get_args

import click

from f2a_manifests import ExitCode
from f2a_methods.config import Precision
from f2a_train.commands.options import (
    FILE,
    POSITIVE,
    data_options,
    device_option,
)


@click.command(
    epilog="Example: f2a-train experiments --human workspace/manifests/human.csv "
    "--anime workspace/manifests/anime.csv --photos photos --out runs/paper"
)
@data_options(out="Folder of the runs and of experiments.html.")
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    help="Training time of each experiment.  [default: 30]",
)
@click.option("--steps", type=POSITIVE, help="Instead of --minutes: steps of each experiment.")
@click.option("--photos", type=FILE, help="Folder of photos for the figure of novel faces.")
@click.option("--width", type=POSITIVE, help="Width of the generators.  [paper: resnet9 64, unet 32]")
@click.option(
    "--precision",
    type=click.Choice(get_args(Precision)),
    default="auto",
    show_default=True,
    help="Precision of the networks, as in train.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Same seed, same runs."
)
@click.option(
    "--checkpoint-every", type=POSITIVE, default=100, show_default=True, help="Steps between checkpoints."
)
@device_option
def experiments(out: Path, minutes: float | None, steps: int | None, width: int | None, **how: Any) -> None:  # noqa: ANN401
    """Run the paper's four experiments and the default preset with equal budgets, and show them on one page.

    They are {resnet9, unet} times {celeba, fbp5500}, and projected on celeba; human faces are selected by
    their source. The same command continues after an interruption. Exit code 3: done, but an experiment has
    no faces or diverged.
    """
    if minutes and steps:
        raise click.UsageError("give --minutes or --steps, not both")
    from f2a_train.experiments import Plan, run_experiments, text  # noqa: PLC0415 -- see the package

    minutes = minutes or (0.0 if steps else 30.0)
    done = run_experiments(Plan(minutes=minutes, steps=steps or 0, width=width or 0, **how), out)
    click.echo(text(done))
    if done.problems:
        raise click.exceptions.Exit(ExitCode.ROW_ERRORS)

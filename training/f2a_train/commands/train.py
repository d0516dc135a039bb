"""``f2a-train train``."""

from pathlib import Path
from typing import Any

import click

from f2a_methods import DEFAULT, FINE_TUNING, PRESETS
from f2a_train.commands.options import data_options
from f2a_train.commands.settings import keys, read_settings, setting_options


@click.command(
    epilog=f"Settings for --config: {', '.join(keys())}. docs/train.md explains them.\n\n"
    "Example: f2a-train train --human workspace/manifests/human.csv "
    "--anime workspace/manifests/anime.csv --out runs/first"
)
@data_options(out="The run's folder.")
@click.option(
    "--preset",
    type=click.Choice(list(PRESETS)),
    help="Method and settings.  "
    f"[default: {DEFAULT}, with --init {FINE_TUNING}; or the first that has the settings you give]",
)
@setting_options
@click.option(
    "--init",
    metavar="RUN|FILE|shipped",
    default="",
    help="Start from this generator: a run's folder, a checkpoint, an .onnx, or `shipped`.",
)
def train(
    human: Path,
    anime: Path,
    out: Path,
    preset: str | None,
    config: Path | None,
    init: str,
    **given: Any,  # noqa: ANN401
) -> None:
    """Train a generator on the faces of two manifests.

    To continue a run that was stopped or killed, run the same command again.
    """
    what, how = read_settings(preset, config, given, init)
    from f2a_train.engine.loop import train as run  # noqa: PLC0415 -- see the package

    result = run(human, anime, out, what, how)
    if result.first:  # which says it for all processes
        click.echo(f"{result.step} steps done ({result.seconds:.0f} s for this part); the run is in {out}")

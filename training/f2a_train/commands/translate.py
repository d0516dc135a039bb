"""``f2a-train translate``."""

from pathlib import Path
from typing import Any

import click

from f2a_manifests import ExitCode, FatalError
from f2a_page.text import printable
from f2a_train.commands.options import FILE, generator_options


@click.command(
    epilog="Example: f2a-train translate --checkpoint runs/first/checkpoint.pt --out results photos/"
)
@generator_options
@click.option(
    "--out", type=FILE, default=Path("translated"), show_default=True, help="Folder for the results."
)
@click.option("--in-place", is_flag=True, help="Also write each photo with its faces replaced.")
@click.option("--whole", is_flag=True, help="Skip detection: take the centre square of each image.")
@click.argument("images", nargs=-1, required=True, type=FILE, metavar="PHOTO|FOLDER...")
def translate(images: tuple[Path, ...], out: Path, *, in_place: bool, whole: bool, **which: Any) -> None:  # noqa: ANN401
    """Translate every face in your photos.

    Each face gives one PNG with the source left and the result right; grid.png shows all of them. The same
    command continues after an interruption.
    """
    from f2a_train.generators import load  # noqa: PLC0415 -- see the package
    from f2a_translate import files as translator  # noqa: PLC0415

    outcomes = translator.translate(load(**which), images, out, whole=whole, in_place=in_place)
    failed = [outcome for outcome in outcomes if outcome.reason]
    for outcome in failed:
        click.echo(f"{printable(str(outcome.source))}: {outcome.reason}", err=True)
    faces = sum(len(outcome.results) for outcome in outcomes)
    click.echo(f"{faces} faces from {len(outcomes)} images, {len(failed)} images failed; results in {out}")
    if not outcomes:
        raise FatalError("there are no images to translate", ExitCode.NO_RESULTS)
    if failed:
        raise click.exceptions.Exit(ExitCode.ROW_ERRORS)

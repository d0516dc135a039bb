"""``f2a-train``: the command line. torch is imported by the commands, so that ``--help`` is quick."""

import logging
from math import inf
from pathlib import Path
from typing import Any, get_args

import click

from f2a_manifests import ExitCode, FatalError
from f2a_manifests.command_line import CONTEXT, ProgramGroup
from f2a_manifests.version import __version__
from f2a_train.commands.detector import detector
from f2a_train.config import DIRECTIONS, PRECISIONS, Mode
from f2a_train.generators.shipped import SHIPPED
from f2a_train.methods import DEFAULT, PRESETS, watchdog_of
from f2a_train.options import choice_options, chosen

POSITIVE = click.IntRange(min=1)
FILE = click.Path(path_type=Path)
CHECKPOINT = "A run's folder, its checkpoint.pt or best.pt, or an .onnx.  [default: a shipped generator]"
DIRECTION = "Direction.  [default: the .onnx file's own, or human2anime]"
DEVICE = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where to compute.",
)
SIZE = click.option(
    "--size",
    type=int,
    metavar="|".join(map(str, SHIPPED)),
    help=f"Face size in pixels of the shipped generator.  [default: {max(SHIPPED)}]",
)


@click.group("f2a-train", cls=ProgramGroup, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="f2a-train")
def main() -> None:
    """Train a human-to-anime face generator, and translate photos with it."""
    logging.basicConfig(format="f2a-train: %(message)s", level=logging.INFO)


@main.command(
    epilog="Example: f2a-train train --human workspace/manifests/human.csv "
    "--anime workspace/manifests/anime.csv --out runs/first"
)
@click.option("--human", type=FILE, required=True, help="Manifest of the human faces.")
@click.option("--anime", type=FILE, required=True, help="Manifest of the anime faces.")
@click.option("--out", type=FILE, required=True, help="The run's folder; a stopped run continues.")
@click.option(
    "--preset",
    type=click.Choice(list(PRESETS)),
    help=f"The settings to start from.  [default: {DEFAULT}, or the first that has your options]",
)
@click.option(
    "--init",
    metavar="RUN|FILE|shipped",
    default="",
    help="Start from this generator: a run's folder, a checkpoint, an .onnx, or `shipped`.",
)
@click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), help="Stop after this much training in all."
)
@choice_options
@DEVICE
@click.option("--sample-every", type=POSITIVE, default=500, show_default=True, help="Steps between grids.")
@click.option(
    "--checkpoint-every", type=POSITIVE, default=500, show_default=True, help="Steps between checkpoints."
)
@click.option(
    "--watchdog",
    type=click.Choice(get_args(Mode)),
    help="On a collapse: roll back (act) or report (warn).  [paper: warn; others: act]",
)
@click.option(
    "--watch-every", type=POSITIVE, default=500, show_default=True, help="Steps between evaluations."
)
def train(
    human: Path,
    anime: Path,
    out: Path,
    preset: str | None,
    config: Path | None,
    minutes: float | None,
    **choices: Any,  # noqa: ANN401
) -> None:
    """Train a generator on the faces of two manifests.

    The same command continues a run that was stopped or killed, with the same result. Each option shows
    the defaults of the presets that have it; other presets refuse it. All other settings go into the file
    of --config; docs/train.md lists them.
    """
    if choices["steps"] and choices["epochs"]:
        raise click.UsageError("give --steps or --epochs, not both")
    from f2a_train.engine import loop as trainer  # noqa: PLC0415 -- see the module's docstring

    names = ("device", "init", "sample_every", "checkpoint_every", "watch_every")
    how = {name: choices.pop(name) for name in names}
    watchdog = choices.pop("watchdog")
    preset, what = chosen(preset, config, choices)
    how["watchdog"] = watchdog or watchdog_of(preset)
    how["seconds"] = 60 * minutes if minutes else inf
    result = trainer.train(human, anime, out, what, trainer.Options(**how))
    click.echo(f"{result.step} steps done ({result.seconds:.0f} s for this part); the run is in {out}")


@main.command(
    epilog="Example: f2a-train translate --checkpoint runs/first/checkpoint.pt --out results photos/"
)
@click.option("--checkpoint", type=FILE, help=CHECKPOINT)
@SIZE
@click.option("--direction", type=click.Choice(DIRECTIONS), help=DIRECTION)
@click.option(
    "--out", type=FILE, default=Path("translated"), show_default=True, help="Folder for the results."
)
@click.option("--in-place", is_flag=True, help="Also write each photo with its faces replaced.")
@click.option("--whole", is_flag=True, help="Skip detection: take the centre square of each image.")
@DEVICE
@click.argument("images", nargs=-1, required=True, type=FILE, metavar="PHOTO|FOLDER...")
def translate(images: tuple[Path, ...], out: Path, *, in_place: bool, whole: bool, **which: Any) -> None:  # noqa: ANN401
    """Translate every face in your photos.

    Each face gives one PNG with the source left and the result right; grid.png shows all of them. The same
    command continues after an interruption.
    """
    from f2a_train.translate import files as translator  # noqa: PLC0415 -- see the module's docstring
    from f2a_train.translate.retries import Retrying  # noqa: PLC0415
    from f2a_train.translate.translator import load  # noqa: PLC0415

    outcomes = translator.translate(Retrying(load(**which)), images, out, whole=whole, in_place=in_place)
    failed = [outcome for outcome in outcomes if outcome.reason]
    for outcome in failed:
        click.echo(f"{translator.printable(outcome.source)}: {outcome.reason}", err=True)
    faces = sum(len(outcome.results) for outcome in outcomes)
    click.echo(f"{faces} faces from {len(outcomes)} images, {len(failed)} images failed; results in {out}")
    if not outcomes:
        raise FatalError("there are no images to translate", ExitCode.NO_RESULTS)
    if failed:
        raise click.exceptions.Exit(ExitCode.ROW_ERRORS)


@main.command(epilog="Example: f2a-train export --checkpoint runs/first --half --out generator.onnx")
@click.option("--checkpoint", type=FILE, required=True, help="A run's folder or its checkpoint.pt.")
@click.option("--out", type=FILE, required=True, help="The ONNX file.")
@click.option(
    "--direction", type=click.Choice(DIRECTIONS), default=DIRECTIONS[0], show_default=True, help="Direction."
)
@click.option(
    "--half", is_flag=True, help="Store the weights in 16 bits: half the size, almost no difference."
)
def export(checkpoint: Path, out: Path, direction: str, *, half: bool) -> None:
    """Export a run's generator as an ONNX file, which needs no torch.

    The export is compared with the original on the run's own faces and written only if both agree.
    """
    from f2a_train.translate import export as exporter  # noqa: PLC0415 -- see the module's docstring

    done = exporter.export(checkpoint, out, direction, half=half)
    click.echo(
        f"compared with torch on {len(done.probes.pixels)} {done.probes.origin}: "
        f"at most {done.largest:.0f} levels of 255 apart, {done.mean:.3f} on average"
    )
    click.echo(f"{out}: {done.bytes / 1e6:.1f} MB, {direction}")


@main.command(epilog="Example: f2a-train serve --checkpoint runs/first")
@click.option("--checkpoint", type=FILE, help=CHECKPOINT)
@SIZE
@click.option("--direction", type=click.Choice(DIRECTIONS), help=DIRECTION)
@DEVICE
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 for any free port."
)
@click.option("--browser/--no-browser", default=True, help="Open the page in the browser.")
def serve(port: int, *, browser: bool, **which: Any) -> None:  # noqa: ANN401
    """Serve a local page that translates the faces of a photo you drop on it.

    Photos stay on this machine and are not stored.
    """
    from f2a_train.serve import server  # noqa: PLC0415 -- see the module's docstring
    from f2a_train.translate.retries import Retrying  # noqa: PLC0415
    from f2a_train.translate.translator import load  # noqa: PLC0415

    server.serve(Retrying(load(**which)), port=port, open_browser=browser)


@main.command(epilog="Example: f2a-train evaluate --checkpoint runs/first")
@click.option(
    "--checkpoint", type=FILE, required=True, help="A run's folder, its checkpoint.pt, or an .onnx."
)
@click.option("--human", type=FILE, help="Manifest of human faces.  [default: the run's]")
@click.option("--anime", type=FILE, help="Manifest of anime faces.  [default: the run's]")
@click.option(
    "--faces", type=click.IntRange(8), default=500, show_default=True, help="Faces to evaluate, at most."
)
@DEVICE
@click.option("--inception-weights", type=FILE, help="Also compute FID and KID; see docs/metrics.md.")
@click.option("--json", "as_json", is_flag=True, help="Print metrics.json instead of the table.")
def evaluate(checkpoint: Path, *, as_json: bool, **how: Any) -> None:  # noqa: ANN401
    """Evaluate a generator on human faces that it was not trained on.

    The table shows every metric beside that of real anime faces (the floor) and of the unchanged input.
    """
    from f2a_train.evaluate import evaluate as run  # noqa: PLC0415 -- see the module's docstring

    done = run(checkpoint, **how)
    click.echo(done.json() if as_json else done.text(), nl=not as_json)


@main.command(
    epilog="Example: f2a-train experiments --human workspace/manifests/human.csv "
    "--anime workspace/manifests/anime.csv --photos photos --out runs/paper"
)
@click.option("--human", type=FILE, required=True, help="Manifest of the human faces.")
@click.option("--anime", type=FILE, required=True, help="Manifest of the anime faces.")
@click.option("--out", type=FILE, required=True, help="Folder of the runs and of experiments.html.")
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    help="Training time of each experiment.  [default: 30]",
)
@click.option("--steps", type=POSITIVE, help="Instead of --minutes: batches of one face for each.")
@click.option("--photos", type=FILE, help="Folder of photos for the figure of novel faces.")
@click.option("--width", type=POSITIVE, help="Of the generators.  [paper: resnet9 64, unet 32]")
@click.option(
    "--precision", type=click.Choice(PRECISIONS), default="auto", show_default=True, help="As in train."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Same seed, same runs."
)
@click.option(
    "--checkpoint-every", type=POSITIVE, default=100, show_default=True, help="Steps between checkpoints."
)
@DEVICE
def experiments(out: Path, minutes: float | None, steps: int | None, width: int | None, **how: Any) -> None:  # noqa: ANN401
    """Run the paper's four experiments with equal budgets, and show them on one page.

    They are {resnet9, unet} times {celeba, fbp5500}; human faces are selected by their source. The same
    command continues after an interruption. Exit code 3: done, but an experiment has no faces or diverged.
    """
    if minutes and steps:
        raise click.UsageError("give --minutes or --steps, not both")
    from f2a_train.experiments import Plan, carry_out, text  # noqa: PLC0415 -- see the module's docstring

    minutes = minutes or (0.0 if steps else 30.0)
    done = carry_out(Plan(minutes=minutes, steps=steps or 0, width=width or 0, **how), out)
    click.echo(text(done))
    if done.problems:
        raise click.exceptions.Exit(ExitCode.ROW_ERRORS)


main.add_command(detector)

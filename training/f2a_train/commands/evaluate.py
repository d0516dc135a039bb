"""``f2a-train evaluate``."""

from pathlib import Path
from typing import Any

import click

from f2a_train.commands.options import FILE, device_option


@click.command(epilog="Example: f2a-train evaluate --checkpoint runs/first")
@click.option(
    "--checkpoint", type=FILE, required=True, help="A run's folder, its checkpoint.pt, or an .onnx."
)
@click.option("--human", type=FILE, help="Manifest of human faces.  [default: the run's]")
@click.option("--anime", type=FILE, help="Manifest of anime faces.  [default: the run's]")
@click.option(
    "--faces", type=click.IntRange(8), default=500, show_default=True, help="Faces to evaluate, at most."
)
@device_option
@click.option("--inception-weights", type=FILE, help="Also compute FID and KID; see docs/metrics.md.")
@click.option("--json", "as_json", is_flag=True, help="Print metrics.json instead of the table.")
def evaluate(checkpoint: Path, *, as_json: bool, **how: Any) -> None:  # noqa: ANN401
    """Evaluate a generator on human faces that it was not trained on.

    The table shows every metric beside that of real anime faces (the floor) and of the unchanged input.
    """
    from f2a_train.evaluate import evaluate as run  # noqa: PLC0415 -- see the package

    done = run(checkpoint, **how)
    click.echo(done.json() if as_json else done.text(), nl=not as_json)

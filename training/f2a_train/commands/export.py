"""``f2a-train export``."""

from pathlib import Path

import click

from f2a_train.commands.options import FILE
from f2a_translate.directions import DIRECTIONS


@click.command(epilog="Example: f2a-train export --checkpoint runs/first --half --out generator.onnx")
@click.option("--checkpoint", type=FILE, required=True, help="A run's folder or its checkpoint.pt.")
@click.option("--out", type=FILE, required=True, help="The ONNX file.")
@click.option(
    "--direction", type=click.Choice(DIRECTIONS), default=DIRECTIONS[0], show_default=True, help="Direction."
)
@click.option(
    "--half", is_flag=True, help="Store the weights in 16 bits: half the size, almost no difference."
)
@click.option(
    "--discriminators", is_flag=True, help="Also store the discriminators: a run with --init starts better."
)
def export(checkpoint: Path, out: Path, direction: str, *, half: bool, discriminators: bool) -> None:
    """Export a run's generator as an ONNX file, which needs no torch.

    The export is compared with the original on the run's own faces and written only if both agree.
    """
    from f2a_train.generators import export as exporter  # noqa: PLC0415 -- see the package

    done = exporter.export(checkpoint, out, direction, half=half, discriminators=discriminators)
    click.echo(
        f"compared with torch on {len(done.probes.pixels)} {done.probes.origin}: "
        f"at most {done.largest:.0f} levels of 255 apart, {done.mean:.3f} on average"
    )
    click.echo(f"{out}: {done.bytes / 1e6:.1f} MB, {direction}")

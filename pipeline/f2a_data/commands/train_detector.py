"""train-detector: the project's own detector, on the user's pictures."""

from pathlib import Path
from typing import Any

import click

PLACES: dict[str, Any] = {
    "type": click.Path(path_type=Path, exists=True),
    "multiple": True,
    "required": True,
    "metavar": "DIR|ZIP",
}


@click.command("train-detector", short_help="Train the face detector on pictures of your own.")
@click.option("--anime-faces", **PLACES, help="Tight crops of anime faces; may be given several times.")
@click.option("--human-faces", **PLACES, help="Tight crops of human faces.")
@click.option("--illustrations", **PLACES, help="Illustrations; nobody needs to have boxed them.")
@click.option(
    "--minutes", type=click.FloatRange(min=0.01), default=30.0, show_default=True, help="Of training."
)
@click.option("--drawings", type=click.IntRange(min=1), default=450, show_default=True,
              help="Illustrations to draw for it, with exact boxes.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Of weights and scenes.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("f2a.onnx"),
              show_default=True, help="The network, as ONNX.")  # fmt: skip
def train_detector(out: Path, **options: Any) -> None:  # noqa: ANN401 -- see above
    """Train the face detector and write it as ONNX, for `detect --weights`.

    Illustrations are labelled where animeface agrees with itself over several sizes, a first network is
    trained on scenes made of all the material, labels them again, and training goes on. Needs the extra
    ``detector``. See docs/detector.md.

    Example: f2a-data train-detector --anime-faces anime.zip --human-faces people --illustrations drawings
    """
    from f2a_data.detector.recipe import Recipe, cook  # noqa: PLC0415 -- torch takes two seconds

    cook(Recipe(**options), out)
    click.echo(f"wrote {out}; use it with: f2a-data detect --detector f2a --weights {out}")


COMMANDS = (train_detector,)

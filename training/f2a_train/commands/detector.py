"""``f2a-train detector``: train the face detector on the user's images."""

from pathlib import Path
from typing import Any

import click

PLACES: dict[str, Any] = {
    "type": click.Path(path_type=Path, exists=True),
    "multiple": True,
    "metavar": "DIR|ZIP",
}


@click.command(
    short_help="Train the face detector on your own images.",
    epilog="Example: f2a-train detector --anime-faces anime.zip --human-faces people --faceless landscapes",
)
@click.option("--anime-faces", **PLACES, required=True, help="Tight crops of anime faces; may be repeated.")
@click.option("--human-faces", **PLACES, required=True, help="Tight crops of human faces.")
@click.option("--faceless", **PLACES, required=True,
              help="Images without a face: landscapes, rooms, patterns.")  # fmt: skip
@click.option("--boxed", type=(click.Path(path_type=Path), click.Path(path_type=Path)), multiple=True,
              metavar="DIR CSV", help="Illustrations, and boxes of all their faces.")  # fmt: skip
@click.option("--boxed-photos", type=(click.Path(path_type=Path), click.Path(path_type=Path)), multiple=True,
              metavar="DIR CSV", help="Photos of people, and boxes of all their faces.")  # fmt: skip
@click.option("--figures", type=(click.Path(path_type=Path), click.Path(path_type=Path)), multiple=True,
              metavar="DIR CSV", help="Cut-out drawn figures and portraits, and their boxes.")  # fmt: skip
@click.option("--drawings", type=(click.Path(path_type=Path), click.Path(path_type=Path)), multiple=True,
              metavar="DIR CSV", help="Illustrations drawn by a program, and their exact boxes.")  # fmt: skip
@click.option("--illustrations", **PLACES, help="Illustrations without boxes.")
@click.option(
    "--minutes",
    type=click.FloatRange(min=0.01),
    default=60.0,
    show_default=True,
    help="Training time in minutes.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of the weights and scenes.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("f2a.onnx"),
              show_default=True, help="The network, as ONNX.")  # fmt: skip
def detector(out: Path, **options: Any) -> None:  # noqa: ANN401 -- see above
    """Train the face detector and write it as ONNX, for `f2a-data detect --weights`.

    The network is trained in three rounds on scenes made from your images. After each round, its false
    detections become hard negatives for the next. Illustrations without boxes get pseudo-labels
    where the shipped detector, and later the network itself, agrees with itself over several
    sizes. Scores are calibrated on the images whose `split` in a boxes CSV is `calibration`. The same
    command continues after an interruption. See docs/detector.md.
    """
    import torch  # noqa: PLC0415 -- it takes two seconds

    from f2a_detector.recipe import Recipe, train_detector  # noqa: PLC0415
    from f2a_train.engine.precision import has_bf16  # noqa: PLC0415

    train_detector(Recipe(**options, bf16=has_bf16(torch.device("cpu"))), out)
    click.echo(f"wrote {out}; use it with: f2a-data detect --detector f2a --weights {out}")

"""``f2a-train detector``: the project's own face detector, trained on the user's pictures."""

from pathlib import Path
from typing import Any

import click

PLACES: dict[str, Any] = {
    "type": click.Path(path_type=Path, exists=True),
    "multiple": True,
    "metavar": "DIR|ZIP",
}


@click.command(
    short_help="Train the face detector on pictures of your own.",
    epilog="Example: f2a-train detector --anime-faces anime.zip --human-faces people --faceless landscapes",
)
@click.option("--anime-faces", **PLACES, required=True, help="Tight crops of anime faces; may be repeated.")
@click.option("--human-faces", **PLACES, required=True, help="Tight crops of human faces.")
@click.option("--faceless", **PLACES, required=True,
              help="Pictures without a face: landscapes, rooms, patterns.")  # fmt: skip
@click.option("--boxed", type=(click.Path(path_type=Path), click.Path(path_type=Path)), multiple=True,
              metavar="DIR CSV", help="Illustrations, and the boxes of all their faces.")  # fmt: skip
@click.option("--boxed-photos", type=(click.Path(path_type=Path), click.Path(path_type=Path)), multiple=True,
              metavar="DIR CSV", help="Photos of people, and the boxes of all their faces.")  # fmt: skip
@click.option("--figures", type=(click.Path(path_type=Path), click.Path(path_type=Path)), multiple=True,
              metavar="DIR CSV", help="Drawn figures, cut out, and portraits; the boxes.")  # fmt: skip
@click.option("--drawings", type=(click.Path(path_type=Path), click.Path(path_type=Path)), multiple=True,
              metavar="DIR CSV", help="Illustrations that a program drew; their exact boxes.")  # fmt: skip
@click.option("--illustrations", **PLACES, help="Illustrations that nobody has boxed.")
@click.option(
    "--minutes", type=click.FloatRange(min=0.01), default=60.0, show_default=True, help="Of training."
)
@click.option("--seed", default=0, show_default=True, help="Of weights and scenes.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("f2a.onnx"),
              show_default=True, help="The network, as ONNX.")  # fmt: skip
def detector(out: Path, **options: Any) -> None:  # noqa: ANN401 -- see above
    """Train the face detector and write it as ONNX, for `f2a-data detect --weights`.

    A network is trained on scenes made of all the material, in three rounds; what it takes for a face in
    pictures whose faces are known, and is none, is shown to it more often in the next. Illustrations without
    boxes are labelled where the shipped detector, then the network itself, agrees with itself over several
    sizes. Scores are calibrated on images that a boxes CSV puts into the half ``choose``. The same
    command goes on after an interruption. Needs the extra ``onnx``. See docs/detector.md.
    """
    import torch  # noqa: PLC0415 -- it takes two seconds

    from f2a_detector.recipe import Recipe, cook  # noqa: PLC0415
    from f2a_train.engine.precision import has_bf16  # noqa: PLC0415

    cook(Recipe(**options, bf16=has_bf16(torch.device("cpu"))), out)
    click.echo(f"wrote {out}; use it with: f2a-data detect --detector f2a --weights {out}")

"""Pictures to train a face detector on: drawings with exact boxes of their faces, and some without a face.

    python -m f2a_demo.boxed drawn
    f2a-train detector --drawings drawn/faces drawn/boxes.csv --faceless drawn/faceless ...

A seed always draws the same.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from f2a_demo.drawing import draw, draw_faceless
from f2a_faces.images import encode_png
from f2a_manifests import write_bytes, write_text
from f2a_manifests.progress import progress

FIRST_SEED = 50_000  # neither the demo nor the tests draw from here on


@click.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--count", type=click.IntRange(min=2), default=450, show_default=True, help="Of drawings.")
def boxed(out: Path, count: int) -> None:
    """Draw illustrations (OUT/faces, OUT/boxes.csv) and half as many without a face (OUT/faceless)."""
    for name in ("faces", "faceless"):
        (out / name).mkdir(parents=True, exist_ok=True)
    rows = [row for number in progress(range(count), "draw") for row in _drawn(out / "faces", number)]
    write_text(out / "boxes.csv", "\n".join(["image,x,y,w,h", *rows, ""]))
    for number in range(count // 2):
        pixels = draw_faceless(FIRST_SEED + number).pixels
        write_bytes(out / "faceless" / f"{number}.png", encode_png(pixels), durable=False)


def _drawn(folder: Path, number: int) -> Iterator[str]:
    """Draw one, and yield a line of the CSV for each face."""
    drawing = draw(FIRST_SEED + number)
    write_bytes(folder / f"{number}.png", encode_png(drawing.pixels), durable=False)
    for box in drawing.boxes:
        yield f"{number}.png,{','.join(map(str, box))}"


if __name__ == "__main__":
    boxed()

"""Write two sets of drawn pictures for `detect.py`, so that measurements are comparable.

    python benchmarks/drawn_sets.py sets
    python benchmarks/detect.py sets/faceless --detector f2a --detector animeface
    python benchmarks/detect.py sets/large --detector f2a --detector f2a:max_side=640

``faceless``: 100 drawn pictures without a face and 20 of noise, coarse and fine. ``large``: 30 illustrations
of 1,500 x 2,000 pixels as JPEG, with the exact boxes of their faces.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from f2a_demo.drawing import draw, draw_faceless
from f2a_faces.images import encode_png

HEAD = "image,x,y,w,h"
LARGE = (1500, 2000)


def main() -> None:
    """Write both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    out: Path = parser.parse_args().out
    _faceless(out / "faceless")
    _large(out / "large")


def _faceless(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(100):
        (folder / f"drawn{seed:03}.png").write_bytes(encode_png(draw_faceless(seed).pixels))
    rng = np.random.default_rng(0)
    for number in range(20):
        grain = 1 if number % 2 else 4
        noise = rng.integers(0, 256, (400 // grain, 400 // grain, 3), dtype=np.uint8)
        pixels = np.asarray(Image.fromarray(noise).resize((400, 400), Image.Resampling.BICUBIC))
        (folder / f"noise{number:02}.png").write_bytes(encode_png(pixels))
    (folder / "boxes.csv").write_text(f"{HEAD}\n")


def _large(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [HEAD]
    for seed in range(30):
        drawing = draw(seed)
        picture = Image.fromarray(drawing.pixels[..., :3])
        across, down = LARGE[0] / picture.width, LARGE[1] / picture.height
        picture.resize(LARGE).save(folder / f"{seed:02}.jpg", quality=92)
        for x, y, w, h in drawing.boxes:
            box = (round(x * across), round(y * down), round(w * across), round(h * down))
            rows.append(f"{seed:02}.jpg,{','.join(map(str, box))}")
    (folder / "boxes.csv").write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()

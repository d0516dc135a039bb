"""Decoding for detection: scaled down in the JPEG decoder, or decoded whole and then scaled down.

    python benchmarks/decode.py [--images 20] [--size 1500x2000] [--side 512]

Draws illustrations, saves them as JPEG, and decodes them both ways in turns on one core. Prints images per
CPU second of each, and the ratio of the medians.
"""

import argparse
import io
import statistics
import time
from collections.abc import Callable

import numpy as np
from PIL import Image

from f2a_demo.drawing import draw
from f2a_faces.images import decode


def whole(data: bytes, side: int) -> np.ndarray:
    """The baseline: decode every pixel, then downscale."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    image.thumbnail((side, side))
    return np.asarray(image)


def reduced(data: bytes, side: int) -> np.ndarray:
    """As the pipeline decodes."""
    return decode(data, side).pixels


def seconds(function: Callable[[bytes, int], np.ndarray], data: bytes, side: int) -> float:
    """CPU seconds of one call."""
    began = time.process_time()
    function(data, side)
    return time.process_time() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--size", default="1500x2000")
    parser.add_argument("--side", type=int, default=512)
    options = parser.parse_args()
    width, height = (int(word) for word in options.size.split("x"))
    files = [_jpeg(seed, width, height) for seed in range(options.images)]
    times: dict[str, list[float]] = {"whole": [], "reduced": []}
    for _ in range(3):
        for data in files:
            times["whole"].append(seconds(whole, data, options.side))
            times["reduced"].append(seconds(reduced, data, options.side))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        print(f"{name:<8} {1 / median:8.1f} images per CPU second")
    print(f"ratio    {medians['whole'] / medians['reduced']:8.2f} times as fast reduced as whole")


def _jpeg(seed: int, width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    picture = Image.fromarray(draw(seed).pixels[..., :3]).resize((width, height))
    picture.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


if __name__ == "__main__":
    main()

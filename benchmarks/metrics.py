"""Do the metrics see damage? Real faces, damaged more and more, in the place of a generator's results.

    python benchmarks/metrics.py --human w/manifests/human.csv --anime w/manifests/anime.csv \
        --source getchu64 --other ntu96

Prints a table, one row a damage, and what a look during training costs. docs/metrics.md shows one.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np

from f2a_faces.encoder import version
from f2a_faces.images import Pixels
from f2a_train.metrics import WATCHED, Reference, measure
from f2a_train.metrics.rows import judging_rows, training_rows

COLUMNS = (
    "kid_local",
    "density",
    "coverage",
    "two_sample",
    "diversity",
    "face_rate",
    "face_score",
    "nearer_training",
    "exact_copies",
)
SIDE = 64
INTERVALS = ("other faces of the source", "blur 0.6")


def main() -> None:
    """Measure and print."""
    how = _arguments()
    held_out = judging_rows(how.anime, 1000, 64, how.source).pixels(SIDE)
    half = len(held_out) // 2
    reals, rest = held_out[:half], held_out[half : 2 * half]
    seen = training_rows(how.anime)
    training = replace(seen, rows=[row for row in seen.rows if row.source == how.source]).pixels(SIDE)
    reference = Reference.of(reals, training)
    print(f"{half} faces a set, {len(training)} training faces; encoder {version()}\n")
    print("| in the place of results |", " | ".join(COLUMNS), "|\n|", " --- |" * (len(COLUMNS) + 1), sep="")
    for name, faces in _damaged(reals, rest, training):
        _print(name, faces, reference)
    _print(f"source {how.other}", judging_rows(how.anime, half, 8, how.other).pixels(SIDE), reference)
    humans = judging_rows(how.human, half, 8).pixels(SIDE)
    _print("copy the input: human faces", humans, reference)
    _print_cost(reals, rest)


def _damaged(reals: Pixels, rest: Pixels, training: Pixels) -> Iterator[tuple[str, Pixels]]:
    yield "other faces of the source", rest
    yield "the reals themselves", reals
    for sigma in (0.4, 0.6, 0.8, 1, 1.5, 2, 4):
        yield f"blur {sigma}", np.stack([cv2.GaussianBlur(face, (0, 0), sigma) for face in rest])
    rng = np.random.default_rng(0)
    for deviation in (4, 8, 16, 32):
        noisy = np.clip(rest + rng.normal(0, deviation, rest.shape), 0, 255)
        yield f"noise {deviation}", noisy.round().astype(np.uint8)
    darkest = np.argsort(rest.mean((1, 2, 3)))
    for share in (2, 4, 10):
        yield f"the darkest 1 in {share}", rest[np.resize(darkest[: len(rest) // share], len(rest))]
    for distinct in (100, 25, 5, 1):
        yield f"{distinct} distinct faces", rest[np.arange(len(rest)) % distinct]
    for share in (0.25, 0.5, 1):
        copies = int(share * len(rest))
        yield f"{share:.0%} training faces", np.concatenate([training[:copies], rest[copies:]])
    yield "colours inverted", 255 - rest
    yield "upside down", rest[:, ::-1]


def _print(name: str, faces: Pixels, reference: Reference) -> None:
    scores = measure(faces, reference, metrics=COLUMNS, resamples=200 if name in INTERVALS else 0)
    cells = []
    for column in COLUMNS:
        score = getattr(scores, column)
        bounds = "" if score.low is None else f" ({score.low:.3g} to {score.high:.3g})"
        cells.append(f"{score.value:.3g}{bounds}")
    print(f"| {name} |", " | ".join(cells), "|", flush=True)


def _print_cost(reals: Pixels, rest: Pixels) -> None:
    print()
    for count in (64, 256):
        reference = Reference.of(reals[:count])
        for name, kind in {"watched": WATCHED, "all": COLUMNS[:-2]}.items():
            begin = perf_counter()
            measure(rest[:count], reference, rest[:count], rest[:count], metrics=kind)
            print(f"{name} metrics of {len(rest[:count])} faces: {perf_counter() - begin:.2f} s")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--human", type=Path, required=True)
    parser.add_argument("--anime", type=Path, required=True)
    parser.add_argument("--source", default="", help="of the anime faces; others are in column source")
    parser.add_argument("--other", default="", help="another source, for comparison")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""Do the metrics detect degradation? Degraded drawn faces and photos instead of results.

    python benchmarks/metrics.py --human w/manifests/human.csv --anime w/manifests/anime.csv

Prints a table, one row per degradation, and the time of an evaluation. docs/lab/metrics.md shows one.
"""

import argparse
from pathlib import Path
from time import perf_counter

from planted import families, paired

from f2a_faces.images import Pixels
from f2a_manifests import Domain
from f2a_metrics import METRICS, WATCHED, Reference, measure, version
from f2a_train.evaluation_rows import evaluation_rows

INTERVALS = ("other drawn faces", "blur 0.6")


def main() -> None:
    """Measure and print."""
    how = _arguments()
    drawn = evaluation_rows(how.anime, Domain.ANIME, 2 * how.faces, 16).pixels(how.size)
    photos = evaluation_rows(how.human, Domain.HUMAN, how.faces, 8).pixels(how.size)
    count = min(len(photos), len(drawn) // 2)
    reals, others, photos = drawn[:count], drawn[count : 2 * count], photos[:count]
    begin = perf_counter()
    reference = Reference.of(reals)
    print(f"{count} faces a set, encoded in {perf_counter() - begin:.1f} s; backbone {version()}\n")
    print("| in the place of results |", " | ".join(METRICS), "|\n|", " --- |" * (len(METRICS) + 1), sep="")
    damaged = {name: faces for family in families(others, photos).values() for name, faces in family.items()}
    for name, faces in damaged.items():
        _print(name, faces, reference, None)
    for name, faces in paired(photos, others[0]).items():
        _print(name, faces, reference, photos)
    _print_cost(others, photos, reference)


def _print(name: str, faces: Pixels, reference: Reference, photos: Pixels | None) -> None:
    scores = measure(faces, reference, photos, resamples=200 if name in INTERVALS else 0)
    cells = []
    for score in map(scores.get, METRICS):
        bounds = "" if score is None or score.low is None else f" ({score.low:.3g} to {score.high:.3g})"
        cells.append("" if score is None else f"{score.value:.3g}{bounds}")
    print(f"| {name} |", " | ".join(cells), "|", flush=True)


def _print_cost(faces: Pixels, photos: Pixels, reference: Reference) -> None:
    print()
    for count in (64, len(photos)):
        for name, kind in {"watched": WATCHED, "all": tuple(METRICS)}.items():
            begin = perf_counter()
            measure(faces[:count], reference, photos[:count], metrics=kind)
            print(f"{name} metrics of {count} faces: {perf_counter() - begin:.2f} s")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--human", type=Path, required=True)
    parser.add_argument("--anime", type=Path, required=True)
    parser.add_argument("--faces", type=int, default=250, help="of a set, at most")
    parser.add_argument("--size", type=int, default=64, help="pixels of the crops' sides")
    return parser.parse_args()


if __name__ == "__main__":
    main()

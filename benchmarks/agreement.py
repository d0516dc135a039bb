"""Do the metrics agree with human ranking? Spearman's correlation of each metric with a ranking by eye.

    python benchmarks/agreement.py --human w/manifests/human.csv --anime w/manifests/anime.csv \
        --ranks ranks.csv

`ranks.csv` has the columns `results` and `rank` (1 is the best; ties are allowed). `results` is a
run's folder, its checkpoint, an exported `.onnx`, a folder of pictures named by the ids of the photos in the
manifest (`ID.png`), or planted damage by its name (`photos as cartoons`). Paths are relative to the file.
Prints a table of them all, then how well each metric agrees: 1 always, 0 not at all, below 0 the reverse.
Families of planted damage, whose order is known, are evaluated, too; without `--ranks` only they.
"""

import argparse
import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from planted import batched, families, paired

from f2a_faces.images import Pixels, decode
from f2a_manifests import Domain
from f2a_manifests.run_folder import RunFolder
from f2a_metrics import Reference, measure, version
from f2a_metrics.reference import FEWEST
from f2a_metrics.tones import spearman
from f2a_train.evaluation_rows import EvaluationRows, evaluation_rows
from f2a_train.generators import load
from f2a_translate.directions import DIRECTIONS

BETTER = {
    "kid_lite2": -1,
    "density": 1,
    "coverage": 1,
    "spread": 1,
    "face_rate": 1,
    "retrieval": 1,
    "colour_rank": -1,
    "tone_rank_skin": 1,
    "tone_rank_hair": 1,
    "dark_skin_paler": -1,
}
"""The direction in which each metric is better; metrics without one are left out."""
Values = dict[str, float]


@dataclass(frozen=True, slots=True)
class Judges:
    """The held-out faces, uint8 (N, S, S, 3), and the ids of the photos."""

    ids: list[str]
    photos: Pixels
    drawn: Pixels
    reference: Reference

    def scores(self, faces: Pixels, photos: Pixels | None = None) -> Values:
        """All metrics with a better direction."""
        found = measure(faces, self.reference, photos, metrics=tuple(BETTER))
        return {name: score.value for name, score in found.items()}


def main() -> None:
    """Measure, compare and print."""
    how = _arguments()
    judges = _judges(how)
    print(f"{len(judges.photos)} photos, as many drawn faces; backbone {version()}\n")
    if how.ranks:
        _print_ranked(how.ranks, judges)
    _print_header("planted damage, from none to most")
    for name, family in families(judges.drawn, judges.photos).items():
        found = [judges.scores(faces) for faces in family.values()]
        _print_row(name, _agreement(found, range(len(found))))


def _judges(how: argparse.Namespace) -> Judges:
    humans, animes = (
        evaluation_rows(how.human, Domain.HUMAN, how.faces, FEWEST),
        evaluation_rows(how.anime, Domain.ANIME, 2 * how.faces, 2 * FEWEST),
    )
    photos, drawn = humans.pixels(how.size), animes.pixels(how.size)
    count = min(len(photos), len(drawn) // 2)
    return Judges(_ids(humans)[:count], photos[:count], drawn[count : 2 * count], Reference.of(drawn[:count]))


def _ids(rows: EvaluationRows) -> list[str]:
    return [row.id for row in rows.rows]


def _print_ranked(ranks: Path, judges: Judges) -> None:
    with ranks.open(newline="") as file:
        ranked = [(row["results"], float(row["rank"])) for row in csv.DictReader(file)]
    planted = paired(judges.photos, judges.drawn[0])
    found = []
    _print_header("results, rank by eye")
    for name, rank in sorted(ranked, key=lambda one: one[1]):
        places, results = _results(name, ranks.parent, planted, judges)
        found.append(judges.scores(results, judges.photos[places]))
        _print_row(f"{name}, {rank:g}", found[-1])
    _print_row("**agreement with the eye**", _agreement(found, sorted(rank for _, rank in ranked)))
    print()


def _results(
    name: str, home: Path, planted: Mapping[str, Pixels], judges: Judges
) -> tuple[list[int], Pixels]:
    """Indices of photos, and a result of each."""
    everywhere = list(range(len(judges.photos)))
    if name in planted:
        return everywhere, planted[name]
    path = home / name
    if path.is_dir() and not RunFolder(path).checkpoint.exists():
        return _pictures(path, judges)
    translator = load(path, DIRECTIONS[0], "cpu")
    photos = _resized(judges.photos, translator.card.size)
    return everywhere, _resized(batched(translator, photos), judges.photos.shape[1])


def _pictures(folder: Path, judges: Judges) -> tuple[list[int], Pixels]:
    files = {file.stem: file for file in folder.iterdir()}
    places = [place for place, identifier in enumerate(judges.ids) if identifier in files]
    if len(places) < FEWEST:
        raise SystemExit(f"{folder}: {len(places)} pictures are named by ids of the {len(judges.ids)} photos")
    pixels = [decode(files[judges.ids[place]].read_bytes()).pixels for place in places]
    return places, np.concatenate([_resized(one[None], judges.photos.shape[1]) for one in pixels])


def _resized(faces: Pixels, side: int) -> Pixels:
    kind = cv2.INTER_AREA if faces.shape[1] > side else cv2.INTER_CUBIC
    return np.stack(
        [np.asarray(cv2.resize(face, (side, side), interpolation=kind), np.uint8) for face in faces]
    )


def _agreement(found: list[Values], ranks: Iterable[float]) -> Values:
    """Rank correlation with the ranks, for each metric that all results have."""
    common = [name for name in BETTER if all(name in values for values in found)]
    worse = np.array(list(ranks), np.float64)
    return {
        name: spearman(np.array([-BETTER[name] * values[name] for values in found]), worse) for name in common
    }


def _print_header(what: str) -> None:
    print(f"| {what} |", " | ".join(BETTER), "|\n|", " --- |" * (len(BETTER) + 1), sep="")


def _print_row(name: str, values: Values) -> None:
    cells = [f"{values[metric]:.3g}" if metric in values else "" for metric in BETTER]
    print(f"| {name} |", " | ".join(cells), "|", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--human", type=Path, required=True)
    parser.add_argument("--anime", type=Path, required=True)
    parser.add_argument("--ranks", type=Path)
    parser.add_argument("--faces", type=int, default=250, help="photos, at most")
    parser.add_argument("--size", type=int, default=64, help="pixels of the crops' sides")
    return parser.parse_args()


if __name__ == "__main__":
    main()

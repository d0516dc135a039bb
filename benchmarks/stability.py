"""Do the presets hold? `paper` and `steady`, several seeds each, the same time each, on real faces.

    python benchmarks/stability.py --human w/manifests/human.csv --anime w/manifests/anime.csv --out w/runs

The small preset: both with `--generator unet --width 16 --batch-size 8`, all else as it is. Each run trains
for `--minutes`; a watchdog looks at it, warns in `paper` and acts in `steady`. The last state of each is
judged on held-out faces. Prints a table of the runs and of their means, beside real faces (floor) and
untranslated ones. The same command goes on where it was stopped; what is done is not done again.
docs/stability.md shows one.
"""

import argparse
import csv
import json
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import numpy as np

from f2a_faces.encoder import version
from f2a_faces.images import Pixels
from f2a_manifests import ExitCode, FatalError, write_text
from f2a_train.config import WATCHDOG, from_preset
from f2a_train.folder import RunFolder
from f2a_train.metrics import Reference, measure
from f2a_train.metrics.rows import judging_rows
from f2a_train.train import Options, train
from f2a_train.translator import load

SMALL = {"generator": "unet", "width": 16, "batch_size": 8, "steps": 1_000_000}
METRICS = ("kid_local", "coverage", "face_rate", "diversity", "retrieval_edges")
SIDE = 64
BATCH = 32
COLUMNS = ("run", "steps", "collapsed", "went back", *METRICS)


@dataclass(frozen=True, slots=True)
class Judges:
    """The held-out faces: uint8 (N, 64, 64, 3) humans, and other real anime faces than the reference's."""

    humans: Pixels
    others: Pixels
    reference: Reference

    def scores(self, faces: Pixels) -> dict[str, float]:
        """Of results of the humans, or of what stands in their place."""
        found = measure(faces, self.reference, self.humans, metrics=METRICS)
        return {name: getattr(found, name).value for name in METRICS}


def main() -> None:
    """Train what is not trained yet, and print the table."""
    how = _arguments()
    judges = _judges(how.human, how.anime, how.faces)
    results = {}
    for seed in range(how.seeds):  # so that what is done by any time is balanced
        for preset in how.presets:
            name = f"{preset}-{seed}"
            try:
                results[name] = _result(how, preset, seed, how.out / name, judges)
            except FatalError as error:
                raise SystemExit(str(error)) from None
            print(f"done: {_row(name, results[name])}", flush=True)
    print(f"\n{how.minutes} minutes a run; {len(judges.humans)} faces judged; encoder {version()}\n")
    print("|", " | ".join(COLUMNS), "|\n|", " --- |" * len(COLUMNS), sep="")
    for name, result in sorted(results.items()):
        print(_row(name, result))
    for preset in how.presets:
        print(_row(f"**{preset}, mean**", _means([results[f"{preset}-{seed}"] for seed in range(how.seeds)])))
    print(_row("real faces (floor)", judges.scores(judges.others)))
    print(_row("the input itself", judges.scores(judges.humans)))


def _judges(human: Path, anime: Path, faces: int) -> Judges:
    humans = judging_rows(human, faces, 8).pixels(SIDE)
    animes = judging_rows(anime, 2 * faces, 16).pixels(SIDE)
    count = min(len(humans), len(animes) // 2)
    return Judges(humans[:count], animes[count : 2 * count], Reference.of(animes[:count]))


def _result(how: argparse.Namespace, preset: str, seed: int, out: Path, judges: Judges) -> dict[str, float]:
    """Train one run, or go on with it, and judge it; what was judged before is read."""
    file = out / "stability.json"
    if file.exists():
        done: dict[str, float] = json.loads(file.read_text())
        return done
    config = from_preset(preset, **SMALL, seed=seed)
    options = Options(
        device=how.device,
        progress=False,
        seconds=60 * how.minutes,
        watchdog=WATCHDOG[preset],
        watch_every=how.watch_every,
        checkpoint_every=how.watch_every,
        sample_every=how.watch_every,
    )
    try:
        train(how.human, how.anime, out, config, options)
    except FatalError as error:
        if error.code is not ExitCode.COLLAPSED and "diverged" not in str(error):
            raise
        print(error, flush=True)  # judged by the last good state
    result = _watched(RunFolder(out)) | judges.scores(_translated(out, judges.humans))
    write_text(file, json.dumps(result, indent=2) + "\n")
    return result


def _watched(folder: RunFolder) -> dict[str, float]:
    with folder.watch.open(newline="") as file:
        actions = [row["action"] for row in csv.DictReader(file)]
    steps = int(folder.losses.read_text().splitlines()[-1].split(",")[0])
    flagged = any(action in {"collapsed", "went back", "gave up"} for action in actions)
    return {"steps": steps, "collapsed": float(flagged), "went back": actions.count("went back")}


def _translated(out: Path, humans: Pixels) -> Pixels:
    translator = load(out, "human2anime", "cpu")
    return np.concatenate([translator(humans[at : at + BATCH]) for at in range(0, len(humans), BATCH)])


def _means(results: list[dict[str, float]]) -> dict[str, float]:
    return {name: mean(result[name] for result in results) for name in results[0]}


def _row(name: str, result: dict[str, float]) -> str:
    cells = [_number(result[column]) if column in result else "" for column in COLUMNS[1:]]
    return f"| {name} | {' | '.join(cells)} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--human", type=Path, required=True)
    parser.add_argument("--anime", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="Folder for the runs' folders.")
    parser.add_argument("--minutes", type=float, default=60.0, help="of training, each run")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--presets", nargs="+", choices=list(WATCHDOG), default=list(WATCHDOG))
    parser.add_argument("--watch-every", type=int, default=250, help="steps between looks")
    parser.add_argument("--faces", type=int, default=500, help="judged in the end, at most")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""Do the presets train stably? Several seeds each, for the same time, evaluated repeatedly on real faces.

    python benchmarks/stability.py --human w/manifests/human.csv --anime w/manifests/anime.csv --out w/runs

Each preset trains up to the last of `--minutes`, with an evaluation on held-out faces at each. On a CPU these
are minutes of processor time, all threads together, so other work on the machine does not count: two idle
cores need about 30 for the default's 60. `paper` and `steady` are small ones: `generator = "unet"`,
`width = 16`, `batch_size = 8`, all else as in the preset. The watchdog's mode is the preset's. Prints a table
of the runs and of their means, beside real faces (floor) and untranslated ones. The same command continues
after an interruption. docs/lab/stability.md has the results.
"""

import argparse
import csv
import json
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from planted import batched

from f2a_faces.images import Pixels
from f2a_manifests import Domain, ExitCode, FatalError, write_text
from f2a_manifests.run_folder import RunFolder
from f2a_methods import FINE_TUNING, PRESETS, from_preset, running_of
from f2a_metrics import WATCHED, Reference, measure, version
from f2a_train.engine.loop import Options, train
from f2a_train.engine.run import resolve_device
from f2a_train.evaluation_rows import evaluation_rows
from f2a_train.generators import load
from f2a_translate.directions import DIRECTIONS

SMALL = {"generator": "unet", "width": 16, "batch_size": 8}
CHANGES: dict[str, dict[str, Any]] = {"paper": SMALL, "steady": SMALL}
STEPS = 1_000_000  # more than there is time for
METRICS = tuple(name for name in WATCHED if name != "change")
COLUMNS = ("run", "minutes", "steps", "collapsed", "rolled back", *METRICS)
Result = dict[str, float]


@dataclass(frozen=True, slots=True)
class Judges:
    """The held-out faces: uint8 (N, S, S, 3) humans, and other real anime faces than the reference's."""

    humans: Pixels
    others: Pixels
    reference: Reference

    def scores(self, faces: Pixels) -> Result:
        """Metrics of the translated photos, or of the faces used in their place."""
        found = measure(faces, self.reference, self.humans, metrics=METRICS)
        return {name: found[name].value for name in METRICS}


def main() -> None:
    """Train the remaining runs, and print the table."""
    how = _arguments()
    judges = _judges(how)
    runs = [(preset, seed) for seed in range(how.seeds) for preset in how.presets]
    results = {}
    for minutes in sorted(how.minutes):  # so that the finished runs are balanced at any time
        for preset, seed in runs:
            try:
                found = _result(how, preset, seed, minutes, judges)
            except FatalError as error:
                raise SystemExit(str(error)) from None
            results[preset, minutes, seed] = found
            print(f"done: {_row(f'{preset}-{seed}', found)}", flush=True)
    print(f"\n{len(judges.humans)} faces judged; backbone {version()}\n")
    print("|", " | ".join(COLUMNS), "|\n|", " --- |" * len(COLUMNS), sep="")
    for (preset, _, seed), result in sorted(results.items()):
        print(_row(f"{preset}-{seed}", result))
    for preset in how.presets:
        for minutes in sorted(how.minutes):
            seeds = [results[preset, minutes, seed] for seed in range(how.seeds)]
            print(_row(f"**{preset}, mean**", {name: mean(one[name] for one in seeds) for name in seeds[0]}))
    print(_row("real faces (floor)", judges.scores(judges.others)))
    print(_row("the input itself", judges.scores(judges.humans)))


def _judges(how: argparse.Namespace) -> Judges:
    humans = evaluation_rows(how.human, Domain.HUMAN, how.faces, 8).pixels(how.size)
    animes = evaluation_rows(how.anime, Domain.ANIME, 2 * how.faces, 16).pixels(how.size)
    count = min(len(humans), len(animes) // 2)
    return Judges(humans[:count], animes[count : 2 * count], Reference.of(animes[:count]))


def _result(how: argparse.Namespace, preset: str, seed: int, minutes: float, judges: Judges) -> Result:
    """Train or continue one run until then, and evaluate it; stored evaluations are reused."""
    out = how.out / f"{preset}-{seed}"
    file = out / f"stability-{minutes:g}.json"
    if file.exists():
        done: Result = json.loads(file.read_text())
        return done
    config = from_preset(preset, **CHANGES.get(preset, {}), steps=STEPS, seed=seed)
    every = max(1, how.watch_every // config.batch_size)
    options = Options(
        device=how.device,
        progress=False,
        minutes=minutes,
        watchdog=running_of(preset)["watchdog"],
        now=time.perf_counter if resolve_device(how.device).type == "cuda" else time.process_time,
        watch_every=every,
        checkpoint_every=every,
        sample_every=every,
    )
    try:
        train(how.human, how.anime, out, config, options)
    except FatalError as error:
        if error.code is not ExitCode.COLLAPSED and "diverged" not in str(error):
            raise
        print(error, flush=True)  # judged by the last good state
    result = {"minutes": minutes} | _watched(RunFolder(out)) | judges.scores(_translated(out, judges.humans))
    write_text(file, json.dumps(result, indent=2) + "\n")
    return result


def _watched(folder: RunFolder) -> Result:
    with folder.watch.open(newline="") as file:
        actions = [row["action"] for row in csv.DictReader(file)]
    steps = int(folder.losses.read_text().splitlines()[-1].split(",")[0])
    flagged = any(action in {"collapsed", "rolled back", "gave up"} for action in actions)
    return {"steps": steps, "collapsed": float(flagged), "rolled back": actions.count("rolled back")}


def _translated(out: Path, humans: Pixels) -> Pixels:
    return batched(load(out, DIRECTIONS[0], "cpu"), humans)


def _row(name: str, result: Result) -> str:
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
    parser.add_argument("--minutes", type=float, nargs="+", default=[10, 20, 40, 60], help="when to judge")
    parser.add_argument("--seeds", type=int, default=3)
    presets = [preset for preset in PRESETS if preset != FINE_TUNING]  # runs start from random weights
    parser.add_argument("--presets", nargs="+", choices=presets, default=presets)
    parser.add_argument(
        "--watch-every", type=int, default=1000, help="images of a domain between evaluations"
    )
    parser.add_argument("--faces", type=int, default=500, help="judged, at most")
    parser.add_argument("--size", type=int, default=64, help="pixels of the crops' sides")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    return parser.parse_args()


if __name__ == "__main__":
    main()

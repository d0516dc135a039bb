"""Precision and recall of the flags that `clean` sets from a crop's pixels.

    python benchmarks/flags.py --faces ntu96.zip --labels benchmarks/ntu96-labels.csv --apart apart.npz \
        --boxed illustrations/boxed --boxed scenes --tidy getchu64.zip --human celeba-crops128.zip

1. `--faces` with labelled wrong crops (`name,sha256,label`). `--apart` has the logits of five networks, each
   for the part that it was not trained on (`train_wrong_crops.py`); without it the shipped network judges.
2. Misdetections planted among tidy faces, three in a hundred: made from images that the network has not seen.
3. Photos among drawn faces, and drawn faces among photos, three in a hundred each.

A flag that `clean` does not set is judged at a limit of 0. Of `--tidy` and `--human` only the files with an
odd hash are used; the network was trained on the others.
"""

import argparse
import csv
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from misdetections import BACKGROUND, misdetections
from review import read

from f2a_faces.images import Pixels
from f2a_faces.wrong_crops import LIMITS, WRONG, judge

MEANT = {
    BACKGROUND: "not_a_face",
    "half": "part_of_a_face",
    "low": "part_of_a_face",
    "close": "part_of_a_face",
}
SHARE = 0.03  # planted
T = TypeVar("T")
Judged = list[tuple[str, npt.NDArray[np.float32]]]
"""What each crop is, empty for a face, and its logits."""


def main() -> None:
    """Print three tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--faces", type=Path, required=True, help="ZIP file or folder")
    parser.add_argument("--labels", type=Path, required=True, help="CSV with the wrong ones")
    parser.add_argument("--apart", type=Path, help="logits by networks that have not seen the crops, .npz")
    parser.add_argument("--boxed", type=Path, action="append", default=[], help="folder with boxes.csv")
    parser.add_argument("--tidy", type=Path, required=True, help="ZIP file or folder of drawn faces")
    parser.add_argument("--human", type=Path, required=True, help="ZIP file or folder of photos of faces")
    options = parser.parse_args()
    table("real", real(options.faces, options.labels, options.apart))
    drawn, photos = odd(options.tidy), odd(options.human)
    faces: Judged = [("", judge(pixels, "anime")) for pixels in drawn]
    found = [one for one in misdetections(options.boxed, 96) if one.kind in MEANT]
    wrong = some(found, round(SHARE * len(faces)))
    table("planted", faces + [(MEANT[one.kind], judge(one.pixels, "anime")) for one in wrong])
    count = round(SHARE * len(faces))
    table("photos", faces + [("other_style", judge(one, "anime")) for one in some(photos, count)])
    humans: Judged = [("", judge(pixels, "human")) for pixels in photos]
    table("drawn", humans + [("other_style", judge(one, "human")) for one in some(drawn, count)])


def table(title: str, judged: Judged) -> None:
    """For each flag: crops with it, those that it is right about, those that are wrong at all, and recall."""
    kinds = [kind for kind, _ in judged]
    wrong = sum(map(bool, kinds))
    print(f"{title}: {len(judged)} crops, {wrong} of them wrong")
    print(f"  {'':16}limit flagged  right  precision  wrong at all   of  recall")
    for place, name in enumerate(WRONG):
        limit = LIMITS.get(name, 0.0)
        named = [kind for kind, logits in judged if logits[place] >= limit]
        right, of = named.count(name), kinds.count(name)
        share = [f"{right / max(len(named), 1):.0%}", f"{sum(map(bool, named)) / max(len(named), 1):.0%}"]
        recall = f"{right / of:.0%}" if of else ""
        counts = f"{limit:5.1f} {len(named):7} {right:6}"
        print(f"  {name:16}{counts} {share[0]:>10} {share[1]:>13} {of:4} {recall:>7}")


def real(faces: Path, labels: Path, apart: Path | None) -> Judged:
    """The labelled crops."""
    wrong = {row["sha256"]: row["label"] for row in csv.DictReader(labels.open(encoding="utf-8"))}
    logits = known(apart)
    return [(wrong.get(key, ""), logits(key, pixels)) for key, pixels in read(faces)]


def known(apart: Path | None) -> Callable[[str, Pixels], npt.NDArray[np.float32]]:
    """The logits of a crop, looked up by its hash or else computed."""
    if not apart:
        return lambda _, pixels: judge(pixels, "anime")
    with np.load(apart) as kept:
        logits = dict(zip(kept["keys"].tolist(), kept["logits"], strict=True))
    return lambda key, _: logits[key]


def odd(faces: Path) -> list[Pixels]:
    """The files with an odd hash."""
    return [pixels for key, pixels in read(faces) if int(key[-1], 16) % 2]


def some(found: list[T], count: int) -> list[T]:
    """A fixed random sample."""
    return [found[place] for place in np.random.default_rng(0).permutation(len(found))[:count].tolist()]


if __name__ == "__main__":
    main()

"""How early a reviewer sees the wrong crops, and whether the estimate of the remaining ones is right.

    python benchmarks/review.py --faces ntu96.zip --labels benchmarks/ntu96-labels.csv \
        --boxed illustrations/boxed --boxed scenes

`--faces` is a ZIP file or a folder of crops. `--labels` names those that are wrong (`name,sha256,label`); all
others are right. Misdetections made from the images of `--boxed` (folders with a `boxes.csv`) are planted
among them: three in a hundred. A simulated reviewer with the true labels looks at pages of 60 crops, in the
order of: chance; the detector's score; today's flags; the queue without learning; the queue. Then a hundred
reviews with other seeds stop at a tenth of the crops, and the interval for the wrong ones among the rest is
compared with the truth.
"""

import argparse
import csv
import hashlib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np
import numpy.typing as npt
from misdetections import BACKGROUND, misdetections, planted

from f2a_data.stages import quality
from f2a_data.stages.clean import Clean
from f2a_faces.images import Pixels, decode
from f2a_faces.second_look import look
from f2a_faces.wrong_crops import WRONG
from f2a_queue.evidence import Evidence
from f2a_queue.queue import DROP, KEEP, Queue

PAGE, SIDE = 60, 96
LOOKED = (0.02, 0.05, 0.06, 0.1, 0.2)
SHARE = 0.03  # planted
Mask = npt.NDArray[np.bool_]
Order = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Crops:
    """The crops of the simulation."""

    keys: list[str]
    kinds: list[str]
    """Empty for a face."""
    looks: npt.NDArray[np.float32]
    flags: Mask

    def among(self, rows: Order) -> "Crops":
        """Some of them."""
        keys, kinds = [self.keys[row] for row in rows], [self.kinds[row] for row in rows]
        return Crops(keys, kinds, self.looks[rows], self.flags[rows])

    def evidence(self) -> Evidence:
        """For the queue; the crops came without a detector's score."""
        return Evidence(
            self.looks, np.full(len(self.keys), np.nan, np.float32), self.flags, np.zeros(len(self.keys), int)
        )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--faces", type=Path, required=True, help="ZIP file or folder")
    parser.add_argument("--labels", type=Path, required=True, help="CSV with the wrong ones")
    parser.add_argument("--boxed", type=Path, action="append", default=[], help="folder with boxes.csv")
    parser.add_argument("--simulations", type=int, default=100, help="reviews for the interval")
    parser.add_argument("--apart", type=Path, help="logits by networks that have not seen the crops, .npz")
    parser.add_argument("--cache", type=Path, help=".npz file that keeps what the detector sees")
    options = parser.parse_args()
    crops = cached(options.cache, lambda: seen(options.faces, options.labels, options.boxed))
    if options.apart:
        judge_apart(crops, options.apart)
    real = np.flatnonzero([not kind.startswith("planted") for kind in crops.kinds])
    mixed = crops.among(np.concatenate([real, chosen(crops, round(len(real) * SHARE), 0)]))
    table(mixed)
    intervals(crops, real, options.simulations)


def table(crops: Crops) -> None:
    """Share of the wrong ones found, by how many were looked at."""
    is_planted = np.array([kind.startswith("planted") for kind in crops.kinds])
    is_real = np.array([bool(kind) for kind in crops.kinds]) & ~is_planted
    print(f"{len(crops.keys)} crops, {is_real.sum()} wrong, {is_planted.sum()} more planted; share found at")
    print(f"{'':22}{'planted':>8}" + f"{'':32}real")
    print(f"{'order':22}" + 2 * "".join(f"{share:8.0%}" for share in LOOKED))
    unusual = crops.evidence().unusual()
    orders = {
        "chance": np.random.default_rng(0).permutation(len(crops.keys)),
        "detector's score": np.argsort(crops.looks[:, 0], kind="stable"),
        "flags": np.argsort(-crops.flags.sum(1), kind="stable"),
        "queue, untrained": np.argsort(-unusual, kind="stable"),
        "queue, learning": reviewed(crops, 0, LOOKED[-1])[1],
    }
    for name, order in orders.items():
        found = [
            f"{share_found(order, wrong, share):8.1%}" for wrong in (is_planted, is_real) for share in LOOKED
        ]
        print(f"{name:22}" + "".join(found))
    for kind in sorted(set(crops.kinds) - {""}):
        wrong = np.array([one == kind for one in crops.kinds])
        found = [f"{share_found(orders['queue, learning'], wrong, share):8.1%}" for share in LOOKED]
        print(f"  {kind:20}" + "".join(found) + f"   of {wrong.sum()}")


def reviewed(crops: Crops, seed: int, share: float) -> tuple[Queue, Order]:
    """A review that stops after a share of the crops: the queue, and what was looked at in order."""
    queue = Queue(crops.evidence(), crops.keys, seed)
    looked: list[int] = []
    while len(looked) < share * len(crops.keys):
        for number in queue.order()[:PAGE].tolist():
            queue.decide([number], DROP if crops.kinds[number] else KEEP)
            looked.append(number)
        queue.refit()
    return queue, np.array(looked)


def intervals(crops: Crops, real: Order, count: int) -> None:
    """How often the interval contains the true value."""
    held, widths, shares, of_real, start = 0, [], [], [], process_time()
    for seed in range(1, count + 1):
        mixed = crops.among(np.concatenate([real, chosen(crops, round(len(real) * SHARE), seed)]))
        queue, looked = reviewed(mixed, seed, 0.1)
        wrong = np.array([bool(kind) for kind in mixed.kinds])
        left = int(wrong.sum() - wrong[looked].sum())
        estimate = queue.estimate()
        held += estimate.least <= left <= estimate.most
        widths.append(estimate.most)
        shares.append(1 - left / wrong.sum())
        of_real.append(share_found(looked, wrong & (np.arange(len(wrong)) < len(real)), 0.1))
    if count:
        seconds = (process_time() - start) / count
        print(f"interval right in {held} of {count} reviews of a tenth, {seconds:.1f} s each;")
        print(f"{np.mean(shares):.1%} of all wrong ones found, {np.mean(of_real):.1%} of the real;")
        print(f"upper end {np.median(widths):.0f} (median)")


def share_found(order: Order, wrong: Mask, share: float) -> float:
    """Of the wrong ones, those within the first share."""
    return float(wrong[order[: round(share * len(wrong))]].sum() / max(wrong.sum(), 1))


def chosen(crops: Crops, count: int, seed: int) -> Order:
    """Rows of planted crops, half of them pieces of background."""
    rows = [(row, kind) for row, kind in enumerate(crops.kinds) if kind.startswith("planted")]
    return np.array(
        [row for row, _ in planted(rows, count, seed, lambda one: one[1].endswith(BACKGROUND))], np.intp
    )


def seen(faces: Path, labels: Path, boxed: list[Path]) -> Crops:
    """Look at all crops, real and planted."""
    wrong = {row["sha256"]: row["label"] for row in csv.DictReader(labels.open(encoding="utf-8"))}
    found = [(name, wrong.get(name, ""), pixels) for name, pixels in read(faces)]
    for place, one in enumerate(misdetections(boxed, SIDE)):
        found.append((f"planted {place}", f"planted {one.kind}", one.pixels))
    looks = np.stack([look(pixels, "anime") for _, _, pixels in found])
    flags = np.array([flagged(pixels) for _, _, pixels in found])
    return Crops([name for name, _, _ in found], [kind for _, kind, _ in found], looks, flags)


def judge_apart(crops: Crops, file: Path) -> None:
    """Put in logits of `train_wrong_crops.py` where the shipped network was trained on the crop itself."""
    with np.load(file) as kept:
        apart = dict(zip(kept["keys"].tolist(), kept["logits"], strict=True))
    for row, key in enumerate(crops.keys):
        if key in apart:
            crops.looks[row, -len(WRONG) :] = apart[key]


def flagged(pixels: Pixels) -> list[bool]:
    """Today's flags of crops that came without a detector."""
    luma, limits = quality.grey(pixels), Clean()
    flat = quality.contrast(luma) < limits.contrast
    blurred = not flat and quality.sharpness(luma) < limits.sharpness
    return [flat, blurred, quality.colour_spread(pixels) < limits.colour_spread]


def read(faces: Path) -> Iterator[tuple[str, Pixels]]:
    """Each crop with its file's SHA-256."""
    for data in (
        archived(faces) if faces.is_file() else (file.read_bytes() for file in sorted(faces.iterdir()))
    ):
        yield hashlib.sha256(data).hexdigest(), decode(data).pixels


def archived(faces: Path) -> Iterator[bytes]:
    """The files in a ZIP file."""
    with zipfile.ZipFile(faces) as archive:
        for name in sorted(archive.namelist()):
            yield archive.read(name)


def cached(file: Path | None, make: Callable[[], Crops]) -> Crops:
    """What was seen before, or else is seen now."""
    if file and file.exists():
        with np.load(file) as kept:
            return Crops(kept["keys"].tolist(), kept["kinds"].tolist(), kept["looks"], kept["flags"])
    crops = make()
    if file:
        np.savez(file, keys=crops.keys, kinds=crops.kinds, looks=crops.looks, flags=crops.flags)
    return crops


if __name__ == "__main__":
    main()

"""Which planted copies `dedup` finds among real faces, and its false copies.

    python benchmarks/dedup.py --anime getchu64.zip --anime ntu96.zip --human celeba-crops128.zip
    python benchmarks/dedup.py --million

Each file is a ZIP of face crops. Of each kind in `copies.py`, copies of ``--planted`` faces are put among
them. A copy is found if it ends in its original's group. Real sets contain copies, too: a dropped face
counts as right if its original and the kept one's are the same, have the same pixels, or are copies by
``--labels``: pairs that were looked at by eye (``one,other,label``). Every other one counts as wrong, and
``--pairs FILE`` lists it.

For comparison, in the same run: stars of 64-bit hashes within a radius. `dedup` used to group by 4 bits of
pHash, mirrored or not; imagededup uses 10 bits.

With ``--million``: time and memory for synthetic hashes of a million faces, one in ten with a copy.
"""

import argparse
import csv
import io
import random
import resource
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import imagehash
import numpy as np
from copies import KINDS
from PIL import Image

from f2a_data.stages.copies import Candidates, Match, Pair, grouped
from f2a_data.stages.dedup import Dedup
from f2a_data.stages.hamming import HammingIndex, Hashes
from f2a_faces.cuts import MIRRORED, cuts, packed
from f2a_faces.images import encode_crop
from f2a_faces.likeness import Difference
from f2a_faces.phash import phash
from f2a_manifests import BoxFrom, Domain, Record, Unit, Workspace

SIDE = 64
LABELS = Path(__file__).with_name("copies-labels.csv")
SAME = Difference(0, 0)


@dataclass(frozen=True, slots=True)
class Face:
    """A real face or a planted copy of one.

    Attributes:
        origin: the real face's file and name.
        kind: of the copy; empty for the real face.
        crop: at `SIDE`.
    """

    origin: str
    kind: str
    domain: Domain
    crop: Image.Image


Keepers = dict[int, int]
"""The kept face of each dropped one, by their numbers."""
Way = Callable[[Sequence[Face]], Keepers]


def main() -> None:
    """Plant copies, search with each method, and print a table."""
    options = arguments()
    if options.million:
        million(options.million)
        return
    faces = list(planted(options.anime, options.human, options.planted))
    same = same_pictures(faces, options.labels)
    real = sum(not face.kind for face in faces)
    print(f"{real} faces, {len(faces) - real} planted copies", flush=True)
    for name, way in WAYS.items():
        start = process_time()
        keepers = way(faces)
        seconds = process_time() - start
        shown = [same[face.origin] for face in faces]
        wrong = [pair for pair in keepers.items() if shown[pair[0]] != shown[pair[1]]]
        print(f"\n{name}: {seconds:.0f} s")
        print_recall(faces, keepers)
        print_precision(faces, keepers, wrong)
        if name.startswith("dedup") and options.pairs:
            write_pairs(options.pairs, faces, wrong)


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--anime", type=Path, action="append", default=[], help="ZIP of drawn faces")
    parser.add_argument("--human", type=Path, action="append", default=[], help="ZIP of photographed faces")
    parser.add_argument("--planted", type=int, default=1000, help="copies of each kind")
    parser.add_argument("--labels", type=Path, default=LABELS, help="pairs that were looked at")
    parser.add_argument("--pairs", type=Path, help="where to list the dropped faces that count as wrong")
    parser.add_argument(
        "--million", type=int, nargs="?", const=1_000_000, help="synthetic hashes of so many faces"
    )
    return parser.parse_args()


def planted(anime: Sequence[Path], human: Sequence[Path], count: int) -> Iterator[Face]:
    """All faces, each followed by its copies."""
    chance = random.Random(0)
    files = dict.fromkeys(anime, Domain.ANIME) | dict.fromkeys(human, Domain.HUMAN)
    names = [(file, name) for file in files for name in pictures(file)]
    chosen = {kind: set(chance.sample(range(len(names)), min(count, len(names)))) for kind in KINDS}
    with ExitStack() as stack:
        archives = {file: stack.enter_context(zipfile.ZipFile(file)) for file in files}
        for number, (file, name) in enumerate(names):
            image = squared(archives[file].read(name))
            origin = f"{file.stem}/{Path(name).name}"
            yield Face(origin, "", files[file], small(image))
            for kind in (kind for kind in KINDS if number in chosen[kind]):
                yield Face(origin, kind, files[file], small(KINDS[kind](image, chance)))


def pictures(file: Path) -> list[str]:
    """The names of a ZIP's pictures."""
    with zipfile.ZipFile(file) as archive:
        return sorted(name for name in archive.namelist() if name.lower().endswith((".jpg", ".png")))


def squared(content: bytes) -> Image.Image:
    """The middle of a picture."""
    image = Image.open(io.BytesIO(content)).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def small(image: Image.Image) -> Image.Image:
    """As a crop of `SIDE` pixels."""
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def by_dedup(faces: Sequence[Face]) -> Keepers:
    """Run the stage on crops on disk."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [row(Path(folder), number, face) for number, face in enumerate(faces)]
        units = [Unit(Record(id=f"i{face.id}", domain=face.domain, source="b"), [face]) for face in rows]
        start, wall = process_time(), perf_counter()
        Dedup()(Workspace(Path(folder)), units)
        print(f"the stage alone: {process_time() - start:.1f} CPU seconds, {perf_counter() - wall:.0f} s")
    return {int(face.id): int(face.dup_group) for face in rows if not face.kept}


def row(folder: Path, number: int, face: Face) -> Record:
    """A row as `crop` leaves it; real faces are better than their copies."""
    path, pixels = folder / f"{number}.png", np.asarray(face.crop)
    path.write_bytes(encode_crop(pixels))
    score = 0.5 if face.kind else 0.9
    return Record(
        id=f"{number:06}", domain=face.domain, source="b", parent=f"i{number:06}", path=path.name,
        score=score, box_x=0, box_y=0, box_w=SIDE, box_h=SIDE, box_from=BoxFrom.WHOLE,
        cuts=packed(pixels),
    )  # fmt: skip


def stars(hashes: Hashes, radius: int, *, mirrored: bool = False) -> Keepers:
    """Each hash, in order, claims the free ones within the radius."""
    index, keepers = HammingIndex(hashes, radius), dict[int, int]()
    for block in index.blocks(hashes):
        queries = [hashes[block], hashes[block] ^ MIRRORED] if mirrored else [hashes[block]]
        found = np.concatenate([np.stack(index.search(query), 1) for query in queries])
        for left, right in np.unique(found, axis=0).tolist():
            better = left + block.start
            if better < right and better not in keepers and right not in keepers:
                keepers[right] = better
    return keepers


def by_hash(
    hash_of: Callable[[Image.Image], str], radius: int, *, mirrored: bool = False
) -> Callable[[Sequence[Face]], Keepers]:
    """A baseline: stars of hashes, by domain, real faces first."""

    def way(faces: Sequence[Face]) -> Keepers:
        keepers: Keepers = {}
        for domain in Domain:
            chosen = [number for number, face in enumerate(faces) if face.domain is domain]
            chosen.sort(key=lambda number: bool(faces[number].kind))
            hashes = np.array([int(hash_of(faces[number].crop), 16) for number in chosen], np.uint64)
            found = stars(hashes, radius, mirrored=mirrored)
            keepers |= {chosen[worse]: chosen[better] for worse, better in found.items()}
        return keepers

    return way


WAYS: dict[str, Way] = {
    "dedup": by_dedup,
    "pHash, 4 bits, mirrored too (dedup before)": by_hash(
        lambda crop: phash(np.asarray(crop)), 4, mirrored=True
    ),
    "imagehash.phash, 10 bits": by_hash(lambda crop: str(imagehash.phash(crop)), 10),
    "imagehash.dhash, 10 bits": by_hash(lambda crop: str(imagehash.dhash(crop)), 10),
}


def same_pictures(faces: Sequence[Face], labels: Path) -> dict[str, int]:
    """A number for each original, the same for those with equal pixels and those labelled as copies."""
    numbers: dict[bytes, int] = {}
    real = [face for face in faces if not face.kind]
    groups = {face.origin: numbers.setdefault(face.crop.tobytes(), len(numbers)) for face in real}
    with labels.open(encoding="utf-8", newline="") as file:
        pairs = [(line["one"], line["other"]) for line in csv.DictReader(file) if line["label"] == "copy"]
    for one, other in pairs:
        if one in groups and other in groups:
            joined = groups[one], groups[other]
            groups |= {name: min(joined) for name, number in groups.items() if number in joined}
    return groups


def print_recall(faces: Sequence[Face], keepers: Keepers) -> None:
    """The share of each kind's copies whose group has the original."""
    originals = {face.origin: number for number, face in enumerate(faces) if not face.kind}
    found: Counter[str] = Counter()
    every = Counter(face.kind for face in faces if face.kind)
    for number, face in enumerate(faces):
        original = originals[face.origin]
        if face.kind:
            found[face.kind] += keepers.get(number, number) == keepers.get(original, original)
    for kind, count in every.items():
        print(f"  found: {kind:20} {found[kind] / count:6.1%}")


def print_precision(faces: Sequence[Face], keepers: Keepers, wrong: Sequence[tuple[int, int]]) -> None:
    """The share of dropped faces that are copies, of all and of the real faces among them."""
    real = sum(not faces[worse].kind for worse in keepers)
    wrong_real = sum(not faces[worse].kind for worse, _ in wrong)
    print(f"  dropped: {len(keepers)}, {len(wrong)} of them wrong: precision {precision(keepers, wrong):.2%}")
    print(f"  real faces among them: {real}, {wrong_real} of them wrong", flush=True)


def precision(keepers: Keepers, wrong: Sequence[tuple[int, int]]) -> float:
    """The share of dropped faces that are copies."""
    return 1 - len(wrong) / max(len(keepers), 1)


def write_pairs(path: Path, faces: Sequence[Face], wrong: Sequence[tuple[int, int]]) -> None:
    """List the faces that count as wrong, for inspection."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["one", "kind", "other", "of kind"])
        for worse, better in wrong:
            one, other = faces[worse], faces[better]
            writer.writerow([one.origin, one.kind, other.origin, other.kind])


def million(count: int) -> None:
    """Time and memory of candidates and groups; nothing is decoded or compared by pixels."""
    hashes = synthetic(count)
    judged = Counter[str]()

    def judge(pairs: Sequence[Pair]) -> list[Match]:
        judged["pairs"] += len(pairs)
        return [Match(pair, SAME) for pair in pairs]

    start, wall = process_time(), perf_counter()
    groups = grouped(count, Candidates(hashes, Dedup().radius, mirrored=True), judge, with_variants=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} faces, {len(groups.copies)} copies found, {judged['pairs']} pairs to compare")
    print(
        f"  {process_time() - start:.0f} CPU seconds, {perf_counter() - wall:.0f} s, at most {peak:.0f} MiB"
    )


def synthetic(count: int) -> Hashes:
    """Uniform hashes; those of one face's cuts differ by a few bits, and the last tenth are copies."""
    generator = np.random.default_rng(1)
    whole = generator.integers(0, 2**64, (count, 1), dtype=np.uint64)
    hashes = whole ^ some_bits(generator, (count, len(cuts())), 12)
    copies = count // 10
    hashes[count - copies :] = hashes[:copies] ^ some_bits(generator, (copies, 1), 4)
    return hashes


def some_bits(generator: np.random.Generator, shape: tuple[int, int], most: int) -> Hashes:
    """Numbers with one to ``most`` bits set."""
    bits = np.zeros(shape, np.uint64)
    for _ in range(most):  # one at a time: all at once would take more memory than the search
        bits |= np.uint64(1) << generator.integers(0, 64, shape, dtype=np.uint64)
    return bits


if __name__ == "__main__":
    main()

"""How many pairs of real faces `dedup` compares as a set grows, extrapolated to a million.

    python benchmarks/dedup_growth.py --anime getchu64.zip --anime ntu96.zip --human celeba-crops128.zip

For random subsets of several sizes of each domain: pairs with similar hashes, pairs that their details
(`f2a_faces.cuts.unlike`) do not rule out, and the time to compare their pixels. The number of pairs that are
alike by chance grows quadratically, that of copies and variants linearly; the figures for a million faces
are extrapolated from that. Reading crops is not included.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import process_time

import numpy as np
from dedup import Face, planted

from f2a_data.stages.copies import Candidates, Pair
from f2a_data.stages.dedup import Dedup
from f2a_faces.cuts import INNER, details, hashes, unlike
from f2a_faces.images import Pixels
from f2a_faces.likeness import Likeness, compare
from f2a_manifests import Domain

SIZES = (2500, 5000, 10_000, 20_000)
MILLION = 1_000_000


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--anime", type=Path, action="append", default=[], help="ZIP of drawn faces")
    parser.add_argument("--human", type=Path, action="append", default=[], help="ZIP of photographed faces")
    options = parser.parse_args()
    faces = list(planted(options.anime, options.human, 0))
    for domain in Domain:
        crops = [pixels(face) for face in faces if face.domain is domain]
        random.Random(0).shuffle(crops)
        for size in sorted({min(size, len(crops)) for size in SIZES if crops}):
            measure(domain, crops[:size])


def pixels(face: Face) -> Pixels:
    """The crop."""
    return np.asarray(face.crop)


def measure(domain: Domain, crops: Sequence[Pixels]) -> None:
    """One size."""
    found = [(crop, own) for crop in crops if (own := hashes(crop)) is not None]
    crops = [crop for crop, _ in found]
    start = process_time()
    candidates = Candidates(np.stack([own for _, own in found]), Dedup().radius, mirrored=True)
    pairs = [
        pair for block in candidates.blocks() for pair in candidates.of(np.arange(block.start, block.stop))
    ]
    search, start = process_time() - start, process_time()
    left = list(likely(crops, pairs))
    ruled_out, start = process_time() - start, process_time()
    alike = sum(likeness(crops, pair) is not Likeness.OTHER for pair in left)
    compared, times = process_time() - start, MILLION / len(crops)
    million = alike * times + (len(left) - alike) * times**2
    print(
        f"{domain.value}, {len(crops)} faces: {len(pairs)} pairs, {len(left)} after details; CPU seconds: "
        f"search {search:.1f}, details {ruled_out:.2f}, pixels {compared:.1f}; {alike} are alike; "
        f"a million: {million / 1e6:.2f} million after details, "
        f"{compared / max(len(left), 1) * million / 3600:.2f} hours of pixels",
        flush=True,
    )


def likeness(crops: Sequence[Pixels], pair: Pair) -> Likeness:
    """The relation of two crops, by their pixels."""
    worse = crops[pair.worse]
    other = np.ascontiguousarray(worse[:, ::-1]) if pair.mirrored else worse
    return compare(crops[pair.better], other).likeness


def likely(crops: Sequence[Pixels], pairs: Sequence[Pair]) -> Iterator[Pair]:
    """The pairs whose details do not rule them out."""
    for pair in pairs:
        stored = details(crops[pair.worse], INNER + 1)
        if not unlike(details(crops[pair.better]), stored, mirrored=pair.mirrored):
            yield pair


if __name__ == "__main__":
    main()

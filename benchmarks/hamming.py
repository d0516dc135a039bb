"""How much faster the exact Hamming search is than comparing all pairs, with the same result.

    .venv/bin/python benchmarks/hamming.py --count 200000 --radius 4

Three sets of hashes, because random ones are the easy case:

- ``random``: spread evenly, with one planted near copy in ten;
- ``clusters``: groups of a hundred near copies each;
- ``shared``: half of the bits equal everywhere, as with pictures of one layout on one background.

Times are CPU seconds of one thread. imagehash is measured on a sample of pairs and scaled up
quadratically; everything else is measured in full, in the same run.
"""

import argparse
import resource
from collections.abc import Callable
from itertools import combinations
from time import process_time
from typing import TypeVar

import imagehash
import numpy as np

from f2a_data.stages.hamming import HammingIndex, Hashes, Rows, distance

T = TypeVar("T")
SAMPLE = 1000  # hashes whose pairs imagehash compares
ROWS = 64  # rows of the matrix that brute force holds at once


def main() -> None:
    """Run all three and print a table for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200_000, help="hashes in each set")
    parser.add_argument("--radius", type=int, default=4, help="bits that may differ")
    options = parser.parse_args()
    for make in (random_set, clusters, shared):
        compare(make.__name__.removesuffix("_set"), make(options.count), options.radius)


def compare(name: str, hashes: Hashes, radius: int) -> None:
    """Time each method on one set, and check that the pairs are the same."""
    exact, exact_seconds = timed(lambda: indexed_pairs(hashes, radius))
    brute, brute_seconds = timed(lambda: brute_force_pairs(hashes, radius))
    pairwise_seconds = imagehash_seconds(hashes, radius)
    if not np.array_equal(exact, brute):
        raise SystemExit(f"{name}: the search found {len(exact)} pairs, brute force {len(brute)}")
    print(f"{name}: {len(hashes)} hashes, radius {radius}, {len(exact)} pairs, the same by both searches")
    print(f"  f2a_data.stages.hamming          {exact_seconds:12.1f} s")
    print(f"  numpy, all with all       {brute_seconds:12.1f} s  {brute_seconds / exact_seconds:10.0f} x")
    ratio = pairwise_seconds / exact_seconds
    print(f"  imagehash, pair by pair   {pairwise_seconds:12.0f} s  {ratio:10.0f} x  (from {SAMPLE} hashes)")
    print(
        f"  largest memory so far     {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:12.0f} MiB"
    )


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """The result, and the CPU seconds that it took."""
    start = process_time()
    return work(), process_time() - start


def indexed_pairs(hashes: Hashes, radius: int) -> Rows:
    """All pairs left < right as ``left * n + right``, ascending, by the search that is measured."""
    index = HammingIndex(hashes, radius)
    found = []
    for block in index.blocks(hashes):
        left, right = index.search(hashes[block])
        left += block.start
        found.append((left * len(hashes) + right)[right > left])
    return np.concatenate(found)


def brute_force_pairs(hashes: Hashes, radius: int) -> Rows:
    """The same pairs, each hash compared with every later one."""
    found = []
    for start in range(0, len(hashes), ROWS):
        left, right = np.nonzero(distance(hashes[start : start + ROWS, None], hashes[start:]) <= radius)
        found.append(((left + start) * len(hashes) + right + start)[right > left])
    return np.concatenate(found)


def imagehash_seconds(hashes: Hashes, radius: int) -> float:
    """Estimated seconds to compare all pairs with imagehash, from the pairs of a sample."""
    sample = [imagehash.hex_to_hash(f"{value:016x}") for value in hashes[:SAMPLE].tolist()]
    _, seconds = timed(lambda: sum(one - other <= radius for one, other in combinations(sample, 2)))
    return seconds * (len(hashes) / len(sample)) ** 2


def random_set(count: int) -> Hashes:
    """Uniform hashes; the last tenth are near copies of the first, up to four bits away."""
    generator = np.random.default_rng(1)
    hashes = generator.integers(0, 2**64, count, dtype=np.uint64)
    copies = count // 10
    hashes[count - copies :] = hashes[:copies] ^ some_bits(generator, copies, 4)
    return hashes


def clusters(count: int) -> Hashes:
    """A hundred hashes around each centre, up to three bits from it."""
    generator = np.random.default_rng(2)
    centres = generator.integers(0, 2**64, max(count // 100, 1), dtype=np.uint64)
    return generator.choice(centres, count) ^ some_bits(generator, count, 3)


def shared(count: int) -> Hashes:
    """Two of the four bands are the same in all hashes."""
    generator = np.random.default_rng(3)
    return generator.integers(0, 2**32, count, dtype=np.uint64) ^ np.uint64(0xE1C3_9A5B_0000_0000)


def some_bits(generator: np.random.Generator, count: int, most: int) -> Hashes:
    """Numbers with one to ``most`` bits set."""
    bits = np.uint64(1) << generator.integers(0, 64, (count, most), dtype=np.uint64)
    return np.asarray(np.bitwise_or.reduce(bits, axis=1))


if __name__ == "__main__":
    main()

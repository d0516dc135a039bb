"""Write and read a large manifest, compared with the csv module of the standard library.

    python benchmarks/manifests.py [--rows 200000]

Both sides end with the same typed records in memory. Prints seconds and the ratios.
"""

import argparse
import csv
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from f2a_manifests import COLUMNS, BoxFrom, Domain, Record, Subset, read, write
from f2a_manifests.cells import CODED
from f2a_manifests.record import ENUMS, FLOATS, INTEGERS


def plain_write(path: Path, records: list[Record]) -> None:
    """Row by row with csv.writer."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(map(_cells, records))


def _cells(record: Record) -> list[object]:
    values = ((name, getattr(record, name)) for name in COLUMNS)
    return [CODED[name].encode(value) if name in CODED else value for name, value in values]


def plain_read(path: Path) -> list[Record]:
    """Row by row with csv.DictReader, every cell given its type."""
    with path.open(newline="") as file:
        return [_record(row) for row in csv.DictReader(file)]


def _record(row: dict[str, str]) -> Record:
    values: dict[str, object] = dict(row)
    for name in INTEGERS:
        values[name] = int(row[name]) if row[name] else None
    for name in FLOATS:
        values[name] = float(row[name]) if row[name] else None
    values |= {name: kind(row[name]) for name, kind in ENUMS.items()}
    values |= {name: codec.decode(row[name]) for name, codec in CODED.items()}
    return Record(**values)  # type: ignore[arg-type]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=200_000)
    rows = parser.parse_args().rows
    records = [_example(number) for number in range(rows)]
    with tempfile.TemporaryDirectory() as folder:
        ours, plain = Path(folder) / "ours.csv", Path(folder) / "plain.csv"
        wrote = [_seconds(lambda: write(ours, records)), _seconds(lambda: plain_write(plain, records))]
        loaded = [_seconds(lambda: read(ours)), _seconds(lambda: plain_read(plain))]
        assert read(ours) == plain_read(plain)  # noqa: S101
    for what, (mine, other) in (("write", wrote), ("read", loaded)):
        print(f"{what:<6} {rows:,} rows: {mine:6.2f} s, csv module {other:6.2f} s, ratio {other / mine:.2f}")


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _example(number: int) -> Record:
    return Record(
        id=f"danbooru-{number}-10-20-100-100", domain=Domain.ANIME, source="danbooru", source_id=str(number),
        path=f"crops/ab/{number:032x}.png", sha256=f"{number:064x}", width=64, height=64,
        parent=f"danbooru-{number}", box_x=10, box_y=20, box_w=100, box_h=100,
        box_from=BoxFrom.DETECTED, detector="animeface-2.0.3", score=0.9876, crop_x=12.25, crop_y=7.5,
        crop_side=96.0, phash=f"{number:016x}", split=Subset.TRAIN, group=f"danbooru-{number}",
    )  # fmt: skip


if __name__ == "__main__":
    main()

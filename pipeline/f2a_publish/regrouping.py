"""copies.csv: what the review says about copies, so that `dedup` groups faces elsewhere as here."""

import csv
import io
from collections.abc import Collection, Iterator
from pathlib import Path

from f2a_manifests import ManifestError
from f2a_manifests.regrouping import Regrouped

NAME = "copies.csv"
COLUMNS = ("id", "word", "other")
CHOSEN, APART = "chosen_over", "no_copy_of"


def table(said: Regrouped) -> str:
    """The CSV text: a line per pair of faces; the other is empty for a face without any other."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *_rows(said)])
    return text.getvalue()


def read_table(path: Path, faces: Collection[str]) -> Regrouped:
    """What it says, the oldest choice first; nothing where there is no such file.

    Args:
        path: the file.
        faces: the ids that it may name.

    Raises:
        ManifestError: it is not such a table, or names other faces.
    """
    if not path.exists():
        return Regrouped()
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
    except (OSError, ValueError, csv.Error) as error:
        raise ManifestError(f"{path}: not a table of copies: {error}") from None
    if tuple(header) != COLUMNS:
        raise ManifestError(f"{path}: not a table of {', '.join(COLUMNS)}")
    said, known = Regrouped(), {*faces}
    for row in rows:
        if not _is_row(row, known):
            raise ManifestError(f"{path}: {','.join(row)[:80]!r} says nothing about two faces of this set")
        one, word, other = row
        if word == APART:
            said.alone.add(one)
            said.apart.update([frozenset((one, other))] if other else [])
        else:
            said.chosen.setdefault(one, []).extend([other] if other else [])
    said.alone.difference_update(*said.chosen.values())
    return said


def _is_row(row: list[str], faces: Collection[str]) -> bool:
    if len(row) != len(COLUMNS) or row[0] not in faces or row[0] == row[2]:
        return False
    return row[1] in (CHOSEN, APART) and (not row[2] or row[2] in faces)


def _rows(said: Regrouped) -> Iterator[tuple[str, str, str]]:
    """The oldest choice first, as a log has them."""
    for one in reversed(said.chosen):
        yield from ((one, CHOSEN, other) for other in sorted(said.chosen[one]) or [""])
    for one, others in said.parted().items():
        yield from ((one, APART, other) for other in others or [""])

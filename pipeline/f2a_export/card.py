"""The README of an export: its content, the terms of use, how to load it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from f2a_data.sources.danbooru.query import RATINGS
from f2a_export.listing import MANIFEST, Row, failed
from f2a_export.terms import terms
from f2a_manifests import Subset, write_text
from f2a_manifests.version import __version__

if TYPE_CHECKING:
    from f2a_export.base import Format


@dataclass(slots=True)
class Counts:
    """How many files an export has.

    Attributes:
        files: by split and domain.
        sources: by name and whether its images are posts.
        ratings: by letter; empty where there is none.
        reasons: of what was left out.
        errors: how many of those should be there.
    """

    files: Counter[tuple[str, str]] = field(default_factory=Counter)
    sources: Counter[tuple[str, bool]] = field(default_factory=Counter)
    ratings: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    errors: int = 0

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Counts":
        """Count an export's rows."""
        counts = cls()
        for row in rows:
            counts._add(row)
        return counts

    def _add(self, row: Row) -> None:
        if not row["file"]:
            self.reasons[row["reason"]] += 1
            self.errors += failed(row)
            return
        self.files[row["split"], row["domain"]] += 1
        self.sources[row["source"], bool(row["rating"])] += 1
        self.ratings[row["rating"]] += 1

    @property
    def splits(self) -> list[Subset]:
        """Those that have files, in the usual order."""
        there = {split for split, _ in self.files}
        return [split for split in (Subset.TRAIN, Subset.VAL, Subset.TEST) if split in there]


def write_card(kind: "Format", out: Path, counts: Counts) -> None:
    """Write ``README.md``; see `f2a_manifests.write_text` for errors."""
    front = kind.front_matter(counts.splits)
    front = f"---\n{front}---\n\n" if front else ""
    write_text(out / "README.md", front + _body(kind, counts))


def _body(kind: "Format", counts: Counts) -> str:
    files = [f"| {split} | {domain} | {count} |" for (split, domain), count in sorted(counts.files.items())]
    sources = [_source(name, posts, count) for (name, posts), count in sorted(counts.sources.items())]
    ratings = [
        f"| {RATINGS.get(letter, 'other') if letter else 'not rated'} | {count} |"
        for letter, count in sorted(counts.ratings.items())
    ]
    left = [f"- {count}: {reason}" for reason, count in sorted(counts.reasons.items())]
    return "\n".join(
        [
            f"# Export: {kind.name}",
            "",
            f"Written by f2a {__version__}. `{MANIFEST}` has a row per file: its source, split and hash.",
            "",
            *["| split | domain | files |", "| --- | --- | --- |", *files, ""],
            "## Before you share it",
            "",
            "This folder contains images. Whether you may share them depends on the terms of their sources.",
            "",
            *["| source | files | terms |", "| --- | --- | --- |", *sources, ""],
            *["| rating | files |", "| --- | --- |", *ratings, ""],
            *(["## Left out", "", *left, ""] if left else []),
            "## Load it",
            "",
            *["```python", kind.loader.strip().replace("OUT", "path/to/this/folder"), "```", ""],
        ]
    )


def _source(name: str, posts: bool, count: int) -> str:  # noqa: FBT001 -- a key of `Counts.sources`
    cell = "".join(letter if letter.isalnum() or letter in "-_ ." else "?" for letter in name)
    return f"| {cell} | {count} | {terms(name, posts=posts)} |"

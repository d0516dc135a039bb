"""The lines of the review's log; see `f2a_manifests.decisions` for what they mean."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from f2a_manifests import Box, Decision, FatalError
from f2a_manifests.append_only import read_lines

NO_BOX = Box(0, 0, 0, 0)


class FaceKey(NamedTuple):
    """Identifies a face in the log."""

    source: str
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log: what was decided about one face, by whom, and what had been decided before."""

    time: str = ""
    action: int = 0
    undoes: int = 0
    id: str
    source: str
    box: Box
    decision: Decision
    was: Decision = Decision.NONE
    by: str = ""
    replaces: Box | None = None
    stands_for: tuple[FaceKey, ...] | None = None
    apart_from: tuple[FaceKey, ...] | None = None
    tilt: Literal["left", "right", ""] | None = None

    @property
    def key(self) -> FaceKey:
        """The face of this decision."""
        return FaceKey(self.source, self.box)

    @property
    def says_more(self) -> bool:
        """Whether it has a decision about copies or tilt."""
        return any(word is not None for word in (self.stands_for, self.apart_from, self.tilt))

    def line(self) -> str:
        """The line of the log."""
        return json.dumps({name: value for name, value in asdict(self).items() if value is not None})


_LINE = msgspec.json.Decoder(Entry)


def entries(path: Path) -> Iterator[Entry]:
    """The lines of a log; see `f2a_manifests.decisions.Decisions.load`."""
    for number, line in enumerate(read_lines(path), start=1):
        yield parse(path, number, line)


def parse(path: Path, number: int, line: bytes) -> Entry:
    """One line.

    Raises:
        FatalError: it is not a decision.
    """
    try:
        return _LINE.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise FatalError(f"{path}, line {number}: not a decision ({error}); remove that line") from error

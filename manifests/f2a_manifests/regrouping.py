"""What a person says in the review about copies: which of them is kept, and which faces are none.

It stands in the log, as any decision; `dedup` follows it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from f2a_manifests import Box, Decision, Record, Unit
from f2a_manifests.decisions import Decisions, FaceKey, box_of, source_of
from f2a_manifests.matching import nearest

Pair = frozenset[str]


@dataclass(slots=True)
class Regrouped:
    """What the log says about copies, by row ids. Of each two faces the newest word counts.

    Attributes:
        chosen: faces that were chosen, the newest first, each with the faces that it stands for.
        apart: pairs of faces that are no copies.
    """

    chosen: dict[str, list[str]] = field(default_factory=dict)
    apart: set[Pair] = field(default_factory=set)


def regrouped(units: Iterable[Unit], log: Decisions) -> Regrouped:
    """Find the faces that the log speaks of; those that are not there any more do not count."""
    lines = [line for line in log.words if line.stands_for is not None or line.apart_from is not None]
    if not lines:
        return Regrouped()
    rows = _rows(units, {key for line in lines for key in _named(line.key, line.stands_for, line.apart_from)})
    words: dict[Pair, str] = {}  # which one stands for the other, if any
    newest: dict[str, None] = {}
    for line in lines:
        for own in rows.get(line.key, ()):
            if line.stands_for is not None:
                newest = {own: None} | {one: None for one in newest if one != own}
            words |= {frozenset((own, other)): own for other in _ids(rows, line.stands_for) if other != own}
            words |= {frozenset((own, other)): "" for other in _ids(rows, line.apart_from) if other != own}
    found = Regrouped({one: [] for one in newest}, {pair for pair, word in words.items() if not word})
    for pair, word in words.items():
        if word:
            found.chosen[word] += pair - {word}
    return found


def unsettled(units: Sequence[Unit], log: Decisions) -> int:
    """How many faces `dedup` has to see again, because the log says something else about them.

    Args:
        units: with the columns ``stage``, ``dup_group`` and those of the box, and the images' ``sha256``.
        log: the decisions.
    """
    said = regrouped(units, log)
    rows = {face.id: face for unit in units for face in unit.faces} if said.chosen or said.apart else {}
    return len({*_joined(said, rows), *_unchosen(said, rows, _dropped(units, log))})


def _joined(said: Regrouped, rows: dict[str, Record]) -> Iterator[str]:
    """Faces that are in one group though they are no copies."""
    for pair in said.apart:
        one, other = (rows[name] for name in sorted(pair))
        if one.dup_group == other.id or other.dup_group == one.id:
            yield one.id


def _unchosen(said: Regrouped, rows: dict[str, Record], dropped: set[str]) -> Iterator[str]:
    """Faces that do not stand for those for which they were chosen."""
    taken: set[str] = set()
    standing: set[str] = set()
    for name, others in said.chosen.items():
        stage = rows[name].stage
        if name in dropped or name in taken or stage not in ("", "dedup"):
            continue
        taken.update(others)
        if stage and rows[name].dup_group in standing:  # by its pixels it is a copy of one chosen later
            continue
        standing.add(name)
        if stage or any(not rows[other].stage for other in others):
            yield name


def _dropped(units: Iterable[Unit], log: Decisions) -> set[str]:
    found = set()
    for unit in units:
        if (source := source_of(unit.image)) in log.sources:
            said = log.match(source, map(box_of, unit.faces))
            found |= {face.id for face in unit.faces if said[box_of(face)] is Decision.DROP}
    return found


def _rows(units: Iterable[Unit], keys: Iterable[FaceKey]) -> dict[FaceKey, list[str]]:
    """The rows of faces; a box that has moved a little is still the same face."""
    boxes: defaultdict[str, set[Box]] = defaultdict(set)
    for source, box in keys:
        boxes[source].add(box)
    found: defaultdict[FaceKey, list[str]] = defaultdict(list)
    for unit in units:
        source = source_of(unit.image)
        for box in boxes.get(source, ()):
            if same := nearest(box, unit.faces):
                found[FaceKey(source, box)].append(same.id)
    return found


def _named(own: FaceKey, *others: Iterable[FaceKey] | None) -> Iterator[FaceKey]:
    yield own
    for some in others:
        yield from some or ()


def _ids(rows: dict[FaceKey, list[str]], keys: Iterable[FaceKey] | None) -> Iterator[str]:
    for key in keys or ():
        yield from rows.get(key, ())

"""Review decisions about copies: which face of a group is kept, and which faces are not copies.

They are in the log like all decisions; `dedup` applies them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from f2a_manifests import Box, Reason, Record, Unit
from f2a_manifests.decisions import Decisions, FaceKey, dropped, source_of
from f2a_manifests.matching import nearest

Pair = frozenset[str]


@dataclass(slots=True)
class Regrouped:
    """Decisions about copies, by row ids. For each pair of faces the newest one counts.

    Attributes:
        chosen: faces that were chosen, the newest first, each with the faces that it represents.
        apart: pairs of faces that are not copies.
        alone: faces that were removed from a group. Only a choice makes them copies again: another face
            that looks the same does not.
    """

    chosen: dict[str, list[str]] = field(default_factory=dict)
    apart: set[Pair] = field(default_factory=set)
    alone: set[str] = field(default_factory=set)

    def choices(self, unwanted: Collection[str] = ()) -> Iterator[tuple[str, list[str]]]:
        """The chosen faces that still represent others, the newest first, each with those.

        The last word wins: what a newer choice dropped represents nothing, and what a newer choice kept is
        not dropped. So choices that contradict each other, also in a circle, have one result.

        Args:
            unwanted: faces that the review dropped.
        """
        kept: set[str] = set()
        dropped = {*unwanted}
        for name, others in self.chosen.items():
            if name not in dropped:
                kept.add(name)
                theirs = [other for other in others if other not in kept]
                dropped.update(theirs)
                yield name, theirs

    def parted(self) -> dict[str, list[str]]:
        """The faces that were removed from a group, each with the faces of which it is no copy."""
        wrong = {other for others in self.chosen.values() for other in others}
        found: dict[str, list[str]] = {name: [] for name in sorted(self.alone)}
        for pair in sorted(map(sorted, self.apart)):
            one, other = sorted(pair, key=lambda name: (name not in self.alone, name not in wrong))
            found.setdefault(one, []).append(other)
        return found


def regrouped(units: Iterable[Unit], log: Decisions) -> Regrouped:
    """Find the faces of the log's decisions; faces that no longer exist are ignored."""
    lines = [line for line in log.words if line.stands_for is not None or line.apart_from is not None]
    if not lines:
        return Regrouped()
    rows = _rows(units, {key for line in lines for key in _named(line.key, line.stands_for, line.apart_from)})
    words: dict[Pair, str] = {}  # the one that represents the other, or empty
    newest: dict[str, None] = {}
    alone: set[str] = set()
    for line in lines:
        for own in rows.get(line.key, ()):
            if line.stands_for is not None:
                newest = {own: None} | {one: None for one in newest if one != own}
            words |= {frozenset((own, other)): own for other in _ids(rows, line.stands_for) if other != own}
            words |= {frozenset((own, other)): "" for other in _ids(rows, line.apart_from) if other != own}
            alone |= {own} if line.apart_from is not None else set()
    found = Regrouped({one: [] for one in newest}, {pair for pair, word in words.items() if not word})
    for pair, word in words.items():
        if word:
            found.chosen[word] += pair - {word}
    found.alone = alone.difference(*found.chosen.values())
    return found


def unsettled(units: Sequence[Unit], log: Decisions) -> int:
    """How many faces need `dedup` again, because a decision in the log is not applied yet.

    Args:
        units: with the columns ``stage``, ``reason``, ``dup_group`` and those of the box, and the images'
            ``sha256``.
        log: the decisions.
    """
    said = regrouped(units, log)
    rows = {face.id: face for unit in units for face in unit.faces} if said.chosen or said.alone else {}
    return len({*_joined(said, rows), *_unchosen(said, rows, dropped(units, log))})


def _joined(said: Regrouped, rows: dict[str, Record]) -> Iterator[str]:
    """Faces that are grouped, or dropped, although the log says that they are not copies."""
    for pair in said.apart:
        one, other = (rows[name] for name in pair)
        yield from (face.id for face, best in ((one, other), (other, one)) if face.dup_group == best.id)
    for face in (rows[name] for name in said.alone):
        if face.stage == "dedup" and face.reason is not Reason.EXACT_COPY:
            yield face.id


def _unchosen(said: Regrouped, rows: dict[str, Record], unwanted: frozenset[str]) -> Iterator[str]:
    """Faces that were chosen but do not represent their group yet."""
    standing: set[str] = set()
    gone = {name for name in said.chosen if rows[name].stage not in ("", "dedup")}
    for name, others in said.choices(unwanted | gone):
        stage = rows[name].stage
        if stage and rows[name].dup_group in standing:  # by its pixels it is a copy of one chosen later
            continue
        standing.add(name)
        if stage or any(not rows[other].stage for other in others):
            yield name


def _rows(units: Iterable[Unit], keys: Iterable[FaceKey]) -> dict[FaceKey, list[str]]:
    """The rows of faces; a box that moved slightly is the same face."""
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

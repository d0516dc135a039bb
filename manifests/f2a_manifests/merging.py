"""Merge two logs of decisions: for each face the newer decision counts, and both are in the log."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from f2a_manifests.append_only import append_lines, only_writer
from f2a_manifests.decisions import Entry, FaceKey, entries
from f2a_manifests.matching import pair
from f2a_manifests.record import Box, Decision

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

_Latest = dict[str, dict[Box, Entry]]


@dataclass(slots=True)
class MergedLogs:
    """The result of merging two logs.

    Attributes:
        taken: decisions about faces that had none here.
        theirs: differing decisions in which the other log's is newer.
        ours: differing decisions in which this log's is newer.
    """

    taken: int = 0
    theirs: int = 0
    ours: int = 0


def merge_logs(ours: Path, theirs: Path) -> MergedLogs:
    """Append the other log's decisions to ours, then our newer ones again.

    A face is the same in both if its image has the same bytes and the boxes overlap by half. Times stay as
    they were. Undoing in the review takes a merge back. A second call appends nothing.

    Args:
        ours: the log to add to.
        theirs: the log to read.

    Raises:
        FatalError: a log is damaged, or the disk is full.
    """
    with only_writer(ours):
        return _merge(ours, list(entries(ours)), list(entries(theirs)))


def _merge(path: Path, lines: list[Entry], theirs: list[Entry]) -> MergedLogs:
    known = {(entry.time, entry.source, entry.box, entry.decision) for entry in lines}
    merged = MergedLogs()
    paired = list(_paired(_latest(lines), _latest(theirs)))
    drawn = list(_drawn(lines, theirs))
    words = list(_words(lines, theirs, {entry.key: old for entry, old in paired}))
    merged.taken += len(drawn) + len(words)
    added, again, boxes = [*drawn, *words], [], set(drawn)
    for entry, old in paired:
        if not entry.decision or entry in boxes or (old and old.decision is entry.decision):
            continue
        box, was = (old.box, old.decision) if old else (entry.box, Decision.NONE)
        fresh = _plain(replace(entry, box=box, was=was))
        if (fresh.time, fresh.source, fresh.box, fresh.decision) in known:
            continue
        added.append(fresh)
        if old and _time(old) >= _time(entry):
            again.append(_plain(replace(old, was=entry.decision)))
            merged.ours += 1
        elif old and old.decision:
            merged.theirs += 1
        else:
            merged.taken += 1
    _append(path, max((entry.action for entry in lines), default=0), added, again)
    return merged


def _plain(entry: Entry) -> Entry:
    """The decision alone."""
    return replace(entry, replaces=None, stands_for=None, apart_from=None, tilt=None)


def _drawn(ours: list[Entry], theirs: list[Entry]) -> Iterator[Entry]:
    """Their lines that draw boxes which still stand there and were never drawn here."""
    known = {(entry.source, entry.box) for entry in ours if entry.replaces is not None}
    undone = {entry.undoes for entry in theirs}
    for entry in theirs:
        drawn = entry.replaces is not None and not entry.undoes and entry.action not in undone
        if drawn and (entry.source, entry.box) not in known:
            yield entry


def _words(ours: list[Entry], theirs: list[Entry], faces: dict[FaceKey, Entry | None]) -> Iterator[Entry]:
    """Their lines about copies and tilt that still stand there and are not here; no decision changes."""
    known = {_word(entry) for entry in ours}
    undone = {(entry.undoes, entry.key) for entry in theirs}
    for entry in theirs:
        if entry.says_more and not entry.undoes and (entry.action, entry.key) not in undone:
            old = faces.get(entry.key)
            box, decision = (old.box, old.decision) if old else (entry.box, Decision.NONE)
            here = replace(entry, box=box, decision=decision, was=decision)
            if _word(here) not in known:
                yield here


def _word(entry: Entry) -> tuple[object, ...]:
    return entry.time, entry.key, entry.stands_for, entry.apart_from, entry.tilt


def _latest(lines: Iterable[Entry]) -> _Latest:
    found: _Latest = defaultdict(dict)
    for entry in lines:
        found[entry.source][entry.box] = entry
    return found


def _paired(mine: _Latest, theirs: _Latest) -> Iterator[tuple[Entry, Entry | None]]:
    """Each of their decisions with ours about the same face."""
    for source, boxes in theirs.items():
        here = mine.get(source, {})
        same = dict(pair(boxes.keys() - here.keys(), here.keys() - boxes.keys()))
        for box, entry in boxes.items():
            yield entry, here.get(same.get(box, box))


def _time(entry: Entry) -> str:
    """When it was decided; a time in another spelling is older than all others."""
    return entry.time if _TIME.fullmatch(entry.time) else ""


def _append(path: Path, last: int, *actions: list[Entry]) -> None:
    """Each list as an action of its own."""
    lines = [
        replace(entry, action=last + number, undoes=0).line()
        for number, action in enumerate(actions, start=1)
        for entry in action
    ]
    if lines:
        append_lines(path, lines)

"""Groups of copies and variants: as `dedup` made them, and as the log has changed them since."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, starmap

from f2a_manifests import Decision, Reason, Unit
from f2a_manifests.decisions import Decisions, Entry, FaceKey, box_of, source_of
from f2a_manifests.regrouping import Regrouped, regrouped
from f2a_ui.rows import ReviewFace

CHOSEN, VARIANT, COPY, APART, DROPPED = "kept", "variant", "copy", "apart", "dropped"
ALIKE = "alike"
"""The state of a face of a group; all but copies and dropped ones are kept. `ALIKE`: it looks like a copy but
was removed from another group, so only a choice makes it one."""


@dataclass(frozen=True, slots=True)
class Member:
    """A face of a group, and its state."""

    face: ReviewFace
    state: str


class Groups:
    """The groups of some images' faces: a face, and its copies and variants. Exact copies are left out.

    Args:
        units: images with all their faces, also the dropped ones.
        log: the decisions.

    Attributes:
        names: the groups' names, in the order of the manifests.
    """

    def __init__(self, units: Iterable[Unit], log: Decisions) -> None:
        self._log = log
        self._faces: dict[str, ReviewFace] = {}
        members: defaultdict[str, list[str]] = defaultdict(list)
        self._units = [unit for unit in units if any(face.dup_group for face in unit.faces)]
        for face in (ReviewFace(row, unit.image) for unit in self._units for row in unit.faces):
            row = face.record
            if row.dup_group and (row.kept or row.stage in ("dedup", "review")):
                self._faces[row.id] = face
                if row.reason is not Reason.EXACT_COPY:
                    members[row.dup_group].append(row.id)
        for name, ids in members.items():
            if name in self._faces and name not in ids:  # it is a variant itself, in another group
                ids.append(name)
        self._groups = {name: sorted(ids, key=self._rank) for name, ids in members.items() if len(ids) > 1}
        self.names = list(self._groups)

    def find(self, identifier: str) -> ReviewFace | None:
        """A face by its row id, also one that is dropped."""
        return self._faces.get(identifier)

    def members(self, names: Sequence[str]) -> list[list[Member]]:
        """The faces of some groups, each as the log has them now.

        Raises:
            KeyError: there is no such group.
        """
        said = regrouped(self._units, self._log)
        return [list(self._members(name, said)) for name in names]

    def choose(self, name: str, identifier: str) -> list[Entry]:
        """Log entries that keep a face in place of the copies in its group.

        In a dissolved group they are copies again. Of faces that were removed one by one they are not.

        Raises:
            KeyError: the group is not there, or the face not in it.
            ValueError: it is a variant, which represents no other face.
        """
        said, ids = regrouped(self._units, self._log), self._groups[name]
        if said.alone.issuperset(ids) and said.apart.issuperset(starmap(_pair, combinations(ids, 2))):
            said = Regrouped()  # it is dissolved
        states = {member.face.record.id: member.state for member in self._members(name, said)}
        if states[identifier] == VARIANT:
            raise ValueError("a variant is no copy and is kept as well")
        others = [one for one, state in states.items() if state not in (VARIANT, APART) and one != identifier]
        return [self._entry(identifier, stands_for=tuple(map(self._key, others)))]

    def part(self, name: str, identifier: str) -> list[Entry]:
        """Log entries that keep a face and make it a copy of no other in its group.

        Raises:
            KeyError: as `choose`.
        """
        if identifier not in self._groups[name]:
            raise KeyError(identifier)
        others = [one for one in self._groups[name] if one != identifier]
        return [self._entry(identifier, apart_from=tuple(map(self._key, others)))]

    def dissolve(self, name: str) -> list[Entry]:
        """Log entries after which no face of a group is a copy of another.

        Raises:
            KeyError: as `choose`.
        """
        ids = self._groups[name]
        later = (tuple(map(self._key, ids[place:])) for place in range(1, len(ids) + 1))
        entries = [self._entry(one, apart_from=rest) for one, rest in zip(ids, later, strict=True)]
        return [replace(one, decision=one.was) if one.was is Decision.DROP else one for one in entries]

    def _members(self, name: str, said: Regrouped) -> Iterator[Member]:
        ids = self._groups[name]
        dropped = {one for one in ids if self._decision(one) is Decision.DROP}
        alone = {one for one in ids if all(_pair(one, other) in said.apart for other in ids if other != one)}
        first = [*(one for one in said.chosen if one in ids), name, *ids]
        best = next((one for one in first if one not in dropped | alone), "")
        for one in ids:
            state = APART if one in alone else self._state(one, best, said)
            yield Member(self._faces[one], DROPPED if one in dropped else state)

    def _state(self, one: str, best: str, said: Regrouped) -> str:
        if one == best:
            return CHOSEN
        if _pair(one, best) in said.apart:
            return APART
        if not self._faces[one].record.kept or one in said.chosen.get(best, ()):
            return COPY
        return ALIKE if one in said.alone else VARIANT

    def _decision(self, identifier: str) -> Decision:
        source, box = self._key(identifier)
        return self._log.get(source, box)

    def _entry(
        self,
        identifier: str,
        stands_for: tuple[FaceKey, ...] | None = None,
        apart_from: tuple[FaceKey, ...] | None = None,
    ) -> Entry:
        source, box = self._key(identifier)
        was = self._log.get(source, box)
        return Entry(
            id=identifier,
            source=source,
            box=box,
            decision=Decision.KEEP,
            was=was,
            stands_for=stands_for,
            apart_from=apart_from,
        )

    def _key(self, identifier: str) -> FaceKey:
        face = self._faces[identifier]
        return FaceKey(source_of(face.image), box_of(face.record))

    def _rank(self, identifier: str) -> tuple[int, float, str]:
        row = self._faces[identifier].record
        score = float("-inf") if row.score is None else row.score
        return -(row.box_w or 0) * (row.box_h or 0), -score, row.id


def _pair(one: str, other: str) -> frozenset[str]:
    return frozenset((one, other))

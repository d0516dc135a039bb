"""The number of rows of each kind. Every shard's file contains them, so that counting does not read rows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import NamedTuple

from f2a_manifests import Domain, Reason, Status, Unit

_NAMES = ("images", "faces", "splits", "flags")
_KIND = attrgetter("domain", "status", "reason", "stage")
_SPLIT = attrgetter("domain", "split")


class Kind(NamedTuple):
    """The key by which rows are counted."""

    domain: Domain
    status: Status
    reason: Reason
    stage: str


class Counts:
    """The number of rows by kind; counts of several shards can be added.

    Attributes:
        images: image rows by kind.
        faces: face rows by kind.
        splits: kept faces by domain and split.
        flags: flags of kept faces by domain and flag.
    """

    def __init__(self, raw: Mapping[str, Mapping[str, int]] | None = None) -> None:
        self.images = Counter[str]()
        self.faces = Counter[str]()
        self.splits = Counter[str]()
        self.flags = Counter[str]()
        self.add(raw or {})

    @classmethod
    def of(cls, units: Iterable[Unit], images: Mapping[str, int] | None = None) -> "Counts":
        """Count rows; ``images`` replaces the counts of image rows if the units are incomplete."""
        kinds = {name: Counter[tuple[str, ...]]() for name in _NAMES}
        of_images, of_faces, splits, flags = kinds.values()
        for unit in units:
            of_images[_KIND(unit.image)] += 1
            for face in unit.faces:
                of_faces[_KIND(face)] += 1
                if face.kept:
                    splits[_SPLIT(face)] += 1
                    for flag in face.flags:
                        flags[face.domain, flag] += 1
        counts = cls({name: {"|".join(key): number for key, number in kinds[name].items()} for name in kinds})
        if images is not None:
            counts.images = Counter(images)
        return counts

    def add(self, raw: Mapping[str, Mapping[str, int]]) -> None:
        """Add the counts of another shard."""
        for name in _NAMES:
            getattr(self, name).update(raw.get(name, {}))

    def raw(self) -> dict[str, dict[str, int]]:
        """As plain values, for JSON."""
        return {name: dict(getattr(self, name)) for name in _NAMES}

    def by_status(self, rows: str) -> Counter[Status]:
        """``images`` or ``faces`` by status."""
        found: Counter[Status] = Counter()
        for kind, number in self.kinds(rows):
            found[kind.status] += number
        return found

    def kinds(self, rows: str) -> Iterator[tuple[Kind, int]]:
        """``images`` or ``faces`` by kind."""
        for text, number in getattr(self, rows).items():
            domain, status, reason, stage = text.split("|", 3)
            yield Kind(Domain(domain), Status(status), Reason(reason), stage), number

    def of_domain(self, what: str, domain: Domain) -> Counter[str]:
        """``splits`` or ``flags`` of one domain."""
        named = ((text.partition("|"), number) for text, number in getattr(self, what).items())
        return Counter({name: number for (of, _, name), number in named if of == domain})

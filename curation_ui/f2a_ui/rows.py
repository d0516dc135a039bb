"""The faces under review: rows with a number each, which does not change while the server runs."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from f2a_manifests import BoxFrom, Record
from f2a_manifests.decisions import source_of

OF_IMAGES = (
    "id",
    "domain",
    "source",
    "source_id",
    "source_url",
    "rating",
    "path",
    "sha256",
    "artist",
    "tags",
)
"""The columns of image rows that a review needs."""
OF_FACES = (
    "id", "domain", "source", "parent", "path", "sha256", "box_x", "box_y", "box_w", "box_h", "box_from",
    "detector", "score", "crop_rule", "flags", "status", "reason", "stage",
    "detail", "dup_group",
)  # fmt: skip
"""The columns of face rows that it needs."""


@dataclass(frozen=True, slots=True)
class ReviewFace:
    """A face row with the row of the image it was found in."""

    record: Record
    image: Record

    @property
    def flags(self) -> tuple[str, ...]:
        """The face's flags."""
        return self.record.flags

    @property
    def is_drawn(self) -> bool:
        """Whether a person drew its box."""
        return self.record.box_from is BoxFrom.MANUAL


class Rows:
    """An append-only list of faces.

    Attributes:
        faces: in the order of the manifests, then those whose boxes are drawn meanwhile.
    """

    def __init__(self) -> None:
        self.faces: list[ReviewFace] = []
        self._numbers: dict[str, int] = {}
        self._by_source: dict[str, list[int]] = defaultdict(list)

    def add(self, faces: Iterable[ReviewFace]) -> list[int]:
        """Add faces; their numbers."""
        first = len(self.faces)
        self.faces += faces
        numbers = list(range(first, len(self.faces)))
        for number in numbers:
            face = self.faces[number]
            self._numbers[face.record.id] = number
            self._by_source[source_of(face.image)].append(number)
        return numbers

    def find(self, identifier: str) -> int | None:
        """The number of a row id."""
        return self._numbers.get(identifier)

    def of_source(self, source: str) -> list[int]:
        """The faces of an image, in all its copies."""
        return self._by_source.get(source, [])

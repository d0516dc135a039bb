"""One row of a manifest: a source image, or one face in it.

An image row has an empty ``parent``; a face row names its image row there. The order of the fields
is the order of the CSV columns and part of the contract.
"""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import NamedTuple

REPAIRED = "repaired"
"""The flag of an image that was read without something broken beside its pixels, and of the faces in it."""


class Domain(StrEnum):
    """The two sides of the translation."""

    ANIME = "anime"
    HUMAN = "human"


class Status(StrEnum):
    """Rows never vanish; they are kept, dropped, or in error, with a reason."""

    KEEP = "keep"
    DROP = "drop"
    ERROR = "error"


class Decision(StrEnum):
    """What a person said in the review; empty where nobody has looked."""

    NONE = ""
    KEEP = "keep"
    DROP = "drop"


class Box(NamedTuple):
    """A face's rectangle in whole pixels of its source image, after EXIF orientation."""

    x: int
    y: int
    w: int
    h: int


@dataclass(slots=True, kw_only=True)
class Record:
    """One row of ``images.csv``, ``anime.csv`` or ``human.csv``.

    Empty text and ``None`` mean "not known (yet)".
    """

    id: str
    """Unique in the workspace; letters, digits, ``-`` and ``_`` only."""
    domain: Domain
    source: str
    """Where the image came from: ``danbooru``, ``celeba``, ``fbp5500``, or a folder's name."""
    source_id: str = ""
    """Post number, official file name, or path below the imported folder."""
    source_url: str = ""
    source_md5: str = ""
    rating: str = ""
    """Danbooru's letter: g, s, q or e."""
    path: str = ""
    """The row's own file (image or crop), relative to the workspace, with forward slashes."""
    sha256: str = ""
    """Of the bytes of that file."""
    width: int | None = None
    height: int | None = None
    """Pixels of the row's own file, after EXIF orientation."""
    parent: str = ""
    box_x: int | None = None
    box_y: int | None = None
    box_w: int | None = None
    box_h: int | None = None
    detector: str = ""
    """Name and version; ``source:...`` where the box came with the source and was not detected."""
    score: float | None = None
    """The detector's confidence; comparable within one detector only."""
    landmarks: str = ""
    """``name x y`` triples in source pixels, joined by ``;``: ``left_eye 69 109;right_eye 106 113``."""
    crop_rule: str = ""
    phash: str = ""
    """64-bit perceptual hash of the crop, 16 hex digits."""
    dup_group: str = ""
    """The id of the face that represents this one's near copies; empty for a face without any."""
    flags: str = ""
    """Names of doubts from ``clean``, sorted, joined by ``;``; of an image row: `REPAIRED`, or empty."""
    decision: Decision = Decision.NONE
    split: str = ""
    """``train``, ``val`` or ``test``."""
    status: Status = Status.KEEP
    reason: str = ""
    stage: str = ""
    """The stage that dropped the row or found the error; empty for kept rows."""
    group: str = ""
    """Rows that must stay on one side of a split: a CelebA identity, a post and its variants."""
    source_split: str = ""
    """The source's own split: CelebA's train/val/test, or the FBP5500 fold (1 to 5) that tests it."""
    artist: str = ""
    tags: str = ""
    """Image rows of a booru only: the post's tags, joined by spaces."""

    @property
    def box(self) -> Box:
        """The face's box.

        Raises:
            ValueError: the row has none (it is an image row).
        """
        if self.box_x is None or self.box_y is None or self.box_w is None or self.box_h is None:
            raise ValueError(f"row {self.id} has no box")
        return Box(self.box_x, self.box_y, self.box_w, self.box_h)

    def face(self, box: Box, detector: str, score: float | None = None, landmarks: str = "") -> "Record":
        """A new row for a face in this image."""
        return Record(
            id=f"{self.id}-{box.x}-{box.y}-{box.w}-{box.h}",
            domain=self.domain,
            source=self.source,
            source_id=self.source_id,
            source_url=self.source_url,
            source_md5=self.source_md5,
            rating=self.rating,
            parent=self.id,
            box_x=box.x,
            box_y=box.y,
            box_w=box.w,
            box_h=box.h,
            detector=detector,
            score=score,
            landmarks=landmarks,
            group=self.group,
            source_split=self.source_split,
        )

    @property
    def is_face(self) -> bool:
        """Whether this is a face row (as opposed to an image row)."""
        return bool(self.parent)

    @property
    def kept(self) -> bool:
        """Whether the row is still in."""
        return self.status is Status.KEEP

    def drop(self, stage: str, reason: str) -> None:
        """Take the row out, saying which stage did and why."""
        self.status, self.stage, self.reason = Status.DROP, stage, reason

    def fail(self, stage: str, reason: str) -> None:
        """Mark the row as an error, saying which stage met it and what it was."""
        self.status, self.stage, self.reason = Status.ERROR, stage, reason


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Record))
INTEGERS = frozenset({"width", "height", "box_x", "box_y", "box_w", "box_h"})
FLOATS = frozenset({"score"})
ENUMS: dict[str, type[StrEnum]] = {"domain": Domain, "status": Status, "decision": Decision}

"""One row of a manifest: a source image, or one face in it.

An image row has an empty ``parent``; a face row names its image row there. The order of the fields
is the order of the CSV columns and part of the contract.
"""

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import NamedTuple

from f2a_manifests.reasons import Reason, Unusable

REPAIRED = "repaired"
"""The flag of images that are damaged outside their pixels, and of the faces in them."""


class Domain(StrEnum):
    """The two sides of the translation."""

    ANIME = "anime"
    HUMAN = "human"


class Status(StrEnum):
    """Rows are never deleted; they are kept, dropped, or in error, with a reason."""

    KEEP = "keep"
    DROP = "drop"
    ERROR = "error"


class Decision(StrEnum):
    """The review's decision; empty if there is none."""

    NONE = ""
    KEEP = "keep"
    DROP = "drop"


class Subset(StrEnum):
    """The split of a face; empty before `split`."""

    NONE = ""
    TRAIN = "train"
    VAL = "val"
    TEST = "test"

    @property
    def held_out(self) -> bool:
        """Whether training never sees it."""
        return self in (Subset.VAL, Subset.TEST)


class BoxFrom(StrEnum):
    """Where a face's box came from; empty for image rows."""

    NONE = ""
    DETECTED = "detected"
    GIVEN = "given"
    """The source says where the face is."""
    WHOLE = "whole"
    """The image is a cropped face."""
    MANUAL = "manual"
    """A person drew it in the review."""


class Box(NamedTuple):
    """A face's rectangle in whole pixels of its source image, after EXIF orientation."""

    x: int
    y: int
    w: int
    h: int

    def scaled(self, factor: float) -> "Box":
        """Scaled around the same centre, rounded to whole pixels."""
        w, h = round(self.w * factor), round(self.h * factor)
        return Box(round(self.x + (self.w - w) / 2), round(self.y + (self.h - h) / 2), w, h)

    def overlap(self, other: "Box") -> float:
        """Intersection over union, 0 to 1; 0 if either is empty."""
        width = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        height = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        if width <= 0 or height <= 0:
            return 0.0
        return width * height / (self.w * self.h + other.w * other.h - width * height)


class Square(NamedTuple):
    """The cropped square of an image, in its pixels after EXIF orientation.

    It reaches from the outer edge of the first pixel to that of the last; fractions of pixels count.
    """

    x: float
    y: float
    side: float


class Landmark(NamedTuple):
    """A named point of a face, in pixels of its source image, after EXIF orientation."""

    name: str
    """A word; ``left`` and ``right`` are the face's own, as in portraits."""
    x: float
    y: float


@dataclass(slots=True, kw_only=True)
class Record:
    """One row of ``images.csv``, ``anime.csv`` or ``human.csv``.

    Empty text and ``None`` mean "not known (yet)". What follows ``tags`` is kept in the shards only.
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
    box_from: BoxFrom = BoxFrom.NONE
    detector: str = ""
    """Name and version of the detector, or what the source's own box is called."""
    score: float | None = None
    """The detector's confidence; comparable within one detector only."""
    landmarks: tuple[Landmark, ...] = ()
    crop_rule: str = ""
    crop_x: float | None = None
    crop_y: float | None = None
    crop_side: float | None = None
    """The cropped square, in pixels of the source image after EXIF orientation."""
    phash: str = ""
    """64-bit perceptual hash of the crop, 16 hex digits."""
    dup_group: str = ""
    """The id of the kept face of which this is a copy or variant; its own if it has some; else empty."""
    flags: tuple[str, ...] = ()
    """Flags from ``clean``, sorted; of an image row `REPAIRED` or none."""
    decision: Decision = Decision.NONE
    split: Subset = Subset.NONE
    status: Status = Status.KEEP
    reason: Reason = Reason.NONE
    detail: str = ""
    """Further text about the reason; not for programs."""
    stage: str = ""
    """The stage that dropped the row or found the error; empty for kept rows."""
    group: str = ""
    """Rows that must be in the same split: a CelebA identity, a post and its variants."""
    source_split: str = ""
    """The source's own split: CelebA's train/val/test, or the FBP5500 fold (1 to 5) that tests it."""
    artist: str = ""
    tags: str = ""
    """Image rows of a booru only: the post's tags, joined by spaces."""
    cuts: bytes = field(default=b"", compare=False, repr=False)
    """Face rows only: what `f2a_faces.cuts.packed` makes of the crop. It follows from the crop's pixels: rows
    that differ in nothing else say the same."""

    @property
    def box(self) -> Box:
        """The face's box.

        Raises:
            ValueError: the row has none (it is an image row).
        """
        if self.box_x is None or self.box_y is None or self.box_w is None or self.box_h is None:
            raise ValueError(f"row {self.id} has no box")
        return Box(self.box_x, self.box_y, self.box_w, self.box_h)

    @property
    def square(self) -> Square | None:
        """The square that was cut out as the face's crop; None before that."""
        if self.crop_x is None or self.crop_y is None or self.crop_side is None:
            return None
        return Square(self.crop_x, self.crop_y, self.crop_side)

    def face(
        self,
        box: Box,
        box_from: BoxFrom,
        detector: str = "",
        score: float | None = None,
        landmarks: tuple[Landmark, ...] = (),
    ) -> "Record":
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
            box_from=box_from,
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
    def box_came_with_source(self) -> bool:
        """Whether the box is from the source, so that there was nothing to detect."""
        return self.box_from in (BoxFrom.GIVEN, BoxFrom.WHOLE)

    @property
    def kept(self) -> bool:
        """Whether the row is kept."""
        return self.status is Status.KEEP

    @property
    def why(self) -> str:
        """The reason with its detail, for people; empty for a kept row."""
        return self.reason.explained(self.detail)

    def keep(self) -> None:
        """Keep the row again."""
        self.status, self.stage, self.reason, self.detail = Status.KEEP, "", Reason.NONE, ""

    def drop(self, stage: str, reason: Reason, detail: str = "") -> None:
        """Drop the row, with the stage that does and the reason."""
        self.status, self.stage, self.reason, self.detail = Status.DROP, stage, reason, detail

    def fail(self, stage: str, reason: Reason, detail: str = "") -> None:
        """Mark the row as an error, saying which stage met it and what it was."""
        self.status, self.stage, self.reason, self.detail = Status.ERROR, stage, reason, detail

    def fail_as(self, stage: str, error: Unusable) -> None:
        """Mark the row as an error with the reason of an exception."""
        self.fail(stage, error.reason, error.detail)


STORED: tuple[str, ...] = tuple(field.name for field in fields(Record))
"""The columns of the shards."""
OWN = frozenset({"cuts"})
"""Columns of the shards that are not part of the contract: they can be recomputed from the files."""
COLUMNS: tuple[str, ...] = tuple(name for name in STORED if name not in OWN)
"""The columns of the manifests."""
INTEGERS = frozenset({"width", "height", "box_x", "box_y", "box_w", "box_h"})
FLOATS = frozenset({"score", "crop_x", "crop_y", "crop_side"})
ENUMS: dict[str, type[StrEnum]] = {
    "domain": Domain,
    "box_from": BoxFrom,
    "decision": Decision,
    "split": Subset,
    "status": Status,
    "reason": Reason,
}

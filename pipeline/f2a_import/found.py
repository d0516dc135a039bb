"""What a layout says about one image; it is untrusted."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from f2a_faces.archive import Member
from f2a_manifests import Box, Subset

_LARGEST = 1e6  # pixels; what lies beyond is no coordinate
_LONGEST = 10_000
_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_RATINGS = dict.fromkeys("gsqe") | {
    "general": "g", "safe": "g", "sensitive": "s", "questionable": "q", "explicit": "e",
}  # fmt: skip
_SPLITS = {
    "train": Subset.TRAIN, "training": Subset.TRAIN, "train2017": Subset.TRAIN,
    "val": Subset.VAL, "valid": Subset.VAL, "validation": Subset.VAL, "dev": Subset.VAL,
    "val2017": Subset.VAL,
    "test": Subset.TEST, "testing": Subset.TEST,
}  # fmt: skip
_FIRST_WORD = re.compile(r"[a-z]+\d*")


class Rectangle(NamedTuple):
    """A face's place, as a file gives it.

    Attributes:
        x: left side, in pixels of the upright image, or as a share of its width.
        y: top side, likewise of the height.
        w: width.
        h: height.
        relative: whether they are shares.
    """

    x: float
    y: float
    w: float
    h: float
    relative: bool = False

    def box(self, width: int, height: int) -> Box | None:
        """In whole pixels of an image of that size; None if it is not a valid rectangle."""
        across, down = (width, height) if self.relative else (1, 1)
        values = (self.x * across, self.y * down, self.w * across, self.h * down)
        if not all(math.isfinite(value) and abs(value) < _LARGEST for value in values):
            return None
        box = Box(*map(round, values))
        return box if box.w > 0 and box.h > 0 else None


@dataclass(slots=True)
class Found:
    """One image.

    Attributes:
        member: its bytes, and its name below what is imported.
        boxes: its faces; None if the layout has no boxes.
        split: the source's own split, or empty.
        url: where it is from.
        md5: of the original file.
        rating: Danbooru's letter.
        artist: names joined by spaces.
        tags: joined by spaces.
    """

    member: Member
    boxes: list[Rectangle] | None = None
    split: Subset = Subset.NONE
    url: str = ""
    md5: str = ""
    rating: str = ""
    artist: str = ""
    tags: str = ""

    def learn(self, facts: Mapping[str, object]) -> None:
        """Fill in facts by the names that data sets use; the first name with a value counts."""
        self.url = self.url or _first(facts, "source_url", "page_url", "url", "coco_url")
        self.artist = self.artist or _first(facts, "artist", "tag_string_artist")
        self.tags = self.tags or tags_in(facts.get("tags")) or _first(facts, "tag_string")
        self.rating = self.rating or _rating(facts.get("rating"))
        md5 = text_of(facts.get("md5"))
        self.md5 = self.md5 or (md5.lower() if _MD5.fullmatch(md5) else "")
        for nested in facts.values():  # waifuc puts a post under the name of its site
            if isinstance(nested, dict) and "id" in nested and nested is not facts:
                self.learn({key: value for key, value in nested.items() if not isinstance(value, dict)})


def text_of(value: object) -> str:
    """A value as one line of text; empty for anything but text and whole numbers."""
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "unknown":
        return ""
    line = " ".join(str(value)[:_LONGEST].split())
    return "".join(letter for letter in line if letter.isprintable())


def tags_in(value: object) -> str:
    """Tags joined by spaces, from a mapping's keys, a list's items or comma-separated text."""
    if isinstance(value, str):
        words: Iterable[object] = value.split(",") if "," in value else value.split()
    else:
        words = value if isinstance(value, list | dict) else ()
    cleaned = (text_of(word).replace(" ", "_") for word in words)
    return text_of(" ".join(word for word in cleaned if word))


def split_of(name: str) -> Subset:
    """The split in a path: the name of a folder, or the first word of the file's name in a parquet set."""
    path = PurePosixPath(name.lower())
    first = _FIRST_WORD.match(path.name) if path.suffix in (".parquet", ".tar") else None
    words = [*path.parts[:-1], first[0] if first else ""]
    return next((_SPLITS[word] for word in words if word in _SPLITS), Subset.NONE)


def numbers(values: object) -> Rectangle | None:
    """``[x, y, w, h]``; None for anything else."""
    if not isinstance(values, list | tuple) or len(values) != 4:
        return None
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return None
    x, y, w, h = map(float, values)
    return Rectangle(x, y, w, h)


def _first(facts: Mapping[str, object], *names: str) -> str:
    return next((text for name in names if (text := text_of(facts.get(name)))), "")


def _rating(value: object) -> str:
    word = text_of(value).lower()
    return word if len(word) == 1 and word in _RATINGS else (_RATINGS.get(word) or "")


def missing(name: str) -> Member:
    """A placeholder for an annotated image that is missing."""

    def stream() -> "object":
        raise FileNotFoundError(2, "it is in the annotations, but missing")

    return Member(text_of(name)[:300], 0, stream)  # type: ignore[arg-type]

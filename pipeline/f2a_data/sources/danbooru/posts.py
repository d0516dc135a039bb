"""One post as a booru describes it. The server is not trusted: every field is checked or sanitised here."""

import re
from dataclasses import dataclass

from f2a_data.sources.danbooru.query import RATINGS

# What f2a_faces.images decodes and Danbooru serves; anything else (video, ugoira, Flash, AVIF) is listed
# but not fetched.
IMAGE_EXTENSIONS = ("jpg", "jpeg", "png", "gif", "webp", "bmp")
LARGEST_ID = 10**12

# The keys that are kept of a post's JSON. "extension" is gallery-dl's, from the file's URL.
KEYS = ("id", "md5", "rating", "file_url", "extension", "parent_id", "tag_string", "tag_string_artist")

_MD5 = re.compile(r"[0-9a-f]{32}")
_EXTENSION = re.compile(r"[a-z0-9]{1,8}")
_LONGEST_TEXT = 20_000
_LONGEST_URL = 2_000


@dataclass(frozen=True, slots=True)
class Post:
    """A post's provenance; empty text if the server's value is missing or invalid."""

    id: int
    md5: str
    rating: str
    file_url: str
    extension: str
    parent_id: int | None
    tags: str
    artist: str

    @classmethod
    def parse(cls, raw: object) -> "Post | None":
        """Read one JSON object.

        Returns:
            None if there is no usable id.
        """
        if not isinstance(raw, dict) or (number := _id(raw.get("id"))) is None:
            return None
        extension = _match(_EXTENSION, raw.get("extension"))
        return cls(
            id=number,
            md5=_match(_MD5, raw.get("md5")),
            rating=str(raw.get("rating")) if raw.get("rating") in tuple(RATINGS) else "",
            file_url=one_line(raw.get("file_url"), _LONGEST_URL),
            extension="jpg" if extension == "jpeg" else extension,
            parent_id=_id(raw.get("parent_id")),
            tags=one_line(raw.get("tag_string"), _LONGEST_TEXT),
            artist=one_line(raw.get("tag_string_artist"), _LONGEST_URL),
        )

    @property
    def is_image(self) -> bool:
        """Whether the file is a still image that the pipeline can read."""
        return self.extension in IMAGE_EXTENSIONS


def _id(value: object) -> int | None:
    """A post number; ``true`` is not a number."""
    return value if type(value) is int and 0 < value < LARGEST_ID else None


def _match(pattern: re.Pattern[str], value: object) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def one_line(value: object, longest: int) -> str:
    """Untrusted text as one printable line of at most ``longest`` characters."""
    if not isinstance(value, str):
        return ""
    printable = "".join(letter if letter.isprintable() else " " for letter in value[: 2 * longest])
    return " ".join(printable.split())[:longest].rstrip()

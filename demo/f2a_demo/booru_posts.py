"""Posts of the local booru: their fields, the search, and their JSON."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from f2a_data.sources.danbooru.query import FREE_METATAGS
from f2a_faces.images import ImageError, read_size


@dataclass(frozen=True, kw_only=True)
class DemoPost:
    """One post.

    Attributes:
        id: its number; larger is newer.
        file: the file, anywhere.
        tags: joined by spaces, without the artist's.
        rating: g, s, q or e.
        artist: the artist's tag.
        source: where the poster found it.
        parent_id: the post it is a variant of.
        banned: listed, but without its file and md5, as Danbooru does for banned and restricted posts.
        fields: JSON fields that replace the right ones, to test clients with malformed posts.
    """

    id: int
    file: Path
    tags: str = ""
    rating: str = "g"
    artist: str = ""
    source: str = ""
    parent_id: int | None = None
    banned: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def md5(self) -> str:
        """Of the file, as it is when first asked for."""
        return hashlib.md5(self.file.read_bytes(), usedforsecurity=False).hexdigest()

    @property
    def file_path(self) -> str:
        """The path of the file's address, laid out as Danbooru's."""
        return f"/original/{self.md5[:2]}/{self.md5[2:4]}/{self.md5}{self.file.suffix.lower()}"

    @property
    def all_tags(self) -> list[str]:
        """The artist's tag and the others, sorted."""
        return sorted({*self.artist.split(), *self.tags.split()})


def described(post: DemoPost, root: str) -> dict[str, Any]:
    """A post as JSON."""
    width, height = _size(post.file)
    file = {"md5": post.md5, "file_url": root + post.file_path, "large_file_url": root + post.file_path}
    return {
        "id": post.id,
        "created_at": "2026-01-01T00:00:00.000-05:00",
        "rating": post.rating,
        "source": post.source,
        "parent_id": post.parent_id,
        "image_width": width,
        "image_height": height,
        "file_ext": post.file.suffix[1:].lower(),
        "file_size": post.file.stat().st_size,
        "is_banned": post.banned,
        "tag_string": " ".join(post.all_tags),
        "tag_string_artist": post.artist,
        "tag_string_character": "",
        "tag_string_copyright": "",
        "tag_string_general": post.tags,
        "tag_string_meta": "",
        **({} if post.banned else file),
        **post.fields,
    }


def matching(posts: Sequence[DemoPost], query: str) -> list[DemoPost]:
    """The posts that a search finds, newest first unless it says ``order:id``.

    Tags, ``-tag``, ``rating:g,s``, ``id:`` with lists and ranges, ``parent:``; other free metatags are
    accepted and find everything.
    """
    terms = query.split()
    found = [post for post in posts if all(_fits(post, term) for term in terms)]
    return found[::-1] if {"order:id", "order:id_asc"} & set(terms) else found


def page_of(posts: Sequence[DemoPost], page: str, limit: int) -> list[DemoPost]:
    """One page: ``""`` or ``"3"`` by number, ``"b100"`` below an id, ``"a100"`` above one (newest first)."""
    if page[:1] == "b" and page[1:].isdecimal():
        return list(islice((post for post in posts if post.id < int(page[1:])), limit))
    if page[:1] == "a" and page[1:].isdecimal():
        above = sorted((post for post in posts if post.id > int(page[1:])), key=lambda post: post.id)
        return above[:limit][::-1]
    start = (max(1, int(page)) - 1) * limit if page.isdecimal() else 0
    return list(posts[start : start + limit])


def _fits(post: DemoPost, term: str) -> bool:
    if term.startswith("-"):
        return not _fits(post, term[1:])
    name, colon, value = term.partition(":")
    if not colon or name not in {*FREE_METATAGS, "order"}:
        return term in post.all_tags
    if name == "rating":
        return post.rating in [rating[:1] for rating in value.split(",")]
    if name == "id":
        return any(_in_range(post.id, part) for part in value.split(","))
    return name != "parent" or value in (str(post.parent_id), str(post.id))


def _in_range(number: int, text: str) -> bool:
    """Danbooru's ranges: ``5``, ``>5``, ``>=5``, ``<5``, ``<=5``, ``5..9``, ``5..``, ``..9``."""
    if match := re.fullmatch(r"(\d*)\.\.(\d*)", text):
        low, high = match.groups()
        return int(low or 0) <= number <= int(high or number)
    if match := re.fullmatch(r"([<>]=?|)(\d+)", text):
        sign, bound = match[1], int(match[2])
        return (
            (">" in sign and number > bound)
            or ("<" in sign and number < bound)
            or (sign not in ("<", ">") and number == bound)
        )
    return False


def _size(file: Path) -> tuple[int, int]:
    try:
        return read_size(file)
    except ImageError:
        return 0, 0

"""The posts that scrapes have listed and that have no row yet; survives a kill at any time.

``posts.jsonl`` gets one line from gallery-dl for each post with a file, before it fetches the file.
It skips posts without a file silently; they are read from the server's responses, which gallery-dl writes to
``pages/``.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

from f2a_data.sources.danbooru.posts import KEYS, Post
from f2a_manifests import FatalError, atomic_file
from f2a_manifests.append_only import append_lines
from f2a_manifests.atomic import explain


@dataclass(frozen=True, slots=True)
class PostJournal:
    """The journal of one source.

    Attributes:
        folder: of the journal; created by `prepare`.
    """

    folder: Path

    @property
    def file(self) -> Path:
        """One JSON object a line; the last one of an id counts."""
        return self.folder / "posts.jsonl"

    @property
    def pages(self) -> Path:
        """The server's answers of the run in progress."""
        return self.folder / "pages"

    @property
    def parts(self) -> Path:
        """Files that are not complete yet."""
        return self.folder / "parts"

    def prepare(self, settled: Callable[[int], bool] = lambda _: False) -> None:
        """Make it ready for a run; a killed one's pages are taken in, its torn last line is cut.

        Args:
            settled: whether a post has its row in the workspace, and need not be remembered here.

        Raises:
            FatalError: the disk is full, or the workspace is not writable.
        """
        try:
            self.pages.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FatalError(explain(error, self.pages)) from error
        self.absorb()
        with atomic_file(self.file) as kept:
            kept.writelines(
                f"{line}\n".encode() for line, post in self._lines() if post and not settled(post.id)
            )

    def absorb(self) -> int:
        """Add the posts without a file from the pages, then delete the pages.

        Returns:
            How many there were.

        Raises:
            FatalError: the disk is full, or the folder is gone.
        """
        pages = sorted(self.pages.glob("*.txt"), key=lambda file: int(file.name.partition("_")[0]))
        fileless = [json.dumps({key: raw.get(key) for key in KEYS}) for raw in self._fileless(pages)]
        if fileless:
            append_lines(self.file, fileless)
        for page in pages:
            page.unlink()
        return len(fileless)

    def size(self) -> int:
        """Bytes; grows with every post that gallery-dl lists, known or new."""
        return self.file.stat().st_size if self.file.exists() else 0

    def posts(self, wanted: Callable[[int], bool] = lambda _: True) -> Iterator[Post]:
        """Every wanted post once, as it was listed last."""
        lines = (post.id if post else 0 for _, post in self._lines())
        last = {name: number for number, name in enumerate(lines) if name and wanted(name)}
        for number, (_, post) in enumerate(self._lines()):
            if post and last.get(post.id) == number:
                yield post

    def unusable(self) -> int:
        """The number of complete lines without a usable post id; they get no row."""
        return sum(post is None for _, post in self._lines())

    def arriving(self) -> "Arriving":
        """The posts that are listed from now on."""
        return Arriving(self.file, self.size())

    def _lines(self) -> Iterator[tuple[str, Post | None]]:
        """The valid JSON lines, each with its post; incomplete and empty ones are skipped."""
        if not self.file.exists():
            return
        with self.file.open(encoding="utf-8", errors="replace") as log:
            for line in log:
                try:
                    raw = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                yield line.strip(), Post.parse(raw)

    def _fileless(self, pages: list[Path]) -> Iterator[dict[str, Any]]:
        """The posts without a file up to the last one that gallery-dl looked at.

        A limit ends a crawl in the middle of a page; an empty page ends it because there is no more.
        """
        listed = {post.id for _, post in self._lines() if post}
        waiting: list[dict[str, Any]] = []
        posts: list[dict[str, Any]] | None = None
        for page in pages:
            posts = _posts(page)
            for raw in posts or ():
                if not raw.get("file_url"):
                    waiting.append(raw)
                if raw["id"] in listed:
                    yield from waiting
                    waiting = []
        if posts == []:
            yield from waiting


@dataclass(slots=True)
class Arriving:
    """What gallery-dl adds to the journal while it runs.

    Attributes:
        file: the journal.
        read: how many of its bytes have been read.
    """

    file: Path
    read: int
    _posts: dict[int, Post] = field(default_factory=dict)

    def take(self, number: int) -> Post | None:
        """A newly listed post, once; None otherwise."""
        if number not in self._posts and self.file.exists():
            with self.file.open("rb") as log:
                log.seek(self.read)
                for line in takewhile(lambda line: line.endswith(b"\n"), log):
                    self.read += len(line)
                    self._note(line)
        return self._posts.pop(number, None)

    def _note(self, line: bytes) -> None:
        try:
            post = Post.parse(json.loads(line))
        except (ValueError, RecursionError):
            return
        if post:
            self._posts[post.id] = post


def _posts(page: Path) -> list[dict[str, Any]] | None:
    """The posts of one response that have an id; None if it is an error page or incomplete."""
    try:
        raw = json.loads(page.read_bytes())
    except (ValueError, RecursionError):
        return None
    posts = raw.get("posts") if isinstance(raw, dict) else raw
    return [post for post in posts if Post.parse(post)] if isinstance(posts, list) else None

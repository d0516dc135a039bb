"""Convert posts and their files to image rows."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from f2a_data.sources.danbooru.posts import Post
from f2a_faces.images import ImageError, read_size
from f2a_manifests import Domain, Reason, Record, Workspace, sha256_file

STAGE = "scrape"
_CLOCKS = 2.0
"""Seconds by which the times of files may be off. Of a file that of its last change in any way counts:
gallery-dl sets the other to when the post was uploaded."""


@dataclass(frozen=True, slots=True)
class PostRows:
    """Makes the rows of one scrape.

    Attributes:
        workspace: where the files are.
        source: the name of the server in ids and paths.
        root: its address.
        ratings: the letters that were asked for.
        failures: why a file could not be fetched, by post.
        known: gives the image row of an earlier scrape by its id, with the time in seconds when it was
            written; files older than that are not read again.
    """

    workspace: Workspace
    source: str
    root: str
    ratings: tuple[str, ...]
    failures: Mapping[int, str]
    known: Callable[[str], tuple[Record, float] | None]

    def row(self, post: Post) -> Record:
        """The image row of one post; its file is read if it is there."""
        record = Record(
            id=f"{self.source}-{post.id}",
            domain=Domain.ANIME,
            source=self.source,
            source_id=str(post.id),
            source_url=_absolute(self.root, post),
            source_md5=post.md5,
            rating=post.rating,
            group=f"{self.source}-{post.parent_id or post.id}",
            artist=post.artist,
            tags=post.tags,
        )
        file = self.workspace.root / "images" / self.source / f"{post.id}.{post.extension}"
        if not post.file_url:
            record.drop(STAGE, Reason.POST_WITHOUT_FILE)
        elif not post.is_image:
            record.drop(STAGE, Reason.NOT_A_STILL_IMAGE, post.extension or "unknown format")
        elif file.is_file():
            self._examine(record, file)
        elif post.rating not in self.ratings:
            record.drop(STAGE, Reason.OTHER_RATING, post.rating or "unknown")
        elif post.id in self.failures:
            record.fail(STAGE, Reason.DOWNLOAD_FAILED, self.failures[post.id])
        else:
            record.fail(STAGE, Reason.NOT_FETCHED)
        return record

    def _examine(self, record: Record, file: Path) -> None:
        """Fill in the columns from the file; a wrong file is deleted, so that it is fetched again."""
        path = file.relative_to(self.workspace.root).as_posix()
        old, written = self.known(record.id) or (None, 0.0)
        if old and self._is_unchanged(old, record, path) and file.stat().st_ctime < written - _CLOCKS:
            record.path, record.sha256, record.width, record.height = path, old.sha256, old.width, old.height
            return
        with file.open("rb") as content:
            md5 = hashlib.file_digest(content, "md5").hexdigest()
        if record.source_md5 and md5 != record.source_md5:
            file.unlink()
            record.fail(STAGE, Reason.WRONG_MD5, f"its md5 is {md5}")
            return
        record.path = path
        record.sha256 = sha256_file(file)
        try:
            record.width, record.height = read_size(file)
        except ImageError as error:
            record.fail_as(STAGE, error)

    @staticmethod
    def _is_unchanged(old: Record, record: Record, path: str) -> bool:
        """Whether a row of an earlier scrape is still valid, since reading all files takes hours."""
        same = (old.path, old.source_md5) == (path, record.source_md5)
        return bool(same and old.sha256 and old.width)


def _absolute(root: str, post: Post) -> str:
    """The file's address, or the post's page if it has none."""
    if not post.file_url:
        return f"{root}/posts/{post.id}"
    try:
        url = urljoin(f"{root}/", post.file_url)
    except ValueError:
        return ""
    return url if url.startswith(("http://", "https://")) else ""

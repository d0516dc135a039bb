"""Turning posts and what became of their files into image rows."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from f2a_data.sources.danbooru.posts import Post
from f2a_faces.images import ImageError, read_size
from f2a_manifests import Domain, Record, Workspace, sha256_file

STAGE = "scrape"


@dataclass(frozen=True, slots=True)
class Rows:
    """What the rows of one scrape have in common.

    Attributes:
        workspace: where the files are.
        source: the name of the server in ids and paths.
        root: its address.
        ratings: the letters that were asked for.
        failures: why a file could not be fetched, by post.
    """

    workspace: Workspace
    source: str
    root: str
    ratings: tuple[str, ...]
    failures: Mapping[int, str]

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
            record.drop(STAGE, "post has no file (banned or restricted)")
        elif not post.is_image:
            record.drop(STAGE, f"not a still image: {post.extension or 'unknown format'}")
        elif file.is_file():
            self._examine(record, file)
        elif post.rating not in self.ratings:
            record.drop(STAGE, f"rating {post.rating or 'unknown'} was not asked for")
        else:
            record.fail(STAGE, self.failures.get(post.id, "not fetched yet; run the same scrape again"))
        return record

    def _examine(self, record: Record, file: Path) -> None:
        """Fill in what the file itself says; one that is not the post's is deleted, to be fetched anew."""
        with file.open("rb") as content:
            md5 = hashlib.file_digest(content, "md5").hexdigest()
        if record.source_md5 and md5 != record.source_md5:
            file.unlink()
            record.fail(STAGE, f"not the post's file (its md5 is {md5}); deleted, scrape again")
            return
        record.path = file.relative_to(self.workspace.root).as_posix()
        record.sha256 = sha256_file(file)
        try:
            record.width, record.height = read_size(file)
        except ImageError as error:
            record.fail(STAGE, str(error))


def _absolute(root: str, post: Post) -> str:
    """The file's address, or the post's page where there is none."""
    if not post.file_url:
        return f"{root}/posts/{post.id}"
    try:
        url = urljoin(f"{root}/", post.file_url)
    except ValueError:
        return ""
    return url if url.startswith(("http://", "https://")) else ""

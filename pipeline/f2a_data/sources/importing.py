"""Copy image files into the workspace and make their rows; shared by the sources that import files."""

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from f2a_data.sources.fetching import Fetched, ahead
from f2a_faces.archive import Member
from f2a_faces.images import read_size
from f2a_faces.magic import image_suffix
from f2a_manifests import FatalError, Record, Workspace, sha256_file, write_once
from f2a_manifests.atomic import explain, replace_by_link
from f2a_manifests.workspace import FOLLOW_LINKS

log = logging.getLogger("f2a_data.sources")


class ImageStore:
    """The folder ``images/<source>/`` of a workspace, filled with content-addressed files.

    A name is the first 20 hex digits of the content's SHA-256, so that storing a file twice does nothing and
    names reveal nothing about splits.

    The files are not synced one by one: measured on ext4, that leaves 1,800 files/s of 8,500 or more.
    `close` syncs once, before the caller publishes a manifest. Until then a power cut can leave incomplete
    files, which the next run detects by their size.
    """

    def __init__(self, workspace: Workspace, source: str, *, link: bool = False) -> None:
        """Open the folder; with ``link``, files are linked instead of copied.

        Raises:
            FatalError: it cannot be made.
        """
        self._workspace, self._link = workspace, link
        self._relative = f"images/{source}"
        self._folder = workspace.root / self._relative
        self._fetched = Fetched(workspace, source)
        try:
            self._folder.mkdir(exist_ok=True)
            for leftover in self._folder.glob(".*.tmp"):  # of a run that was killed
                leftover.unlink()
        except OSError as error:
            raise FatalError(explain(error, self._folder)) from error

    def take(self, image: Record, member: Member) -> None:
        """Copy a member's file and fill in the row: path, sha256, width, height.

        Only the header is checked; other damage is found when the image is decoded.

        Raises:
            ImageError: with the reason for the row.
            FatalError: the workspace cannot be written.
        """
        if self._fetched.has(member):
            self._fetched.fill_in(image, member)
            return
        data = member.read()
        image.width, image.height = read_size(data)
        image.sha256 = hashlib.sha256(data).hexdigest()
        name = f"{image.sha256[:20]}.{image_suffix(data)}"
        image.path = f"{self._relative}/{name}"
        if self._link and member.path:
            self._link_to(member.path.resolve(), self._folder / name, image.sha256)
        else:
            write_once(f"{self._folder}/{name}", data)
        self._fetched.note(image, member, len(data))

    def ahead(self, members: Iterable[Member]) -> Iterator[Member]:
        """The same members; those on a server are fetched before they are taken, several at a time."""
        return ahead(members, lambda member: not self._fetched.has(member))

    def _link_to(self, original: Path, path: Path, sha256: str) -> None:
        """Link, unless a copy is there; what is there may also be a link to a file that was edited since."""
        if path.is_file() and (path.samefile(original) or sha256_file(path) == sha256):
            return
        replace_by_link(path, original)
        if not self._workspace.holds(path):
            path.unlink()
            raise FatalError(
                f"{original} is on another disk than the workspace, so that a link has to lead out of it; "
                f"{FOLLOW_LINKS}=1 in the environment allows that, now and for all later commands"
            )

    def close(self) -> None:
        """Make all files durable, where the platform can."""
        if hasattr(os, "sync"):
            os.sync()

    def remember(self) -> None:
        """Record the versions of stored objects, so that they are not fetched again."""
        self._fetched.flush()


@contextmanager
def image_store(workspace: Workspace, source: str, *, link: bool = False) -> Iterator[ImageStore]:
    """An `ImageStore`, closed at the end unless there was an error."""
    store = ImageStore(workspace, source, link=link)
    try:
        yield store
    finally:
        store.remember()
    store.close()

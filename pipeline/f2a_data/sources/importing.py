"""What all importing sources share: copying image files into the workspace, and making their rows."""

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from f2a_faces.archive import Member
from f2a_faces.images import read_size
from f2a_faces.magic import image_suffix
from f2a_manifests import FatalError, Record, Workspace, write_once
from f2a_manifests.atomic import explain

log = logging.getLogger("f2a_data.sources")


class ImageStore:
    """The folder ``images/<source>/`` of a workspace, filled with content-addressed files.

    A name is the first 20 hex digits of the content's SHA-256, so that storing twice is harmless, a
    run after kill -9 finds what is there, and no name can say anything about a split.

    The files are not synced one by one: measured on ext4, that leaves 1,800 files/s of 8,500 or more.
    `close` syncs once, before the caller publishes a manifest that names them; until then a power cut
    can leave a file short, and the next run sees that by its size.
    """

    def __init__(self, workspace: Workspace, source: str) -> None:
        """Open the folder.

        Raises:
            FatalError: it cannot be made.
        """
        self._relative = f"images/{source}"
        self._folder = workspace.root / self._relative
        try:
            self._folder.mkdir(exist_ok=True)
            for leftover in self._folder.glob(".*.tmp"):  # of a run that was killed
                leftover.unlink()
        except OSError as error:
            raise FatalError(explain(error, self._folder)) from error

    def take(self, image: Record, member: Member) -> None:
        """Copy a member's file and fill in the row: path, sha256, width, height.

        Only the header is looked at; what is broken behind it shows when the image is decoded.

        Raises:
            ImageError: with the reason for the row.
            FatalError: the workspace cannot be written.
        """
        data = member.read()
        image.width, image.height = read_size(data)
        image.sha256 = hashlib.sha256(data).hexdigest()
        name = f"{image.sha256[:20]}.{image_suffix(data)}"
        image.path = f"{self._relative}/{name}"
        write_once(self._folder / name, data)

    def close(self) -> None:
        """Make all files durable, where the platform can."""
        if hasattr(os, "sync"):
            os.sync()


@contextmanager
def image_store(workspace: Workspace, source: str) -> Iterator[ImageStore]:
    """An `ImageStore`, closed at the end unless there was an error."""
    store = ImageStore(workspace, source)
    yield store
    store.close()

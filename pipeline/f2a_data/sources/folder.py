"""Any folder or archive of images, or a single image."""

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, ClassVar

from msgspec import Meta

from f2a_data.sources.importing import ImageStore, image_store, log
from f2a_data.sources.local import LocalFiles
from f2a_engine.sources import SourceOrigin
from f2a_faces.archive import Member, open_members
from f2a_faces.images import ImageError
from f2a_faces.magic import HEAD_BYTES, SUFFIXES, image_suffix
from f2a_manifests import ExitCode, FatalError, Unit, Workspace
from f2a_manifests.places import Place


@dataclass(frozen=True)
class Folder(LocalFiles):
    """Import any folder or archive of images.

    A folder with all folders in it, a zip or tar archive, or a single image. See docs/own-images.md.

    Example: f2a-data folder ~/Pictures/people --domain human

    Attributes:
        path: the folder, archive or image, or its address.
        follow_links: also follow links to folders, and to files elsewhere.
        drop_missing: drop images that are no longer there.
    """

    name: ClassVar[str] = "folder"

    path: Annotated[Place, Meta(extra={"argument": "DIR"})]
    follow_links: bool = False
    drop_missing: bool = False

    @property
    def origin(self) -> SourceOrigin:
        """See `f2a_engine.sources.Source`."""
        return SourceOrigin(
            label=self.label,
            place=str(self.path.resolve()),
            named=bool(self.source),
            complete=True,
            drops_missing=self.drop_missing,
        )

    def collect(self, workspace: Workspace) -> Iterator[Unit]:
        """Copy or link the images into the workspace and give their rows, in the order of the files.

        A file counts as an image if its suffix or its first bytes say so; others are counted and skipped.

        Raises:
            FatalError: the folder cannot be read, has no image, or the workspace cannot be written.
        """
        self.refuse_own_workspace(workspace)
        skipped: list[str] = []
        empty = True
        with (
            open_members(self.path, follow_links=self.follow_links) as members,
            image_store(workspace, self.prefix, link=self.link) as store,
        ):
            for member in store.ahead(_images(members, skipped)):
                empty = False
                yield self._unit(member, store)
        if skipped:
            log.warning("%s: skipped %d files that are not images", self.path, len(skipped))
        if archives := [name for name in skipped if name.lower().endswith(".zip")]:
            command = f"f2a-data folder {shlex.quote(str(self.path / archives[0]))}"
            log.warning("%s is an archive: import it by itself, %s", archives[0], command)
        if empty:
            raise FatalError(f"there are no images in {self.path}", ExitCode.NO_RESULTS)

    def _unit(self, member: Member, store: ImageStore) -> Unit:
        unit = self.stored(member, store)
        self.mark_whole(unit)
        return unit


def _images(members: Iterable[Member], skipped: list[str]) -> Iterator[Member]:
    for member in members:
        if _is_image(member):
            yield member
        else:
            skipped.append(member.name)


def _is_image(member: Member) -> bool:
    if member.problem or PurePosixPath(member.name).suffix.lower() in SUFFIXES:
        return True
    try:
        return bool(image_suffix(member.head(HEAD_BYTES)))
    except ImageError:
        return False

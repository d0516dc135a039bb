"""Any folder, zip or tar archive of images, or a single one."""

import hashlib
import re
import shlex
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar

from f2a_data.sources.importing import ImageStore, image_store, log
from f2a_data.stages.base import SourceOrigin
from f2a_faces.archive import Member, open_members
from f2a_faces.images import ImageError
from f2a_faces.magic import HEAD_BYTES, SUFFIXES, image_suffix
from f2a_manifests import Box, BoxFrom, Domain, ExitCode, FatalError, Record, Unit, Workspace

_SOURCE = re.compile(r"[\w-]{1,64}")  # letters and digits of every script
_LONGEST = 60
_MAX_SOURCE_ID = 300


@dataclass(frozen=True)
class Folder:
    """Images of one domain from a folder, with all folders in it, from a zip or tar archive, or a single one.

    Attributes:
        path: the folder or archive.
        domain: what its images show.
        source: the name in the manifest; empty for the folder's own name.
        whole: every image is a face that has been cut out already.
        follow_links: read links to folders, and to files elsewhere.
        drop_missing: drop images that were there and are no more.
        link: link the files of a folder into the workspace instead of copying them.
    """

    name: ClassVar[str] = "folder"

    path: Path
    domain: Domain
    source: str = ""
    whole: bool = False
    follow_links: bool = False
    drop_missing: bool = False
    link: bool = False

    def __post_init__(self) -> None:
        if self.source and not _SOURCE.fullmatch(self.source):
            raise FatalError(
                f"the source name {self.source!r} may have letters, digits, - and _ only, 64 at most",
                ExitCode.USAGE,
            )

    @property
    def label(self) -> str:
        """The name that stands in the manifest's ``source`` column."""
        return self.source or slug(self.path)

    @property
    def origin(self) -> SourceOrigin:
        """See `f2a_data.stages.base.Source`."""
        return SourceOrigin(
            label=self.label,
            place=str(self.path.resolve()),
            named=bool(self.source),
            complete=True,
            drops_missing=self.drop_missing,
        )

    @property
    def _prefix(self) -> str:
        """How its ids, and its folder in ``images/``, begin: as every file system and tool takes it."""
        return re.sub(r"[^A-Za-z0-9_-]+", "-", self.label).strip("-") or "folder"

    def collect(self, workspace: Workspace) -> Iterator[Unit]:
        """Copy or link the images into the workspace and give their rows, in the order of the files.

        A file counts as an image if its suffix or its first bytes say so; others are counted and skipped.

        Raises:
            FatalError: the folder cannot be read, has no image, or the workspace cannot be written.
        """
        self._refuse_own_workspace(workspace)
        skipped: list[str] = []
        empty = True
        with (
            open_members(self.path, follow_links=self.follow_links) as members,
            image_store(workspace, self._prefix, link=self.link) as store,
        ):
            for member in members:
                if _is_image(member):
                    empty = False
                    yield self._unit(member, store)
                else:
                    skipped.append(member.name)
        if skipped:
            log.warning("%s: skipped %d files that are no images", self.path, len(skipped))
        if archives := [name for name in skipped if name.lower().endswith(".zip")]:
            command = f"f2a-data folder {shlex.quote(str(self.path / archives[0]))}"
            log.warning("%s is an archive: import it by itself, %s", archives[0], command)
        if empty:
            raise FatalError(f"there are no images in {self.path}", ExitCode.NO_RESULTS)

    def _unit(self, member: Member, store: ImageStore) -> Unit:
        unit = Unit(self._row(member))
        try:
            store.take(unit.image, member)
        except ImageError as error:
            unit.image.fail_as(self.name, error)
        if self.whole and unit.image.kept:
            whole = Box(0, 0, unit.image.width or 0, unit.image.height or 0)
            unit.faces.append(unit.image.face(whole, BoxFrom.WHOLE))
        return unit

    def _row(self, member: Member) -> Record:
        # Labels whose letters do not stand in the prefix are told apart by the hash.
        name = member.name if self._prefix == self.label else f"{self.label}\0{member.name}"
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        identifier = f"{self._prefix}-{digest[:12]}"
        return Record(
            id=identifier,
            domain=self.domain,
            source=self.label,
            source_id=member.name[:_MAX_SOURCE_ID],
            group=identifier,
        )

    def _refuse_own_workspace(self, workspace: Workspace) -> None:
        if workspace.root.resolve().is_relative_to(self.path.resolve()):
            raise FatalError(
                f"the workspace {workspace.root} lies in {self.path}, which would import itself; "
                "choose another --workspace or a folder below",
                ExitCode.USAGE,
            )


def slug(path: Path) -> str:
    """A folder's or archive's name for the column ``source``: letters and digits of every script."""
    name = (
        unicodedata.normalize("NFKC", path.resolve().name).lower().removesuffix(".zip").removesuffix(".tar")
    )
    return re.sub(r"[\W_]+", "-", name).strip("-")[:_LONGEST].strip("-") or "folder"


def _is_image(member: Member) -> bool:
    if member.problem or PurePosixPath(member.name).suffix.lower() in SUFFIXES:
        return True
    try:
        return bool(image_suffix(member.head(HEAD_BYTES)))
    except ImageError:
        return False

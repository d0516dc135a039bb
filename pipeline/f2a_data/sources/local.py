"""What sources share that import the user's own files: names, ids, and what may not be imported."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

from f2a_data.sources.importing import ImageStore
from f2a_faces.archive import Member
from f2a_faces.images import ImageError
from f2a_manifests import Box, BoxFrom, Domain, ExitCode, FatalError, Record, Unit, Workspace
from f2a_manifests.places import Place
from f2a_manifests.remote import RemotePath

_SOURCE = re.compile(r"[\w-]{1,64}")  # letters and digits of every script
_LONGEST = 60
_MAX_SOURCE_ID = 300


@dataclass(frozen=True)
class LocalFiles:
    """Files of the user's own.

    Attributes:
        domain: the domain of the images.
        source: name in ids; the folder's name if it is not given.
        whole: the images are face crops already; detect skips them.
        link: link the files of a folder instead of copying them.
    """

    name: ClassVar[str]

    path: Annotated[Place, Meta(extra={"argument": "PATH"})]
    domain: Domain
    source: str = ""
    whole: bool = False
    link: bool = False

    def __post_init__(self) -> None:
        if self.source and not _SOURCE.fullmatch(self.source):
            raise ValueError(
                f"the source name {self.source!r} may have letters, digits, - and _ only, 64 at most"
            )
        if self.link and isinstance(self.path, RemotePath):
            raise ValueError(f"{self.path} is not on this machine, where --link could link it")

    @cached_property  # asked for with each image
    def label(self) -> str:
        """The name that stands in the manifest's ``source`` column."""
        return self.source or slug(self.path)

    @cached_property  # asked for with each image
    def prefix(self) -> str:
        """How its ids, and its folder in ``images/``, begin: as every file system and tool takes it."""
        return re.sub(r"[^A-Za-z0-9_-]+", "-", self.label).strip("-") or "folder"

    def refuse_own_workspace(self, workspace: Workspace) -> None:
        """See that the workspace does not lie in the folder.

        Raises:
            FatalError: it does.
        """
        here = self.path
        if isinstance(here, Path) and workspace.root.resolve().is_relative_to(here.resolve()):
            raise FatalError(
                f"the workspace {workspace.root} lies in {self.path}, which would import itself; "
                "choose another --workspace or a folder below",
                ExitCode.USAGE,
            )

    def stored(self, member: Member, store: ImageStore) -> Unit:
        """An image with its file in the workspace, or with the reason why it has none."""
        unit = Unit(self._row(member))
        try:
            store.take(unit.image, member)
        except ImageError as error:
            unit.image.fail_as(self.name, error)
        return unit

    def mark_whole(self, unit: Unit) -> None:
        """Make the image a face, if it can be used and its source says so."""
        if self.whole and unit.image.kept:
            whole = Box(0, 0, unit.image.width or 0, unit.image.height or 0)
            unit.faces.append(unit.image.face(whole, BoxFrom.WHOLE))

    def _row(self, member: Member) -> Record:
        # The hash distinguishes labels whose letters the prefix does not have.
        name = member.name if self.prefix == self.label else f"{self.label}\0{member.name}"
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        identifier = f"{self.prefix}-{digest[:12]}"
        return Record(
            id=identifier,
            domain=self.domain,
            source=self.label,
            source_id=member.name[:_MAX_SOURCE_ID],
            group=identifier,
        )


def slug(path: Place) -> str:
    """A folder's or archive's name for the column ``source``: letters and digits of every script."""
    name = (
        unicodedata.normalize("NFKC", path.resolve().name).lower().removesuffix(".zip").removesuffix(".tar")
    )
    return re.sub(r"[\W_]+", "-", name).strip("-")[:_LONGEST].strip("-") or "folder"

"""A source of a rebuilt set: the published rows, with the files of the original source if unchanged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from f2a_engine.sources import Source, SourceOrigin
from f2a_manifests import BoxFrom, Reason, Record, Status, Unit, Workspace
from f2a_publish.published import Published

STAGE = "rebuild"


@dataclass(frozen=True, slots=True)
class Original:
    """One source of a published set, as a `Source`.

    Its boxes come with it, so that no face is detected again.

    Attributes:
        published: the set.
        source: the name of the source in it.
        units: its images with their faces.
        files: the source of the images; None if the user has given none.
    """

    name: ClassVar[str] = STAGE

    published: Published
    source: str
    units: Sequence[Unit]
    files: Source | None

    @property
    def origin(self) -> SourceOrigin:
        """See `f2a_engine.sources.Source`."""
        return (
            self.files.origin
            if self.files
            else SourceOrigin(label=self.source, place=self.source, named=True)
        )

    def collect(self, workspace: Workspace) -> Iterator[Unit]:
        """Fetch the images, and yield the published rows in their order.

        Raises:
            FatalError: the source failed; nothing is given, what was fetched is kept.
        """
        fresh = {unit.image.id: unit.image for unit in self.files.collect(workspace)} if self.files else {}
        for unit in self.units:
            yield self._planted(unit, fresh)

    def _planted(self, unit: Unit, fresh: Mapping[str, Record]) -> Unit:
        """The image with the boxes that are to be cropped; the other faces wait for `finish`."""
        image = replace(unit.image, path="")
        if not self.published.needed(unit):
            return Unit(image, [_aside(face) for face in unit.faces])
        found = fresh.get(image.id)
        reason, detail = self._verdict(image, found)
        if reason or not found:
            image.fail(STAGE, reason, detail)
            return Unit(image, [_aside(face, reason) for face in unit.faces])
        image.path = found.path
        return Unit(image, [self._cuttable(face) for face in unit.faces])

    def _verdict(self, old: Record, new: Record | None) -> tuple[Reason, str]:
        """Why the image cannot be used; nothing if it can."""
        if not self.files:
            return Reason.NOT_GIVEN, ""
        if new is None:
            return Reason.GONE, ""
        if new.rating != old.rating:
            return Reason.RATING_CHANGED, f"{old.rating or 'none'} then, {new.rating or 'none'} now"
        if new.source_md5 and new.source_md5 != old.source_md5:
            return Reason.FILE_REPLACED, f"md5 {old.source_md5 or 'unknown'} then, {new.source_md5} now"
        if new.status is not Status.KEEP:
            return new.reason, new.detail
        return (
            (Reason.NONE, "") if new.sha256 == old.sha256 else (Reason.FILE_REPLACED, f"sha256 {new.sha256}")
        )

    def _cuttable(self, face: Record) -> Record:
        if face.id not in self.published.crops:
            return _aside(face)
        came = face.box_from if face.box_came_with_source else BoxFrom.GIVEN
        planted = replace(face, box_from=came, path="")
        planted.keep()
        return planted


def _aside(face: Record, reason: Reason = Reason.NONE) -> Record:
    """A face that is not to be cropped."""
    put = replace(face, box_from=BoxFrom.GIVEN, path="")
    put.fail(STAGE, reason or face.reason or Reason.OTHER)
    return put

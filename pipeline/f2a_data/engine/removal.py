"""Remove images for good: rows stay with the reason, files and crops go, nothing brings them back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from f2a_data.engine import state
from f2a_data.engine.lock import locked
from f2a_data.sources.removed import STAGE
from f2a_manifests import ExitCode, FatalError, Reason, Unit, Workspace


@dataclass(frozen=True, slots=True)
class Selection:
    """Which images: all given fields must match, each with any of its values.

    Attributes:
        sources: names of sources.
        ids: of images, or of faces in them.
        posts: numbers of a booru's posts.
        artists: names in the column ``artist``.
    """

    sources: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    artists: tuple[str, ...] = ()

    def has(self, unit: Unit) -> bool:
        """Whether an image is selected; without any value none is."""
        image = unit.image
        found = {
            self.sources: {image.source},
            self.ids: {image.id, *(face.id for face in unit.faces)},
            self.posts: {image.source_id} if image.source_md5 else set(),
            self.artists: set(image.artist.split()),
        }
        asked = {wanted: values for wanted, values in found.items() if wanted}
        return bool(asked) and all(not values.isdisjoint(wanted) for wanted, values in asked.items())

    def __str__(self) -> str:
        """In words, for a row's detail."""
        parts = {"source": self.sources, "id": self.ids, "post": self.posts, "artist": self.artists}
        return ", ".join(f"{name} {' or '.join(values)}" for name, values in parts.items() if values)


def select(units: Sequence[Unit], selection: Selection) -> list[Unit]:
    """The images that would be removed.

    Raises:
        FatalError: there are none.
    """
    chosen = [unit for unit in units if selection.has(unit) and unit.image.stage != STAGE]
    if not chosen:
        raise FatalError(f"no image of {selection} is here", ExitCode.NO_RESULTS)
    return chosen


def remove(workspace: Workspace, selection: Selection, why: str = "") -> list[Unit]:
    """Remove them.

    Args:
        workspace: the workspace.
        selection: which.
        why: for the column ``detail``.

    Returns:
        What was removed.

    Raises:
        FatalError: nothing is selected, or the workspace cannot be written.
    """
    with locked(workspace):
        units = workspace.load()
        chosen = select(units, selection)
        drop(workspace, units, chosen, STAGE, Reason.REMOVED, str(why or selection)[:200])
        workspace.publish(units)
    return chosen


def drop(
    workspace: Workspace,
    units: Sequence[Unit],
    chosen: Iterable[Unit],
    stage: str,
    reason: Reason,
    detail: str = "",
) -> None:
    """Drop images and their faces, and delete the files that no other row names; the caller publishes.

    After a kill, the rows are still there, and the same command does the rest.
    """
    files = set()
    for unit in chosen:
        for row in (unit.image, *unit.faces):
            files.add(row.path)
            row.path = ""
        unit.drop(stage, reason, detail)
    named = {row.path for unit in units for row in (unit.image, *unit.faces)}
    for path in files - named - {""}:
        _delete(workspace, path)
    if "dedup" in state.read(workspace):  # copies may replace what is gone
        state.restart(workspace, "dedup", stage)


class Removed:
    """What has been removed from a workspace, for sources that would import it again.

    Args:
        units: of the workspace.
    """

    def __init__(self, units: Iterable[Unit]) -> None:
        rows = [unit.image for unit in units if unit.image.stage == STAGE]
        self.ids = {row.id for row in rows}
        self._details = {row.sha256: row.detail for row in rows if row.sha256}

    def refuse(self, unit: Unit, workspace: Workspace) -> None:
        """Drop anything with the content of a removed file, under any name."""
        detail = self._details.get(unit.image.sha256)
        if detail is None:
            return
        _delete(workspace, unit.image.path)
        unit.drop(STAGE, Reason.REMOVED, detail)
        for row in (unit.image, *unit.faces):
            row.path = ""


def _delete(workspace: Workspace, name: str) -> None:
    """Delete a file of the workspace; of a link to somebody's own file only the link."""
    path = workspace.root / name
    if workspace.holds(path.parent) and (path.is_symlink() or path.is_file()):
        path.unlink()

"""Read manifests a few thousand rows at a time.

Rows are checked as in `f2a_manifests.read`, except for duplicate ids.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from f2a_manifests.errors import ManifestError
from f2a_manifests.record import COLUMNS, Domain, Record
from f2a_manifests.table import AS_TEXT, INDEX, check_columns, naming, records_of
from f2a_manifests.workspace import Unit, Workspace

_ROWS = 2000


def scan(path: Path, names: Sequence[str] = COLUMNS) -> Iterator[Record]:
    """The rows of a manifest, in order, never more than a few thousand in memory.

    Args:
        path: the file.
        names: the columns to take, see `f2a_manifests.table.records_of`.

    Raises:
        ManifestError: as `f2a_manifests.read`, when the row is reached.
    """
    import pandas as pd  # noqa: PLC0415 -- importing it takes 0.2 s

    before = 0
    with naming(path), pd.read_csv(path, **AS_TEXT, chunksize=_ROWS) as chunks:
        for chunk in chunks:
            frame = chunk.drop(columns=INDEX, errors="ignore")
            check_columns(path, list(frame.columns))
            yield from records_of(path, {name: frame[name].tolist() for name in names}, before, names)
            before += len(frame)


def scan_units(workspace: Workspace) -> Iterator[Unit]:
    """All images with their faces, in the order of ``images.csv``, one at a time.

    Raises:
        ManifestError: a manifest is invalid, or the faces are not in the order of their images, in
            which `Workspace.publish` writes them.
    """
    if not workspace.images_csv.exists():
        return
    faces = {domain: _Faces(workspace.faces_csv(domain)) for domain in Domain}
    for image in scan(workspace.images_csv):
        yield Unit(image, list(faces[image.domain].of(image)))
    for left in faces.values():
        left.check_all_taken()


def units_with_faces(
    workspace: Workspace,
    of_images: Sequence[str],
    of_faces: Sequence[str],
    domains: Iterable[Domain] = Domain,
) -> list[Unit]:
    """The images of some domains that have faces, in the order of ``images.csv``, with some columns.

    Args:
        workspace: the workspace; the faces may stand in any order.
        of_images: columns of image rows, see `f2a_manifests.table.records_of`.
        of_faces: columns of face rows; with ``parent``.
        domains: whose faces.

    Raises:
        ManifestError: a manifest is invalid, two rows have one id, or a face's image row is missing.
    """
    if not workspace.images_csv.exists():
        return []
    paths = filter(Path.exists, map(workspace.faces_csv, domains))
    faces: defaultdict[str, list[Record]] = defaultdict(list)
    for path in paths:
        for face in _unique(path, scan(path, of_faces)):
            faces[face.parent].append(face)
    images = (row for row in scan(workspace.images_csv, of_images) if row.id in faces)
    units = [Unit(row, faces[row.id]) for row in _unique(workspace.images_csv, images)]
    if missing := faces.keys() - {unit.image.id for unit in units}:
        face = faces[min(missing)][0]
        raise ManifestError(f"{workspace.faces_csv(face.domain)}: face {face.id} names no row of images.csv")
    return units


def _unique(path: Path, rows: Iterable[Record]) -> Iterator[Record]:
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            raise ManifestError(f"{path}: the id {row.id} appears twice")
        seen.add(row.id)
        yield row


class _Faces:
    """The faces of one manifest, taken image by image."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows = scan(path) if path.exists() else iter(())
        self._next = next(self._rows, None)

    def of(self, image: Record) -> Iterator[Record]:
        """The faces that come next, as far as they are this image's."""
        while self._next is not None and self._next.parent == image.id:
            yield self._next
            self._next = next(self._rows, None)

    def check_all_taken(self) -> None:
        if self._next is not None:
            raise ManifestError(
                f"{self._path}: face {self._next.id} names no row of images.csv, or is not in the order of "
                "images.csv; sort both alike"
            )

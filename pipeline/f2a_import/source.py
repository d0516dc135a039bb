"""``import``: images with the annotations of another tool."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import tee
from typing import ClassVar, Literal, Protocol

from f2a_data.sources.importing import ImageStore, image_store, log
from f2a_data.sources.local import LocalFiles
from f2a_engine.sources import SourceOrigin
from f2a_import.found import Found
from f2a_import.layouts import coco, imagefolder, parquet, sidecars, yolo
from f2a_manifests import Box, BoxFrom, ExitCode, FatalError, Reason, Record, Unit, Workspace
from f2a_manifests.places import Place

Layout = Literal["auto", "imagefolder", "coco", "yolo", "sidecars", "parquet"]


class _Reader(Protocol):
    """A module of `layouts`."""

    def fits(self, root: Place) -> bool:
        """Whether a folder or file looks like this layout."""

    def read(self, root: Place, category: str) -> Iterator[Found]:
        """Its images; see `Import.collect` for errors."""


_LAYOUTS: dict[str, _Reader] = {  # in the order in which they are tried
    "imagefolder": imagefolder,
    "coco": coco,
    "yolo": yolo,
    "parquet": parquet,
    "sidecars": sidecars,
}


@dataclass(frozen=True)
class Import(LocalFiles):
    """Import images with the annotations of other tools.

    A Hugging Face image folder or parquet files, WebDataset tars, a COCO or YOLO data set, the output of
    img2dataset, waifuc or kohya. Boxes become faces; tags, ratings, addresses and splits are kept. For
    plain images use folder. See docs/import.md.

    Example: f2a-data import anime-faces-coco --domain anime

    Attributes:
        path: the folder or file.
        layout: what it is; auto recognises it.
        category: the COCO category or YOLO class that is a face, if there are several.
        whole: images without boxes are face crops already; detect skips them.
    """

    name: ClassVar[str] = "import"

    layout: Layout = "auto"
    category: str = ""

    @property
    def origin(self) -> SourceOrigin:
        """See `f2a_engine.sources.Source`."""
        return SourceOrigin(label=self.label, place=str(self.path.resolve()), named=bool(self.source))

    def collect(self, workspace: Workspace) -> Iterator[Unit]:
        """Copy or link the images into the workspace and give their rows.

        Raises:
            FatalError: no layout fits, annotations cannot be read, or there is no image.
        """
        self.refuse_own_workspace(workspace)
        empty, read = True, self._reader()
        with image_store(workspace, self.prefix, link=self.link) as store:
            images, again = tee(read(self.path, self.category))
            for found, member in zip(images, store.ahead(each.member for each in again), strict=True):
                empty = False
                yield self._unit(replace(found, member=member), store)
        if empty:
            raise FatalError(f"there are no images in {self.path}", ExitCode.NO_RESULTS)

    def _reader(self) -> Callable[[Place, str], Iterator[Found]]:
        for name, layout in _LAYOUTS.items():
            if self.layout == name or (self.layout == "auto" and layout.fits(self.path)):
                log.info("%s: reading it as %s", self.path, name)
                return layout.read
        raise FatalError(
            f"no annotations were recognised in {self.path}; give --layout, or import plain images with "
            "f2a-data folder",
            ExitCode.USAGE,
        )

    def _unit(self, found: Found, store: ImageStore) -> Unit:
        unit = self.stored(found.member, store)
        self._learn(unit.image, found)
        if found.boxes is None:
            self.mark_whole(unit)
        elif unit.image.kept:
            self._mark(unit, found)
        return unit

    def _mark(self, unit: Unit, found: Found) -> None:
        """Add a face for each box, each place once; an image without any has no face."""
        width, height = unit.image.width or 0, unit.image.height or 0
        boxes = [rectangle.box(width, height) for rectangle in found.boxes or ()]
        if bad := boxes.count(None):
            log.warning("%s: %d boxes are not valid rectangles and were left out", unit.image.source_id, bad)
        for box in dict.fromkeys(box for box in boxes if box):
            face = unit.image.face(box, BoxFrom.GIVEN, self.label)
            if not box.overlap(Box(0, 0, width, height)):
                face.drop(self.name, Reason.BOX_OUTSIDE, f"{tuple(box)} in {width}x{height} pixels")
            unit.faces.append(face)
        if not unit.faces:
            unit.image.drop(self.name, Reason.NO_FACE)

    def _learn(self, image: Record, found: Found) -> None:
        """Fill in what is known about an image."""
        image.source_url, image.source_md5, image.source_split = found.url, found.md5, found.split
        image.rating, image.artist, image.tags = found.rating, found.artist, found.tags
        if found.url:  # of one picture, so in one split
            image.group = f"{self.prefix}-url-{hashlib.sha256(found.url.encode()).hexdigest()[:12]}"

"""SCUT-FBP5500: 5,500 frontal faces, 350x350 pixels, with five official folds.

Liang, Lin, Jin, Xie, Li: SCUT-FBP5500: A Diverse Benchmark Dataset for Multi-Paradigm Facial Beauty
Prediction, ICPR 2018. The beauty scores are not read.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar

from f2a_data.sources.aligned import FBP5500
from f2a_data.sources.importing import ImageStore, image_store, log
from f2a_data.sources.listing import image_stem, read_listing
from f2a_engine.sources import SourceOrigin
from f2a_faces.archive import Member, open_members
from f2a_faces.images import ImageError
from f2a_manifests import BoxFrom, Domain, ExitCode, FatalError, Record, Unit, Workspace
from f2a_manifests.places import Place

# The first release named its images otherwise, and the fold files of some copies still do.
_OLD_PREFIXES = {"ftw": "CF", "fty": "AF", "mtw": "CM", "mty": "AM"}
_STEM = re.compile(r"(CF|AF|CM|AM|ftw|fty|mtw|mty)(\d{1,5})")


@dataclass(frozen=True)
class Fbp5500:
    """Import SCUT-FBP5500's faces.

    With the official folds, whose files may be anywhere in the folder. See docs/human-faces.md.

    Example: f2a-data fbp5500 --root SCUT-FBP5500_v2

    Attributes:
        root: the folder with Images/, or its address.
    """

    name: ClassVar[str] = "fbp5500"

    root: Place

    @property
    def origin(self) -> SourceOrigin:
        """See `f2a_engine.sources.Source`."""
        return SourceOrigin(label=self.name, place=self.name)

    def collect(self, workspace: Workspace) -> Iterator[Unit]:
        """Copy the images into the workspace and give their rows, one face an image.

        Raises:
            FatalError: no SCUT-FBP5500 in the folder, a broken list, or no place to write to.
        """
        images, folds = _find_images(self.root), read_folds(self.root)
        with open_members(images) as members, image_store(workspace, self.name) as store:
            present = _by_stem(members)
            self._tell_missing(folds, present)
            chosen = self.choose(present)
            stems = [stem for stem in present if stem in chosen]
            ahead = store.ahead(present[stem] for stem in stems)
            for stem, member in zip(stems, ahead, strict=True):
                yield _unit(stem, member, folds.get(stem), store)

    def choose(self, stems: Collection[str]) -> frozenset[str]:
        """The images to take: all."""
        return frozenset(stems)

    def _tell_missing(self, folds: Collection[str], present: Collection[str]) -> None:
        """Warn about listed images that are missing."""
        listed = set(folds)
        for path in self.root.rglob("All_labels.txt"):
            listed |= {official_stem(stem) for stem in read_listing(path, 0)}
        missing = len(listed.difference(present))
        if missing:
            log.warning("%s: %d of %d listed images are missing", self.root, missing, len(listed))


def official_stem(stem: str) -> str:
    """The current name of an image without its suffix, ``CF437`` for ``ftw437``; empty for other files."""
    match = _STEM.fullmatch(stem)
    return _OLD_PREFIXES.get(match[1], match[1]) + match[2] if match else ""


def read_folds(root: Place) -> dict[str, int]:
    """The fold (1 to 5) whose test list holds each image, by its official name without suffix.

    Raises:
        FatalError: an image is in the test lists of two folds, or a list is broken.
    """
    folds: dict[str, int] = {}
    for path in sorted(root.rglob("test_[1-5].txt")):
        fold = int(path.stem[-1])
        for stem in map(official_stem, read_listing(path, 0)):
            if folds.setdefault(stem, fold) != fold:
                raise FatalError(f"{path}: {stem} is also tested by fold {folds[stem]}", ExitCode.USAGE)
    if not folds:
        log.warning("%s: there are no test_1.txt to test_5.txt: the official folds are not known", root)
    return folds


def _find_images(root: Place) -> Place:
    path = root / "Images"
    if not path.is_dir():
        raise FatalError(f"{root} holds no folder Images; see docs/human-faces.md", ExitCode.USAGE)
    return path


def _by_stem(members: Collection[Member]) -> dict[str, Member]:
    named = ((official_stem(image_stem(PurePosixPath(member.name).name)), member) for member in members)
    present = {stem: member for stem, member in named if stem}
    if len(present) < len(members):
        log.warning("skipped %d files that are not SCUT-FBP5500 images", len(members) - len(present))
    return present


def _unit(stem: str, member: Member, fold: int | None, store: ImageStore) -> Unit:
    image = _image_row(stem, fold)
    unit = Unit(image)
    try:
        store.take(image, member)
        box = FBP5500.box(image.width or 0, image.height or 0)
    except ImageError as error:
        image.fail_as(Fbp5500.name, error)
    else:
        unit.faces.append(image.face(box, BoxFrom.GIVEN, Fbp5500.name))
    return unit


def _image_row(stem: str, fold: int | None) -> Record:
    identifier = f"fbp5500-{stem}"
    return Record(
        id=identifier,
        domain=Domain.HUMAN,
        source=Fbp5500.name,
        source_id=f"{stem}.jpg",
        group=identifier,
        source_split=str(fold or ""),
    )

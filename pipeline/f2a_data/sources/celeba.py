"""CelebA, aligned and cropped: 202,599 photos of 10,177 people, 178x218 pixels.

Liu, Luo, Wang, Tang: Deep Learning Face Attributes in the Wild, ICCV 2015.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from f2a_data.sources.aligned import CELEBA, LANDMARKS, celeba_box, celeba_landmarks
from f2a_data.sources.importing import ImageStore, image_store, log
from f2a_data.sources.listing import Listing, find_listing, image_stem, read_listing
from f2a_engine.sources import SourceOrigin
from f2a_faces.archive import Member, open_members
from f2a_faces.images import ImageError
from f2a_manifests import Box, BoxFrom, Domain, ExitCode, FatalError, Landmark, Record, Unit, Workspace
from f2a_manifests.places import Place

_PLACES = ("Img/img_align_celeba", "img_align_celeba", "Img/img_align_celeba_png", "img_align_celeba_png")
_STEM = re.compile(r"\d{1,8}")
_SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class CelebA:
    """Import CelebA's aligned faces.

    A sample of them, from img_align_celeba.zip or its folder, with identities and the official
    split. A larger count adds to a smaller one. See docs/human-faces.md.

    Example: f2a-data celeba --root CelebA --count 40000

    Attributes:
        root: the folder with Img/, Anno/ and Eval/, or its address.
        count: number of images to sample.
        seed: of the sample; another seed gives other images.
    """

    name: ClassVar[str] = "celeba"

    root: Place
    count: Annotated[int, Meta(ge=1)] = 40_000
    seed: int = 0

    @property
    def origin(self) -> SourceOrigin:
        """See `f2a_engine.sources.Source`."""
        return SourceOrigin(label=self.name, place=self.name)

    def collect(self, workspace: Workspace) -> Iterator[Unit]:
        """Copy the sample into the workspace and give its rows, one face an image.

        Raises:
            FatalError: no CelebA in the folder, an unreadable annotation, or no place to write to.
        """
        images = _find_images(self.root)
        annotations = Annotations.read(self.root)
        with open_members(images) as members, image_store(workspace, self.name) as store:
            present = _by_stem(members)
            annotations.warn_missing(self.root, present)
            chosen = self.choose(present)
            stems = [stem for stem in present if stem in chosen]
            ahead = store.ahead(present[stem] for stem in stems)
            for stem, member in zip(stems, ahead, strict=True):
                yield _unit(stem, member, annotations, store)

    def choose(self, stems: Collection[str]) -> frozenset[str]:
        """The images with the lowest hashes, so that the sample does not depend on the order of the files."""
        if len(stems) < self.count:
            log.warning("%s: %d images asked for, %d present: taking all", self.root, self.count, len(stems))
        ranked = sorted(stems, key=lambda stem: hashlib.sha256(f"{self.seed} {stem}".encode()).digest())
        return frozenset(ranked[: self.count])


@dataclass(frozen=True, slots=True)
class Annotations:
    """The annotations of the images, by the number in their names; empty if a file is missing."""

    identity: Listing
    partition: Listing
    landmarks: Listing

    @classmethod
    def read(cls, root: Place) -> "Annotations":
        """Read the annotation files, and warn about missing ones."""
        if find_listing(root, "list_bbox_celeba"):
            log.warning("%s: list_bbox_celeba is ignored: its boxes are for the unaligned images", root)
        return cls(
            _read(root, "identity_CelebA", 1, "a split cannot keep a person's images on one side"),
            _read(root, "list_eval_partition", 1, "the official train/val/test split is not known"),
            _read(root, "list_landmarks_align_celeba", len(LANDMARKS) * 2, ""),
        )

    def warn_missing(self, root: Place, present: Collection[str]) -> None:
        """Warn about annotated images that are missing."""
        named = self.identity.keys() | self.partition.keys()
        missing = len(named.difference(present))
        if missing:
            log.warning("%s: %d of %d annotated images are missing", root, missing, len(named))


def _read(root: Place, name: str, columns: int, loss: str) -> Listing:
    path = find_listing(root, name)
    if path:
        return read_listing(path, columns)
    if loss:
        log.warning("%s: there is no %s.txt or .csv: %s", root, name, loss)
    return {}


def _find_images(root: Place) -> Place:
    if root.is_dir():
        for place in _PLACES:
            for path in (root / f"{place}.zip", root / place):
                if path.exists():
                    return path
    raise FatalError(
        f"{root} holds no Img/img_align_celeba.zip and no img_align_celeba folder; see docs/human-faces.md",
        ExitCode.USAGE,
    )


def _by_stem(members: Sequence[Member]) -> dict[str, Member]:
    """The images by their number, in the fastest order for reading."""
    present: dict[str, Member] = {}
    for member in members:
        stem = image_stem(member.name.rpartition("/")[2])
        if _STEM.fullmatch(stem) and (stem not in present or present[stem].problem):
            present[stem] = member
    if len(present) < len(members):
        log.warning("skipped %d files that are not CelebA images", len(members) - len(present))
    return present


def _unit(stem: str, member: Member, annotations: Annotations, store: ImageStore) -> Unit:
    image = _image_row(stem, annotations)
    unit = Unit(image)
    try:
        store.take(image, member)
        box, landmarks = _face(image, annotations.landmarks.get(stem))
    except ImageError as error:
        image.fail_as(CelebA.name, error)
    else:
        unit.faces.append(image.face(box, BoxFrom.GIVEN, "celeba-aligned", landmarks=landmarks))
    return unit


def _image_row(stem: str, annotations: Annotations) -> Record:
    identifier = f"celeba-{stem}"
    person = annotations.identity.get(stem)
    part = annotations.partition.get(stem, (-1,))[0]
    return Record(
        id=identifier,
        domain=Domain.HUMAN,
        source=CelebA.name,
        source_id=f"{stem}.jpg",
        group=f"celeba-id-{person[0]}" if person else identifier,
        source_split=_SPLITS[part] if part in range(len(_SPLITS)) else "",
    )


def _face(image: Record, landmarks: Sequence[float] | None) -> tuple[Box, tuple[Landmark, ...]]:
    """The face's box and its landmarks; raises ImageError for an image that is not aligned."""
    width, height = image.width or 0, image.height or 0
    if landmarks is None:
        return CELEBA.box(width, height), ()
    scale = CELEBA.scale(width, height)
    points = [value * scale for value in landmarks]
    return celeba_box(points, width, height), celeba_landmarks(points)

"""A folder of images with COCO annotations, whose boxes become faces."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath

import msgspec

from f2a_faces.archive import Member, open_members
from f2a_faces.magic import SUFFIXES
from f2a_import.found import Found, Rectangle, missing, numbers, split_of
from f2a_manifests import ExitCode, FatalError
from f2a_manifests.places import Place

_PATTERNS = ("annotations/*.json", "instances*.json", "*.coco.json", "*/*.coco.json")
_LARGEST = 2 * 2**30


class _Image(msgspec.Struct):
    id: int | str
    file_name: str


class _Annotation(msgspec.Struct):
    image_id: int | str
    category_id: int
    bbox: list[float] = []
    iscrowd: int = 0


class _Category(msgspec.Struct):
    id: int
    name: str


class _File(msgspec.Struct):
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]


def fits(root: Place) -> bool:
    """Whether there are such files."""
    return root.is_dir() and bool(_files(root))


def read(root: Place, category: str) -> Iterator[Found]:
    """The annotated images, with the boxes of a category, except crowds."""
    files = _files(root)
    if not files:
        raise FatalError(f"there is no annotations/*.json in {root}", ExitCode.USAGE)
    with open_members(root) as members:
        index = _Index([m for m in members if PurePosixPath(m.name).suffix.lower() in SUFFIXES])
        for path in files:
            yield from _read(path, root, index, category)


def _read(path: Place, root: Place, index: "_Index", category: str) -> Iterator[Found]:
    content = _decode(path)
    faces = chosen(path, {each.id: each.name for each in content.categories}, category)
    boxes: dict[int | str, list[Rectangle]] = defaultdict(list)
    for mark in content.annotations:
        if mark.category_id in faces and not mark.iscrowd and (box := numbers(mark.bbox)):
            boxes[mark.image_id].append(box)
    split = split_of(path.relative_to(root).as_posix()) or split_of(f"{path.stem.split('_')[-1]}/x")
    for image in content.images:
        member = index.find(image.file_name, split, path.parent.relative_to(root).as_posix())
        found = split_of(member.name) if member else split
        yield Found(member or missing(image.file_name), boxes[image.id], found or split)


def chosen(path: Place, names: dict[int, str], category: str) -> set[int]:
    """The numbers of the categories that are faces.

    Raises:
        FatalError: the requested category is missing, or none of several is called a face.
    """
    wanted = {number for number, name in names.items() if name == category}
    if not category:
        faces = {number for number, name in names.items() if "face" in name.lower()}
        wanted = set(names) if len(names) == 1 else faces
    if not wanted and names:
        some = ", ".join(repr(name)[1:-1] for name in list(names.values())[:20])
        raise FatalError(f"{path}: say with --category which of these are faces: {some}", ExitCode.USAGE)
    return wanted


class _Index:
    """The images by their path, and by the end of it."""

    def __init__(self, members: list[Member]) -> None:
        self._by_name = {member.name: member for member in members}
        self._by_file: dict[str, list[Member]] = defaultdict(list)
        for member in members:
            self._by_file[PurePosixPath(member.name).name].append(member)

    def find(self, name: str, split: str, folder: str) -> Member | None:
        """The image that a file of annotations names, which may be in the folder of its split."""
        for place in (
            name,
            f"{folder}/{name}",
            f"{split}/{name}",
            f"images/{split}/{name}",
            f"images/{name}",
        ):
            if place in self._by_name:
                return self._by_name[place]
        ends = [m for m in self._by_file[PurePosixPath(name).name] if f"/{m.name}".endswith(f"/{name}")]
        return ends[0] if len(ends) == 1 else None


def _files(root: Place) -> list[Place]:
    found = {path for pattern in _PATTERNS for path in root.glob(pattern) if path.is_file()}
    return sorted(path for path in found if path.resolve().is_relative_to(root.resolve()))


def _decode(path: Place) -> _File:
    try:
        if path.stat().st_size > _LARGEST:
            raise FatalError(f"{path} is larger than {_LARGEST // 2**30} GiB")
        return msgspec.json.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError, RecursionError) as error:
        raise FatalError(f"{path} is not a file of COCO annotations: {error}", ExitCode.USAGE) from None

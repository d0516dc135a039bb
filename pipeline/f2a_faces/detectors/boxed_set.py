"""A folder of images with a CSV of the faces in them: ``image,x,y,w,h`` and, optionally, ``split``.

A row is one face, in whole pixels of the full, upright image. An image without a face has no row, or one
whose box is left out (``image,,,,``). The column ``split`` is ``train``, ``calibration``
or ``test``. With it, images without a split, or that the CSV does not name, are ignored. ``yes``
in a column ``unsure`` makes the row an ignore region.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from f2a_faces.images import ImageError, read_size
from f2a_faces.magic import SUFFIXES
from f2a_manifests import Box, ExitCode, FatalError

COLUMNS = ("x", "y", "w", "h")
SPLITS = ("", "train", "calibration", "test")


@dataclass(slots=True)
class BoxedImage:
    """An image and the boxes of its faces.

    Attributes:
        file: the image.
        faces: all of them, in pixels of the full image.
        unsure: ignore regions.
        split: the value of the column ``split``, or empty.
    """

    file: Path
    faces: list[Box] = field(default_factory=list)
    unsure: list[Box] = field(default_factory=list)
    split: str = ""

    def by_size(self, min_side: float, long_side: float) -> tuple[list[Box], list[Box]]:
        """The faces that are large enough, and the others with the ignore regions.

        Args:
            min_side: pixels that the longer side of a face's box must have...
            long_side: ...where the image is scaled to this long side.

        Raises:
            FatalError: the image cannot be read.
        """
        try:
            limit = min_side * max(read_size(self.file)) / long_side
        except ImageError as error:
            raise FatalError(f"{self.file}: {error}") from None
        large = [box for box in self.faces if max(box.w, box.h) >= limit]
        return large, [box for box in self.faces if max(box.w, box.h) < limit] + self.unsure


@dataclass(frozen=True, slots=True)
class BoxedSet:
    """The images to search, sorted by name.

    Attributes:
        images: those of the requested split.
        left_out: how many images of the folder belong to no split.
    """

    images: list[BoxedImage]
    left_out: int


def read_boxed(folder: Path, boxes: Path, split: str = "") -> BoxedSet:
    """Read the boxes of a folder's images.

    Args:
        folder: searched with its subfolders; the CSV names images relative to it, with forward slashes.
        boxes: the CSV.
        split: ``train``, ``calibration`` or ``test`` for the images of that split only, or empty.

    Raises:
        FatalError: there is no such folder or CSV, the CSV is malformed or names an image that is not
            there, or nothing is left.
    """
    images = _images(folder)
    divided = _read_rows(boxes, images)
    if split and not divided:
        raise FatalError(f"{boxes} has no column 'split'", ExitCode.USAGE)
    listed = [image for image in images.values() if image.split or not divided]
    chosen = [image for image in listed if split in ("", image.split)]
    if not chosen:
        raise FatalError(f"no image of {folder} is left to search", ExitCode.NO_RESULTS)
    return BoxedSet(chosen, len(images) - len(listed))


def _images(folder: Path) -> dict[str, BoxedImage]:
    if not folder.is_dir():
        raise FatalError(f"there is no folder {folder}", ExitCode.USAGE)
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return {file.relative_to(folder).as_posix(): BoxedImage(file) for file in files}


def _read_rows(boxes: Path, images: dict[str, BoxedImage]) -> bool:
    """Give the images their boxes; returns whether the CSV has splits."""
    divided = False
    for line, row in _rows(boxes):
        name, divided = row["image"], "split" in row
        if name not in images:
            raise FatalError(
                f"{boxes}, line {line}: there is no image {name!r} in the folder", ExitCode.USAGE
            )
        try:
            _add(images[name], row)
        except ValueError as error:
            raise FatalError(f"{boxes}, line {line}: {error}", ExitCode.USAGE) from None
    return divided


def _rows(boxes: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with boxes.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            if not {"image", *COLUMNS} <= set(reader.fieldnames or ()):
                raise FatalError(f"{boxes}: its columns must be image,x,y,w,h", ExitCode.USAGE)
            for row in reader:
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FatalError(f"cannot read {boxes}: {error}", ExitCode.USAGE) from None


def _add(image: BoxedImage, row: dict[str, str]) -> None:
    values = [row[column].strip() for column in COLUMNS]
    if any(values):
        box = Box(*(int(value) for value in values))
        if box.w <= 0 or box.h <= 0:
            raise ValueError(f"the box {tuple(box)} is empty; leave x, y, w and h out where there is no face")
        (image.unsure if row.get("unsure", "").strip() == "yes" else image.faces).append(box)
    split = row.get("split", image.split)
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}, none of 'train', 'calibration', 'test'")
    if image.split not in ("", split):
        raise ValueError(f"{row['image']!r} is in two splits")
    image.split = split

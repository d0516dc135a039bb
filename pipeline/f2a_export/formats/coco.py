"""COCO's object detection format: one JSON file per split."""

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from f2a_export.boxes import boxes_in, visible
from f2a_export.chunks import Chunk
from f2a_export.files import BoxedImages, put
from f2a_export.listing import Listing, Row
from f2a_export.pictures import PictureReader
from f2a_manifests import Subset, atomic_file
from f2a_manifests.version import __version__


@dataclass(frozen=True, kw_only=True)
class Coco(BoxedImages):
    """Source images with COCO boxes, for training a face detector; the one category is face."""

    name: ClassVar[str] = "coco"
    loader: ClassVar[str] = """
from pycocotools.coco import COCO
boxes = COCO("OUT/annotations/instances_train.json")  # images are in OUT/train
"""

    def write(self, chunk: Chunk, reader: PictureReader, out: Path) -> Iterator[Row]:
        """See `Format`."""
        for item in chunk.items:
            yield put(out, f"{chunk.split}/{item.stem}", item, reader, copy=self.copy)

    def finish(self, out: Path, listing: Listing) -> None:
        """Write ``annotations/instances_SPLIT.json``."""
        (out / "annotations").mkdir(exist_ok=True)
        for split in Subset:
            if split and (out / split).is_dir():
                _write(out / "annotations" / f"instances_{split}.json", listing, split)


def _write(path: Path, listing: Listing, split: Subset) -> None:
    info = {"description": f"faces, exported by f2a {__version__}", "version": __version__}
    with atomic_file(path) as file:
        text = io.TextIOWrapper(file, "utf-8", write_through=True)
        text.write(f'{{"info": {json.dumps(info)}, "licenses": [],\n')
        text.write('"categories": [{"id": 1, "name": "face", "supercategory": "face"}],\n"images": ')
        text.writelines(_array(_image(number, row) for number, row in _images(listing, split)))
        text.write(',\n"annotations": ')
        text.writelines(_array(_annotations(listing, split)))
        text.write("}\n")
        text.detach()


def _array(items: Iterable[dict[str, Any]]) -> Iterator[str]:
    separator = "[\n"
    for item in items:
        yield separator + json.dumps(item)
        separator = ",\n"
    yield "\n]" if separator == ",\n" else "[]"


def _images(listing: Listing, split: Subset) -> Iterator[tuple[int, Row]]:
    rows = (row for row in listing.rows() if row["split"] == split and row["file"])
    yield from enumerate(rows, start=1)


def _image(number: int, row: Row) -> dict[str, Any]:
    return {
        "id": number,
        "file_name": row["file"].removeprefix(f"{row['split']}/"),
        "width": int(row["width"]),
        "height": int(row["height"]),
        "coco_url": row["source_url"],
        "f2a_id": row["id"],
        "domain": row["domain"],
    }


def _annotations(listing: Listing, split: Subset) -> Iterator[dict[str, Any]]:
    number = 0
    for image, row in _images(listing, split):
        for box in visible(boxes_in(row["box"]), int(row["width"]), int(row["height"])):
            number += 1
            yield {
                "id": number,
                "image_id": image,
                "category_id": 1,
                "bbox": list(box),
                "area": box.w * box.h,
                "iscrowd": 0,
            }

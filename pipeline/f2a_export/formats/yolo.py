"""Ultralytics' layout for detector training: a text file of boxes for each image."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from f2a_export.boxes import visible
from f2a_export.chunks import Chunk
from f2a_export.files import BoxedImages, put, write
from f2a_export.item import Item
from f2a_export.listing import Listing, Row
from f2a_export.pictures import Picture, PictureReader
from f2a_manifests import Subset


@dataclass(frozen=True, kw_only=True)
class Yolo(BoxedImages):
    """Source images with YOLO labels, for training a face detector; the one class is face."""

    name: ClassVar[str] = "yolo"
    loader: ClassVar[str] = """
from ultralytics import YOLO
YOLO("yolo11n.pt").train(data="OUT/data.yaml")
"""

    def write(self, chunk: Chunk, reader: PictureReader, out: Path) -> Iterator[Row]:
        """See `Format`."""
        for item in chunk.items:
            place = f"images/{chunk.split}/{item.stem}"
            yield put(out, place, item, reader, copy=self.copy, beside=partial(_label, item))

    def finish(self, out: Path, _listing: Listing) -> None:
        """Write ``data.yaml``; its paths are relative to its folder."""
        splits = [split for split in Subset if split and (out / "images" / split).is_dir()]
        lines = [*(f"{split}: images/{split}" for split in splits), "names:", "  0: face"]
        write(out / "data.yaml", "".join(f"{line}\n" for line in lines).encode())


def _label(item: Item, picture: Picture) -> dict[str, str]:
    width, height = picture.width, picture.height
    lines = [
        f"0 {(x + w / 2) / width:.6f} {(y + h / 2) / height:.6f} {w / width:.6f} {h / height:.6f}\n"
        for x, y, w, h in visible(item.boxes, width, height)
    ]
    return {f"labels/{item.split}/{item.stem}.txt": "".join(lines)}

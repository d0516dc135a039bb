"""Crop every face from its full-size image into a small lossless PNG."""

import hashlib
from dataclasses import dataclass
from typing import ClassVar

import imagehash
from PIL import Image

from f2a_faces.crop import CropError, CropRule, accepted, cut, rule
from f2a_faces.images import ImageError, Pixels, decode, encode_png
from f2a_manifests import REPAIRED, BoxFrom, Record, Unit, Workspace, write_once


@dataclass(frozen=True, slots=True)
class Crop:
    """Options of ``crop``.

    Attributes:
        rule: how a box becomes a square; faces that came as finished crops are taken whole.
    """

    name: ClassVar[str] = "crop"
    version: ClassVar[int] = 3
    owns: ClassVar[tuple[str, ...]] = (
        "path", "sha256", "width", "height", "crop_rule", "crop_x", "crop_y", "crop_side", "phash",
    )  # fmt: skip

    rule: CropRule

    def __call__(self, workspace: Workspace, unit: Unit) -> Unit:
        """Fill the crop's columns; a face that cannot be cropped is dropped with the reason."""
        faces = [face for face in unit.faces if face.kept]
        if not faces:
            return unit
        try:
            decoded = decode(workspace.file(unit.image))
        except ImageError as error:
            for row in (unit.image, *faces):
                row.fail_as(self.name, error)
            return unit
        unit.image.flags = (REPAIRED,) if decoded.repaired else ()
        for face in faces:
            self._cut(workspace, face, decoded.pixels)
        return unit

    def _cut(self, workspace: Workspace, face: Record, pixels: Pixels) -> None:
        own = self._rule_for(face)
        face.crop_rule = str(own)
        height, width = pixels.shape[:2]
        try:
            place = accepted(face.box, width, height, own)
        except CropError as error:
            face.drop(self.name, error.reason, error.detail)
            return
        face.crop_x, face.crop_y, face.crop_side = place
        crop = cut(pixels, place, own.size)
        png = encode_png(crop)
        face.sha256 = hashlib.sha256(png).hexdigest()
        # Hex digits only: some loaders misplace files whose names contain "train" or "test".
        face.path = f"crops/{face.sha256[:2]}/{face.sha256[:32]}.png"
        face.width = face.height = own.size
        face.phash = str(imagehash.phash(Image.fromarray(crop)))
        _store(workspace, face.path, png)

    def _rule_for(self, face: Record) -> CropRule:
        return rule("whole", self.rule.size) if face.box_from is BoxFrom.WHOLE else self.rule


def _store(workspace: Workspace, name: str, png: bytes) -> None:
    path = workspace.root / name
    if workspace.root.joinpath("crops").is_dir():  # a lost workspace must not be recreated face by face
        path.parent.mkdir(exist_ok=True)
    write_once(path, png)

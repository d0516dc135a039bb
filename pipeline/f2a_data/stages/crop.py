"""Crop every face from its full-size image into a small lossless PNG."""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from PIL import Image

from f2a_engine.stages import UnitStage
from f2a_faces.crop import CropError, CropRule, Preset, Size, accepted, cut, rule
from f2a_faces.cuts import packed
from f2a_faces.images import ImageError, decode, decode_image, encode_crop
from f2a_faces.phash import phash
from f2a_manifests import REPAIRED, BoxFrom, Record, Unit, Workspace, mending, write_once
from f2a_manifests.decisions import Decisions


@dataclass(frozen=True, slots=True)
class Crop(UnitStage):
    """Crop the faces.

    Every face is cut from its full-size image into a square PNG, named after its content. Faces too
    small for the rule are dropped with a reason. Faces that came as crops are taken whole. Boxes
    that were drawn in the review replace the detector's.

    Example: f2a-data crop --preset paper --size 64

    Attributes:
        preset: crop rule.
        size: pixels a side.
    """

    preset: Preset = "default"
    size: Size = 64

    name: ClassVar[str] = "crop"
    after: ClassVar[str] = "detect"
    version: ClassVar[int] = 5
    owns: ClassVar[tuple[str, ...]] = (
        "path", "sha256", "width", "height", "crop_rule", "crop_x", "crop_y", "crop_side", "phash", "cuts",
    )  # fmt: skip

    def prepare(self, workspace: Workspace, units: list[Unit]) -> None:
        """Apply the boxes that were drawn in the review."""
        mending.mend(units, Decisions.load(workspace.decisions_log))

    def touched(self, workspace: Workspace) -> frozenset[str]:
        """The images in which a box was ever drawn."""
        return Decisions.load(workspace.decisions_log).mended

    def __call__(self, workspace: Workspace, unit: Unit) -> Unit:
        """Fill the crop's columns; a face that cannot be cropped is dropped with the reason."""
        faces = [face for face in unit.faces if face.kept]
        if not faces:
            return unit
        try:
            image, repaired = decode_image(workspace.file(unit.image))
        except ImageError as error:
            for row in (unit.image, *faces):
                row.fail_as(self.name, error)
            return unit
        unit.image.flags = (REPAIRED,) if repaired else ()
        for face in faces:
            self._cut(workspace, face, image)
        return unit

    def complete(self, workspace: Workspace, unit: Unit) -> None:
        """Hash crops of an earlier version, which stored no hashes of their cuts."""
        for face in unit.faces:
            if face.path and not face.cuts:
                with suppress(ImageError):  # `clean` says so
                    face.cuts = packed(decode(workspace.file(face)).pixels)

    def _cut(self, workspace: Workspace, face: Record, image: Image.Image) -> None:
        own = self._rule_for(face)
        face.crop_rule = str(own)
        try:
            place = accepted(face.box, *image.size, own)
        except CropError as error:
            face.drop(self.name, error.reason, error.detail)
            return
        face.crop_x, face.crop_y, face.crop_side = place
        crop = cut(image, place, own.size)
        png = encode_crop(crop)
        face.sha256 = hashlib.sha256(png).hexdigest()
        # Hex digits only: some loaders misplace files whose names contain "train" or "test".
        face.path = f"crops/{face.sha256[:2]}/{face.sha256[:32]}.png"
        face.width = face.height = own.size
        face.phash, face.cuts = phash(crop), packed(crop)
        _store(workspace, face.path, png)

    def _rule_for(self, face: Record) -> CropRule:
        return rule("whole" if face.box_from is BoxFrom.WHOLE else self.preset, self.size)


def _store(workspace: Workspace, name: str, png: bytes) -> None:
    path = f"{workspace.root}/{name}"  # text, because there are a million faces
    folder = path.rpartition("/")[0]
    # A lost workspace must not be recreated face by face.
    if not os.path.isdir(folder) and os.path.isdir(folder.rpartition("/")[0]):  # noqa: PTH112
        Path(folder).mkdir(exist_ok=True)
    write_once(path, png)

"""Faces that a person marked as tilted in the review; `clean` flags them."""

from collections.abc import Iterable
from typing import Literal

from f2a_manifests import Unit
from f2a_manifests.decisions import Decisions, source_of
from f2a_manifests.matching import nearest

FLAGS: dict[Literal["left", "right", ""], str] = {"left": "tilted_left", "right": "tilted_right"}
"""By the side of the crop to which the top of the head leans."""


def tilts(unit: Unit, log: Decisions) -> dict[str, str]:
    """The flags of an image's faces that are tilted, by their ids; the newest decision counts."""
    found: dict[str, Literal["left", "right", ""]] = {}
    for line in log.words_about(source_of(unit.image)):
        if line.tilt is not None and (face := nearest(line.box, unit.faces)):
            found[face.id] = line.tilt
    return {name: FLAGS[tilt] for name, tilt in found.items() if tilt}


def unflagged(units: Iterable[Unit], log: Decisions) -> int:
    """How many kept faces do not have the flags of the log's decisions yet."""
    count = 0
    for unit in (unit for unit in units if source_of(unit.image) in log.tilted):
        wanted = tilts(unit, log)
        has = {face.id: [flag for flag in face.flags if flag in FLAGS.values()] for face in unit.faces}
        count += sum(
            has[face.id] != ([wanted[face.id]] if face.id in wanted else [])
            for face in unit.faces
            if face.kept
        )
    return count

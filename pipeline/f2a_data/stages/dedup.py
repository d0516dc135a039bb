"""``dedup``: keep the best of faces that are copies of each other."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from f2a_data.stages.copies import Candidates, Match, grouped
from f2a_data.stages.crops import Crops
from f2a_data.stages.hamming import MAX_RADIUS
from f2a_engine.stages import TableStage
from f2a_faces.likeness import Likeness
from f2a_manifests import Domain, Reason, Record, Unit, Workspace, decisions


@dataclass(frozen=True, slots=True)
class Dedup(TableStage):
    """Drop copies and near copies.

    Copies that were cut closer, moved, mirrored, coloured anew or marked are found too. The best face of each
    group stays: the largest, then the one with the highest score. Every dropped face is a copy of the kept
    one: groups never chain.

    Example: f2a-data dedup --variants drop

    Attributes:
        radius: how many bits of two perceptual hashes may differ for their faces to be compared.
        mirrored: a mirrored copy is a copy too; the trainer mirrors at random.
        variants: what to do with the same drawing with another expression or with other colours.
    """

    radius: Annotated[int, Meta(ge=0, le=MAX_RADIUS)] = 6
    mirrored: bool = True
    variants: Literal["keep", "drop"] = "keep"

    name: ClassVar[str] = "dedup"
    after: ClassVar[str] = "crop"
    version: ClassVar[int] = 2
    owns: ClassVar[tuple[str, ...]] = ("dup_group",)
    reads: ClassVar[tuple[str, ...]] = ("sha256", "path", "score", "box_x", "box_y", "box_w", "box_h")
    reads_decisions: ClassVar[bool] = True

    def __call__(self, workspace: Workspace, units: list[Unit]) -> None:
        """Group the kept faces of each domain; ``dup_group`` names the kept face of each copy and variant.

        Exact copies, by the bytes of the crop, come first. A group is one face, its representative, and
        copies of that very face: A~B~C does not make A and C copies. Faces are taken from best to worst
        (largest box, then highest score, then id), so a group's best face represents it, whatever the
        order of the rows. Faces that were dropped in the review come last: their copies may replace them.
        """
        unwanted = decisions.dropped(units, workspace.decisions_log)
        for domain in Domain:
            faces = [face for unit in units for face in unit.faces if face.kept and face.domain is domain]
            ranked = _ranked(faces, unwanted)
            _drop_exact_copies(ranked)
            self._group(Crops(workspace, [face for face in ranked if face.kept]))
            _join_exact_copies(ranked)

    def _group(self, crops: Crops) -> None:
        candidates = Candidates(crops.hashes, self.radius, mirrored=self.mirrored)
        dropping = self.variants == "drop"
        groups = grouped(len(crops.faces), candidates, crops.difference, with_variants=dropping)
        for match in groups.kept_variants():
            better, worse = _faces(crops, match)
            better.dup_group, worse.dup_group = better.dup_group or better.id, better.id
        for match in groups.copies:
            _drop_copy(*_faces(crops, match), match)


def copies_left_alone(units: Iterable[Unit]) -> int:
    """How many copies were dropped for a face that was then dropped itself, in the review."""
    faces = [face for unit in units for face in unit.faces]
    gone = {face.id for face in faces if face.stage == "review"}
    return sum(face.stage == "dedup" and face.dup_group in gone for face in faces)


def _ranked(faces: list[Record], unwanted: Collection[str]) -> list[Record]:
    """Best first, unwanted ones last; one key after the other: a million tuples take 0.15 GB."""
    ranked = sorted(faces, key=lambda face: face.id)
    ranked.sort(key=lambda face: _rank(face)[1])
    ranked.sort(key=lambda face: _rank(face)[0])
    ranked.sort(key=lambda face: face.id in unwanted)
    return ranked


def _rank(face: Record) -> tuple[int, float, str]:
    """Best first. Scores compare within one detector only, but any order will do between two."""
    score = float("-inf") if face.score is None else face.score
    return -_area(face), -score, face.id


def _area(face: Record) -> int:
    return (face.box_w or 0) * (face.box_h or 0)


def _drop_exact_copies(ranked: list[Record]) -> None:
    first: dict[str, Record] = {}
    for face in ranked:
        best = first.setdefault(face.sha256, face) if face.sha256 else face
        if best is not face:
            best.dup_group = face.dup_group = best.id
            face.drop("dedup", Reason.EXACT_COPY, f"of {best.id}")


def _join_exact_copies(ranked: list[Record]) -> None:
    """Where the best of exact copies turned out to be a near copy, its copies follow it."""
    groups = {face.id: face.dup_group for face in ranked if not face.kept}
    for face in ranked:
        face.dup_group = groups.get(face.dup_group, face.dup_group)


def _faces(crops: Crops, match: Match) -> tuple[Record, Record]:
    return crops.faces[match.pair.better], crops.faces[match.pair.worse]


def _drop_copy(best: Record, face: Record, match: Match) -> None:
    best.dup_group = best.dup_group or best.id  # a kept variant is in a group already
    face.dup_group = best.id
    differs = f"{match.difference.everywhere:.1%} differs"
    face.drop("dedup", _reason(match), f"{differs}, {_why_worse(face, best)}")


def _reason(match: Match) -> Reason:
    if match.difference.likeness is Likeness.VARIANT:
        return Reason.VARIANT
    return Reason.MIRRORED_COPY if match.pair.mirrored else Reason.NEAR_COPY


def _why_worse(face: Record, best: Record) -> str:
    if _rank(face) < _rank(best):
        return "dropped in review"
    if _area(face) != _area(best):
        return f"smaller face {face.box_w}x{face.box_h} px < {best.box_w}x{best.box_h} px"
    if face.score != best.score:
        return f"same size, lower score {_score(face)} < {_score(best)}"
    return "same size and score"


def _score(face: Record) -> str:
    return "none" if face.score is None else f"{face.score:g}"

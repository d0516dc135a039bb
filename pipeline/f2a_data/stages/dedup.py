"""``dedup``: keep the best of faces that are copies of each other."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from f2a_data.stages.comparing import comparing
from f2a_data.stages.copies import Candidates, Match, Pair, grouped
from f2a_data.stages.crops import Crops
from f2a_data.stages.hamming import MAX_RADIUS
from f2a_engine.stages import TableStage
from f2a_faces.likeness import Likeness
from f2a_manifests import Domain, Reason, Record, Unit, Workspace
from f2a_manifests.decisions import Decisions, dropped
from f2a_manifests.regrouping import Regrouped, regrouped


@dataclass(frozen=True, slots=True)
class Dedup(TableStage):
    """Drop copies and near copies.

    This includes copies that were cut, shifted, mirrored, recoloured or watermarked. The best face of each
    group is kept: the largest, then the one with the highest score. Every dropped face is a copy of the kept
    one: groups never chain.

    Example: f2a-data dedup --variants drop

    Attributes:
        radius: how many bits of two perceptual hashes may differ for their faces to be compared.
        mirrored: count mirrored copies as copies; the trainer flips faces at random anyway.
        variants: what to do with variants: the same drawing with another expression or other colours.
    """

    radius: Annotated[int, Meta(ge=0, le=MAX_RADIUS)] = 6
    mirrored: bool = True
    variants: Literal["keep", "drop"] = "keep"

    name: ClassVar[str] = "dedup"
    after: ClassVar[str] = "crop"
    version: ClassVar[int] = 3
    owns: ClassVar[tuple[str, ...]] = ("dup_group",)
    reads: ClassVar[tuple[str, ...]] = ("sha256", "path", "score", "box_x", "box_y", "box_w", "box_h", "cuts")
    reads_decisions: ClassVar[bool] = True

    def __call__(self, workspace: Workspace, units: list[Unit]) -> None:
        """Group the kept faces of each domain; ``dup_group`` names the kept face of each copy and variant.

        Exact copies, by the bytes of the crop, come first. A group is one face, its representative, and
        copies of that very face: A~B~C does not make A and C copies. Faces are taken from best to worst
        (largest box, then highest score, then id), so a group's best face represents it, whatever the
        order of the rows. Faces that were dropped in the review come last: their copies may replace them.
        Those that the review chose from a group come first; pairs that it marked as not copies never group.
        A face that it removed from its group is kept like a variant if it is a copy of yet another face.
        """
        log = Decisions.load(workspace.decisions_log)
        unwanted, said = dropped(units, log), regrouped(units, log)
        for domain in Domain:
            faces = [face for unit in units for face in unit.faces if face.kept and face.domain is domain]
            ranked = _ranked(faces, unwanted, list(said.chosen))
            _drop_exact_copies(ranked)
            _drop_as_chosen(ranked, said, unwanted)
            self._group(workspace, ranked, said)
            _join_exact_copies(ranked)
            _part(ranked, said)

    def _group(self, workspace: Workspace, ranked: list[Record], said: Regrouped) -> None:
        crops = Crops(workspace, [face for face in ranked if face.kept])
        apart = _contents(ranked, said)
        lone = {_content(face) for face in ranked if face.id in said.alone}
        alone = frozenset(place for place, face in enumerate(crops.faces) if _content(face) in lone)

        candidates = Candidates(crops, self.radius, mirrored=self.mirrored)
        with comparing(workspace, len(crops)) as compared:

            def judge(pairs: Sequence[Pair]) -> Iterator[Match]:
                chosen = [pair for pair in pairs if _pair_of(crops, pair) not in apart] if apart else pairs
                return map(Match, chosen, compared([crops.files(pair) for pair in chosen]))

            groups = grouped(len(crops), candidates, judge, alone, with_variants=self.variants == "drop")
        for match in groups.kept_variants():
            better, worse = _faces(crops, match)
            better.dup_group, worse.dup_group = better.dup_group or better.id, better.id
        for match in groups.copies:
            _drop_copy(*_faces(crops, match), match, said)


def copies_left_alone(units: Iterable[Unit]) -> int:
    """How many copies were dropped in favour of a face that the review then dropped."""
    faces = [face for unit in units for face in unit.faces]
    gone = {face.id for face in faces if face.stage == "review"}
    return sum(face.stage == "dedup" and face.dup_group in gone for face in faces)


def _ranked(faces: list[Record], unwanted: Collection[str], chosen: Sequence[str]) -> list[Record]:
    """Chosen ones first, then the best, unwanted ones last.

    One key after the other: a million tuples take 0.15 GB.
    """
    places = {name: place for place, name in enumerate(chosen)}
    ranked = sorted(faces, key=lambda face: face.id)
    ranked.sort(key=_likely, reverse=True)
    ranked.sort(key=_area, reverse=True)
    if places:
        ranked.sort(key=lambda face: places.get(face.id, len(places)))
    if unwanted:
        ranked.sort(key=lambda face: face.id in unwanted)
    return ranked


def _rank(face: Record) -> tuple[int, float, str]:
    """Best first. Scores compare within one detector only, but any order will do between two."""
    return -_area(face), -_likely(face), face.id


def _likely(face: Record) -> float:
    return float("-inf") if face.score is None else face.score


def _area(face: Record) -> int:
    return (face.box_w or 0) * (face.box_h or 0)


def _drop_exact_copies(ranked: list[Record]) -> None:
    first: dict[str, Record] = {}
    for face in ranked:
        best = first.setdefault(face.sha256, face) if face.sha256 else face
        if best is not face:
            best.dup_group = face.dup_group = best.id
            face.drop("dedup", Reason.EXACT_COPY, f"of {best.id}")


def _drop_as_chosen(ranked: list[Record], said: Regrouped, unwanted: Collection[str]) -> None:
    """A face that was chosen in the review represents its group, whatever the pixels."""
    rows = {face.id: face for face in ranked} if said.chosen else {}
    gone = {name for name in said.chosen if name not in rows or not rows[name].kept}
    for name, others in said.choices({*unwanted} | gone):
        best = rows[name]
        for face in (rows[other] for other in others if other in rows and rows[other].kept):
            best.dup_group = face.dup_group = best.id
            face.drop("dedup", Reason.NEAR_COPY, f"{best.id} was chosen in the review")


def _contents(faces: list[Record], said: Regrouped) -> set[frozenset[str]]:
    """Pairs of crops that the review marked as not copies; this includes their exact copies."""
    contents = {face.id: _content(face) for face in faces} if said.apart else {}
    return {frozenset(contents.get(name, "") for name in pair) for pair in said.apart}


def _pair_of(crops: Crops, pair: Pair) -> frozenset[str]:
    return frozenset((_content(crops.faces[pair.better]), _content(crops.faces[pair.worse])))


def _content(face: Record) -> str:
    return face.sha256 or face.id


def _join_exact_copies(ranked: list[Record]) -> None:
    """If the best of some exact copies is itself a near copy, move its copies to the same group."""
    groups = {face.id: face.dup_group for face in ranked if not face.kept}
    for face in ranked:
        while face.dup_group != (group := groups.get(face.dup_group, face.dup_group)):
            face.dup_group = group


def _part(ranked: list[Record], said: Regrouped) -> None:
    """Keep faces that came into one group with a face of which they are no copy, through a third one."""
    rows = {face.id: face for face in ranked} if said.apart else {}
    for one, other in (pair for names in said.apart for pair in (tuple(names), tuple(names)[::-1])):
        if one in rows and rows[one].dup_group == other != one and not rows[one].kept:
            rows[one].keep()
            rows[one].dup_group = ""


def _faces(crops: Crops, match: Match) -> tuple[Record, Record]:
    return crops.faces[match.pair.better], crops.faces[match.pair.worse]


def _drop_copy(best: Record, face: Record, match: Match, said: Regrouped) -> None:
    best.dup_group = best.dup_group or best.id  # a kept variant is in a group already
    face.dup_group = best.id
    differs = f"{match.difference.everywhere:.1%} differs"
    worse = "the other was chosen in the review" if best.id in said.chosen else _why_worse(face, best)
    face.drop("dedup", _reason(match), f"{differs}, {worse}")


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

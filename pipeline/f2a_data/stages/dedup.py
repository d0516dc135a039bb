"""``dedup``: keep the best of faces that are copies of each other."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from f2a_data.stages.hamming import MAX_RADIUS, HammingIndex, Hashes, Rows, distance
from f2a_manifests import Domain, ExitCode, FatalError, Reason, Record, Unit, Workspace, decisions

_PHASH = re.compile(r"[0-9a-f]{16}")
# A hash of a picture has 32 bits set: those of its 64 DCT coefficients that lie above their median. With
# next to none, the picture is flat or a plain gradient, and its hash says nothing about it.
_LEAST_BITS = 8
# Mirroring a picture negates its DCT coefficients of odd horizontal frequency: every second column of
# the 8x8 bits. As the median is near zero but not zero, some bits (docs/dedup.md says how many) differ.
_MIRRORED = np.uint64(0x5555_5555_5555_5555)


@dataclass(frozen=True, slots=True)
class Dedup:
    """Drop copies of faces, first by the bytes of the crop, then by its perceptual hash.

    A group is one face, its representative, and faces that each lie within the radius of that
    representative: A~B~C does not make A and C copies. Faces are taken from best to worst (largest box,
    then highest score, then id), so a group's best face represents it, whatever the order of the rows. Faces
    that were dropped in the review come last: their copies may replace them.

    Attributes:
        radius: how many of the 64 bits of two perceptual hashes may differ.
        mirrored: whether a mirrored copy is a copy too; the trainer mirrors at random.
    """

    radius: int = 4
    mirrored: bool = True

    name: ClassVar[str] = "dedup"
    version: ClassVar[int] = 1
    owns: ClassVar[tuple[str, ...]] = ("dup_group",)

    def __post_init__(self) -> None:
        if not 0 <= self.radius <= MAX_RADIUS:
            raise FatalError(f"dedup: radius {self.radius} is not from 0 to {MAX_RADIUS}", ExitCode.USAGE)

    def __call__(self, workspace: Workspace, units: list[Unit]) -> None:
        """Group the kept faces of each domain; ``dup_group`` names the representative of each member."""
        unwanted = decisions.dropped(units, workspace.decisions_log)
        for domain in Domain:
            faces = [face for unit in units for face in unit.faces if face.kept and face.domain is domain]
            ranked = sorted(faces, key=lambda face: (face.id in unwanted, *_rank(face)))
            _drop_exact_copies(ranked)
            self._drop_near_copies([face for face in ranked if face.kept and _is_comparable(face)])
            _join_exact_copies(ranked)

    def _drop_near_copies(self, ranked: list[Record]) -> None:
        hashes = np.array([int(face.phash, 16) for face in ranked], dtype=np.uint64)
        owners = representatives(hashes, self.radius, mirrored=self.mirrored)
        for position in np.flatnonzero(owners != np.arange(len(ranked))).tolist():
            _drop_near_copy(ranked[position], ranked[int(owners[position])])


def copies_left_alone(units: Iterable[Unit]) -> int:
    """How many copies were dropped for a face that was then dropped itself, in the review."""
    faces = [face for unit in units for face in unit.faces]
    gone = {face.id for face in faces if face.stage == "review" and face.dup_group == face.id}
    return sum(face.stage == "dedup" and face.dup_group in gone for face in faces)


def representatives(hashes: Hashes, radius: int, *, mirrored: bool = False) -> Rows:
    """Group hashes greedily: each joins the first that is a representative and within the radius.

    Args:
        hashes: uint64, shape (n,), the best first.
        radius: how many bits may differ.
        mirrored: whether the distance to a picture's mirror image counts as well.

    Returns:
        int64, shape (n,): the position of each hash's representative, its own for representatives.
    """
    index = HammingIndex(hashes, radius)
    owners = np.full(len(hashes), -1, dtype=np.int64)
    for block in index.blocks(hashes):
        # whatever an earlier block has claimed represents nobody and need not be looked up
        free = block.start + np.flatnonzero(owners[block] < 0)
        left, right = _near(index, hashes[free], mirrored=mirrored)
        _claim(owners, free, free[left], right)
    return owners


def _near(index: HammingIndex, queries: Hashes, *, mirrored: bool) -> tuple[Rows, Rows]:
    left, right = index.search(queries)
    if not mirrored:
        return left, right
    other_left, other_right = index.search(queries ^ _MIRRORED)
    return np.concatenate([left, other_left]), np.concatenate([right, other_right])


def _claim(owners: Rows, free: Rows, left: Rows, right: Rows) -> None:
    """Make representatives of the free positions, in order, and give them their free neighbours."""
    later = right > left
    left, right = left[later], right[later]
    order = np.argsort(left, kind="stable")
    left, right = left[order], right[order]
    firsts, begins = np.unique(left, return_index=True)
    for first, neighbours in zip(firsts.tolist(), np.split(right, begins)[1:], strict=True):
        if owners[first] < 0:
            owners[first] = first
            owners[neighbours[owners[neighbours] < 0]] = first
    alone = free[owners[free] < 0]
    owners[alone] = alone


def _rank(face: Record) -> tuple[int, float, str]:
    """Best first. Scores compare within one detector only, but any order will do between two."""
    score = float("-inf") if face.score is None else face.score
    return -_area(face), -score, face.id


def _area(face: Record) -> int:
    return (face.box_w or 0) * (face.box_h or 0)


def _is_comparable(face: Record) -> bool:
    """Whether the row has a perceptual hash that says something; a malformed one is an error."""
    if not face.phash:
        return False
    if not _PHASH.fullmatch(face.phash):
        face.fail("dedup", Reason.BAD_ROW, f"phash {face.phash[:40]!r} is not 16 hex digits")
        return False
    return int(face.phash, 16).bit_count() >= _LEAST_BITS


def _drop_exact_copies(ranked: list[Record]) -> None:
    first: dict[str, Record] = {}
    for face in ranked:
        best = first.setdefault(face.sha256, face) if face.sha256 else face
        if best is not face:
            best.dup_group = face.dup_group = best.id
            face.drop("dedup", Reason.EXACT_COPY, f"of {best.id}")


def _join_exact_copies(ranked: list[Record]) -> None:
    """Where the best of exact copies turned out to be a near copy, its copies follow it."""
    groups = {face.id: face.dup_group for face in ranked}
    for face in ranked:
        face.dup_group = groups.get(face.dup_group, face.dup_group)


def _drop_near_copy(face: Record, best: Record) -> None:
    bits, reason = _compare(face, best)
    best.dup_group = face.dup_group = best.id
    face.drop("dedup", reason, f"distance {bits}, {_why_worse(face, best)}")


def _compare(face: Record, best: Record) -> tuple[int, Reason]:
    one, other = (np.array([int(record.phash, 16)], dtype=np.uint64) for record in (face, best))
    plain, mirrored = int(distance(one, other)[0]), int(distance(one ^ _MIRRORED, other)[0])
    return (plain, Reason.NEAR_COPY) if plain <= mirrored else (mirrored, Reason.MIRRORED_COPY)


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

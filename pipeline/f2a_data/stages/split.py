"""``split``: train, val and test without leaks."""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from f2a_engine.stages import TableStage
from f2a_manifests import Domain, FatalError, Record, Subset, Unit, Workspace

_LOG = logging.getLogger(__name__)

_SPLITS = (Subset.TRAIN, Subset.VAL, Subset.TEST)
_Link = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Split(TableStage):
    """Split into train, val and test.

    A duplicate group, a post with its variants, and a CelebA identity are always in one split. Each
    domain is split separately. Applies the review's decisions first.

    Example: f2a-data split --val 0.05 --test 0.05 --seed 0

    Attributes:
        val: share of the faces for val.
        test: share of the faces for test.
        seed: of the random order; another seed gives another split.
        official: use the source's own split if it has one.
        fold: with --official: the FBP5500 fold for test.
    """

    val: Annotated[float, Meta(ge=0, le=0.9)] = 0.05
    test: Annotated[float, Meta(ge=0, le=0.9)] = 0.05
    seed: int = 0
    official: bool = False
    fold: Annotated[int, Meta(ge=1, le=5)] = 1

    name: ClassVar[str] = "split"
    after: ClassVar[str] = "review"
    owns: ClassVar[tuple[str, ...]] = ("split",)
    first: ClassVar[tuple[str, ...]] = ("review",)
    reads: ClassVar[tuple[str, ...]] = ("group", "dup_group", "source_split")

    def __post_init__(self) -> None:
        if self.val + self.test >= 1:
            raise ValueError("val and test must be shares of 1 that leave some train")

    def __call__(self, _workspace: Workspace, units: list[Unit]) -> None:
        """Fill ``split`` of the kept faces; related faces get the same one.

        Related are the faces of one image, of one ``group`` (a CelebA identity, a post and its variants),
        and of one duplicate group, including dropped faces: a dropped copy still links the post
        it came from to the post of the kept copy.

        A component's split depends only on the seed and its smallest name, so images added later do
        not move old ones (unless they link two components).

        Raises:
            FatalError: ``official`` is asked for and a source's split has an unknown name.
        """
        for domain in Domain:
            parts = components([unit for unit in units if unit.image.domain is domain])
            own = self._official(parts) if self.official else {}
            rest = {name: faces for name, faces in parts.items() if name not in own}
            for name, split in {**own, **self._by_hash(rest)}.items():
                for face in parts[name]:
                    face.split = split

    def _official(self, parts: dict[str, list[Record]]) -> dict[str, Subset]:
        """Splits of the components whose source has its own.

        A component that spans several splits goes to the first of train and val that it has: what is
        evaluated on is then never seen in training.
        """
        named = {name: set(map(self._source_split, faces)) - {Subset.NONE} for name, faces in parts.items()}
        torn = sum(len(splits) > 1 for splits in named.values())
        if torn:
            _LOG.warning("split: %d groups span official splits; each goes to train, or else val", torn)
        return {name: min(splits, key=_SPLITS.index) for name, splits in named.items() if splits}

    def _source_split(self, face: Record) -> Subset:
        if face.source_split in {"", *_SPLITS}:
            return Subset(face.source_split)
        fold = face.source_split.removesuffix(".0")  # which pandas may have added
        if not fold.isdecimal():
            raise FatalError(f"split: {face.id} has the unknown source_split {face.source_split[:40]!r}")
        return Subset.TEST if int(fold) == self.fold else Subset.TRAIN

    def _by_hash(self, parts: dict[str, list[Record]]) -> dict[str, Subset]:
        places = {name: self._place(name) for name in parts}
        splits = {name: self._split_at(place) for name, place in places.items()}
        self._fill_empty(splits, {name: (len(parts[name]), places[name]) for name in parts})
        return splits

    def _place(self, name: str) -> float:
        """A number from 0 to 1, evenly spread over names."""
        digest = hashlib.sha256(f"{self.seed} {name}".encode()).digest()
        return int.from_bytes(digest[:8]) / 2**64

    def _split_at(self, place: float) -> Subset:
        if place < self.test:
            return Subset.TEST
        return Subset.VAL if place < self.test + self.val else Subset.TRAIN

    def _fill_empty(self, splits: dict[str, Subset], order: dict[str, tuple[int, float]]) -> None:
        """Few components may miss a split by chance: it gets the smallest of the split with the most."""
        shares = {Subset.TRAIN: 1.0, Subset.TEST: self.test, Subset.VAL: self.val}
        for split in (wanted for wanted, share in shares.items() if share):
            if split in splits.values():
                continue
            members = _members(splits)
            donor = max(members.values(), key=len, default=[])
            if len(donor) > 1 or split is Subset.TRAIN:
                splits.update(dict.fromkeys(sorted(donor, key=order.__getitem__)[:1], split))


def components(units: Iterable[Unit]) -> dict[str, list[Record]]:
    """The kept faces, by what must stay together.

    Returns:
        Each component's smallest name and its faces. A name is a group where there is one, otherwise an
        image: the first stays the same when faces are added to the group.
    """
    parents: dict[_Link, _Link] = {}
    faces = [(face, _tie(parents, unit.image, face)) for unit in units for face in unit.faces]
    parts = defaultdict(list)
    for face, link in faces:
        if face.kept:
            parts[" ".join(_find(parents, link))].append(face)
    return dict(parts)


def _tie(parents: dict[_Link, _Link], image: Record, face: Record) -> _Link:
    """Join everything that the face touches; all rows do, whatever their status."""
    of_image = ("image", image.id)
    names = {("group", image.group), ("group", face.group), ("near", face.dup_group)}
    names.add(("near", face.id if face.dup_group else ""))  # a kept variant has copies of its own
    for link in (link for link in names if link[1]):
        one, other = sorted((_find(parents, of_image), _find(parents, link)))
        parents[other] = one  # the smaller name stays on top; group < image < near
    return of_image


def _find(parents: dict[_Link, _Link], link: _Link) -> _Link:
    """The top of a tree, halving the path on the way."""
    while (above := parents.setdefault(link, link)) != link:
        parents[link] = parents[above]
        link = above
    return link


def _members(splits: dict[str, Subset]) -> dict[Subset, list[str]]:
    members = defaultdict(list)
    for name, split in splits.items():
        members[split].append(name)
    return members

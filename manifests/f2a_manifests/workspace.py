"""The folder of one data set: where its files are, and how its three manifests relate."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, islice
from pathlib import Path

from f2a_manifests import table
from f2a_manifests.errors import FatalError, ManifestError, first_line
from f2a_manifests.reasons import Reason, Unusable
from f2a_manifests.record import Domain, Record

FOLLOW_LINKS = "F2A_FOLLOW_LINKS"
"""The environment's variable that lets links lead out of a workspace."""
_HINT = f"; {FOLLOW_LINKS}=1 in the environment, or follow_links = true in f2a.toml, allows it"


@dataclass(slots=True)
class Unit:
    """A source image and the faces in it: what one stage works on at a time."""

    image: Record
    faces: list[Record] = field(default_factory=list)

    def drop(self, stage: str, reason: Reason, detail: str = "") -> None:
        """Drop the image with its faces."""
        for row in (self.image, *self.faces):
            row.drop(stage, reason, detail)


@dataclass(frozen=True, slots=True)
class Workspace:
    """The layout of a data set's folder.

    ``images/`` source images, ``crops/`` faces, ``review/`` decisions, ``runs/`` training,
    ``shards/`` what the stages have made of the images, ``manifests/`` the tables published from them,
    ``manifests/journal/`` what sources keep.

    Attributes:
        root: the folder.
        follow_links: whether links in it may lead out of it, as where ``images/`` is on another disk. The
            environment or f2a.toml says so, and not the folder itself, which may come from anywhere.
    """

    root: Path
    follow_links: bool = field(default_factory=lambda: os.environ.get(FOLLOW_LINKS, "") not in ("", "0"))

    @classmethod
    def of_manifest(cls, manifest: Path) -> "Workspace":
        """The workspace that a ``ROOT/manifests/NAME.csv`` belongs to."""
        return cls(manifest.resolve().parent.parent)

    @property
    def manifests(self) -> Path:
        """The folder of the published manifests."""
        return self.root / "manifests"

    @property
    def images_csv(self) -> Path:
        """One row per source image, both domains."""
        return self.manifests / "images.csv"

    def faces_csv(self, domain: Domain) -> Path:
        """One row per face: ``anime.csv`` or ``human.csv``."""
        return self.manifests / f"{domain.value}.csv"

    @property
    def shards(self) -> Path:
        """The folder of the shards' files, see `f2a_manifests.shards`."""
        return self.root / "shards"

    @property
    def journal(self) -> Path:
        """The folder where sources keep what they know: places of names, listed posts."""
        return self.manifests / "journal"

    @property
    def decisions_log(self) -> Path:
        """The append-only log of the review."""
        return self.root / "review" / "decisions.jsonl"

    @property
    def faces_cache(self) -> Path:
        """The folder of the trainer's copies of the faces; it may be deleted, and is made again."""
        return self.root / "cache" / "faces"

    @property
    def embeddings_cache(self) -> Path:
        """The folder of what the review knows of each crop; it may be deleted, and is made again."""
        return self.root / "cache" / "embeddings"

    @property
    def review_summary(self) -> Path:
        """What the review decided and what it left, as ``f2a-data review`` publishes it."""
        return self.manifests / "review.json"

    @property
    def review_estimate(self) -> Path:
        """What the latest review says about faces that nobody has looked at."""
        return self.root / "review" / "estimate.json"

    def create(self) -> None:
        """Make the folders that are not there yet.

        Raises:
            FatalError: the place is not writable, or one of them is a link that leads out of it.
        """
        try:
            for name in ("images", "crops", "review", "runs", "shards", "manifests/journal"):
                (self.root / name).mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise FatalError(f"{self.root / name} is a file or a broken link, not a folder") from None
        except OSError as error:
            raise FatalError(f"cannot create the workspace {self.root}: {error.strerror}") from error
        for name in ("images", "crops"):
            if not self.holds(self.root / name):
                raise FatalError(f"{self.root / name} is a link that leads out of the workspace{_HINT}")

    def holds(self, path: Path) -> bool:
        """Whether a path lies in the workspace, behind all links, or links may lead out of it."""
        try:
            return self.follow_links or path.resolve().is_relative_to(self.root.resolve())
        except (OSError, RuntimeError):  # a link to itself
            return False

    def file(self, record: Record) -> Path:
        """The file of a row.

        Raises:
            ManifestError: the row has none, or a link in the workspace leads out of it.
        """
        if not record.path:
            raise ManifestError(f"row {record.id} has no file")
        try:
            return self.file_at(record.path)
        except ManifestError as error:
            raise ManifestError(f"row {record.id}: {error}") from None

    def file_at(self, relative: str) -> Path:
        """The file of a row with this path.

        Raises:
            ManifestError: a link in the workspace leads out of it.
        """
        if _is_direct(self.root, relative):
            return self.root / relative
        root = os.path.realpath(self.root)  # half the time of Path.resolve, once for each file
        path = Path(os.path.realpath(f"{root}/{relative}"))
        inside = self.follow_links or str(path).startswith(f"{root.rstrip(os.sep)}{os.sep}")
        if not inside or path.is_symlink():  # one to itself leads nowhere
            raise ManifestError(f"{relative} leads out of the workspace{_HINT}")
        return path

    def intact_file(self, record: Record) -> Path:
        """The file of a row, once its bytes are seen to be those that the row tells of.

        Raises:
            Unusable: it has none, or it is missing, cannot be read, has changed, or lies elsewhere.
        """
        try:
            path = self.file(record)
            if not path.is_file():
                raise Unusable(Reason.FILE_MISSING)
            if record.sha256 and sha256_file(path) != record.sha256:
                raise Unusable(Reason.FILE_CHANGED, "not the manifest's file; f2a-data verify lists them all")
        except (ManifestError, OSError) as error:
            raise Unusable(Reason.FILE_UNREADABLE, first_line(error)) from None
        return path

    def load(self) -> list[Unit]:
        """All images with their faces, in the order of ``images.csv``.

        Raises:
            ManifestError: a manifest is invalid, or a face's image row is missing.
        """
        units = {record.id: Unit(record) for record in self.images()}
        if not units:
            return []
        for domain in Domain:
            for face in self.faces(domain):
                if face.parent not in units:
                    raise ManifestError(
                        f"{self.faces_csv(domain)}: face {face.id} names no row of images.csv"
                    )
                units[face.parent].faces.append(face)
        return list(units.values())

    def images(self) -> list[Record]:
        """The image rows; none where there is no manifest yet."""
        return table.read(self.images_csv) if self.images_csv.exists() else []

    def faces(self, domain: Domain) -> list[Record]:
        """The face rows of one domain; none where there is no manifest yet."""
        path = self.faces_csv(domain)
        return table.read(path) if path.exists() else []

    def publish(self, units: Sequence[Unit]) -> None:
        """Replace the three manifests.

        Each is replaced atomically, faces first.
        """
        by_domain: dict[Domain, list[Record]] = defaultdict(list)
        for unit in units:
            by_domain[unit.image.domain].extend(unit.faces)
        for domain in Domain:
            if by_domain[domain] or self.faces_csv(domain).exists():
                table.write(self.faces_csv(domain), by_domain[domain])
        table.write(self.images_csv, [unit.image for unit in units])


def _is_direct(root: Path, relative: str) -> bool:
    """Whether a path leads into a folder without links on the way: quicker to see than where links lead."""
    place, parts = os.fspath(root), relative.split("/")
    if not {"", ".", ".."}.isdisjoint(parts):
        return False
    places = accumulate(parts, "{}/{}".format, initial=place)
    return not any(map(os.path.islink, islice(places, 1, None)))


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

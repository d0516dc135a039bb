"""The folder of one data set: where its files are, and how its three manifests relate."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from f2a_manifests import table
from f2a_manifests.errors import FatalError, ManifestError
from f2a_manifests.reasons import Reason
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
    ``manifests/`` the published tables, ``manifests/journal/`` what lets a stage go on after a kill.

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
    def journal(self) -> Path:
        """The folder of the stages' journals."""
        return self.manifests / "journal"

    @property
    def decisions_log(self) -> Path:
        """The append-only log of the review."""
        return self.root / "review" / "decisions.jsonl"

    def create(self) -> None:
        """Make the folders that are not there yet.

        Raises:
            FatalError: the place is not writable, or one of them is a link that leads out of it.
        """
        try:
            for name in ("images", "crops", "review", "runs", "manifests/journal"):
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
        path = self.root / record.path
        if not self.holds(path):
            raise ManifestError(f"row {record.id}: {record.path} leads out of the workspace{_HINT}")
        return path.resolve()

    def load(self) -> list[Unit]:
        """All images with their faces, in the order of ``images.csv``.

        Raises:
            ManifestError: a manifest cannot be trusted, or a face's image row is missing.
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

        Each is replaced atomically, faces first: a kill in between leaves faces of a stage whose
        journal is complete, and running that stage again puts all three right.
        """
        by_domain: dict[Domain, list[Record]] = defaultdict(list)
        for unit in units:
            by_domain[unit.image.domain].extend(unit.faces)
        for domain in Domain:
            if by_domain[domain] or self.faces_csv(domain).exists():
                table.write(self.faces_csv(domain), by_domain[domain])
        table.write(self.images_csv, [unit.image for unit in units])


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

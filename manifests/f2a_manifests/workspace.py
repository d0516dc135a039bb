"""The folder of one data set: where its files lie, and how its three manifests hang together."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from f2a_manifests import table
from f2a_manifests.errors import FatalError, ManifestError
from f2a_manifests.reasons import Reason
from f2a_manifests.record import Domain, Record


@dataclass(slots=True)
class Unit:
    """A source image and the faces in it: what one stage works on at a time."""

    image: Record
    faces: list[Record] = field(default_factory=list)

    def drop(self, stage: str, reason: Reason, detail: str = "") -> None:
        """Take the image out, and its faces with it."""
        for row in (self.image, *self.faces):
            row.drop(stage, reason, detail)


@dataclass(frozen=True, slots=True)
class Workspace:
    """The layout of a data set's folder.

    ``images/`` source images, ``crops/`` faces, ``review/`` decisions, ``runs/`` training,
    ``manifests/`` the published tables, ``manifests/journal/`` what lets a stage go on after a kill.
    """

    root: Path

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
        """One row a source image, both domains."""
        return self.manifests / "images.csv"

    def faces_csv(self, domain: Domain) -> Path:
        """One row a face: ``anime.csv`` or ``human.csv``."""
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
            FatalError: the place is not writable.
        """
        try:
            for name in ("images", "crops", "review", "runs", "manifests/journal"):
                (self.root / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FatalError(f"cannot create the workspace {self.root}: {error.strerror}") from error

    def file(self, record: Record) -> Path:
        """The file of a row.

        Raises:
            ManifestError: the row has none, or a link in the workspace leads out of it.
        """
        if not record.path:
            raise ManifestError(f"row {record.id} has no file")
        path = (self.root / record.path).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise ManifestError(f"row {record.id}: {record.path} leads out of the workspace")
        return path

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

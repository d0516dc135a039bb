"""The training rows of a manifest, without loading all of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from f2a_faces.images import Pixels
from f2a_manifests import Domain, ExitCode, FatalError, Record, Subset, Workspace, sha256_file
from f2a_train.data.crops import read_crop
from f2a_train.data.domain import PROBES
from f2a_train.data.rows import stream_faces, training_split


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """The result of a first pass over a manifest.

    Attributes:
        manifest: the file.
        domain: of its faces.
        source: which of them; empty for all.
        sha256: of the manifest.
        count: of the training faces.
        split: of the training faces; none where no face has one, and all are trained on.
        probes: the first held-out rows, up to 8.
        crop_rule: the most frequent value of that column in the training rows.
    """

    manifest: Path
    domain: Domain
    source: str
    sha256: str
    count: int
    split: Subset
    probes: tuple[Record, ...]
    crop_rule: str

    @classmethod
    def of(cls, manifest: Path, domain: Domain, source: str, sha256: str) -> "TrainingRows":
        """Read every row once.

        Args:
            manifest: the file.
            domain: of its faces.
            source: which of them; empty for all.
            sha256: of the manifest, as it was when it was looked for in the cache.

        Raises:
            FatalError: see `f2a_train.data.rows.stream_faces`; or the manifest keeps nothing to train on.
        """
        rules: defaultdict[Subset, Counter[str]] = defaultdict(Counter)
        probes: list[Record] = []
        for row in stream_faces(manifest, domain, source):
            rules[row.split][row.crop_rule] += 1
            if row.split.held_out and len(probes) < PROBES:
                probes.append(row)
        split = training_split(rules)
        training = rules[split]
        if not training:
            raise FatalError(f"{manifest} keeps no face to train on", ExitCode.NO_RESULTS)
        rule = training.most_common(1)[0][0]
        return cls(manifest, domain, source, sha256, training.total(), split, tuple(probes), rule)

    @property
    def is_split(self) -> bool:
        """Whether any face has a split."""
        return self.split is not Subset.NONE

    def __len__(self) -> int:
        return self.count + len(self.probes)

    def begun(self) -> tuple[tuple[int, int, int, int], Iterator[Pixels]]:
        """The shape of all faces together, (N, 3, S, S), according to the first one; and `faces`."""
        faces = self.faces()
        first = next(faces)
        channels, height, width = first.shape
        return (len(self), channels, height, width), chain([first], faces)

    def faces(self) -> Iterator[Pixels]:
        """The crops, training faces first, then the probes: uint8, (3, S, S).

        Raises:
            FatalError: one is missing, broken, changed since the manifest was written, or not of the
                first one's size; or the manifest has changed since the first pass.
        """
        workspace = Workspace.of_manifest(self.manifest)
        side = 0
        for row in chain(islice(self._training(), self.count), self.probes):
            face = read_crop(workspace, row).transpose(2, 0, 1)
            side = side or face.shape[2]
            if face.shape != (3, side, side):
                raise FatalError(
                    f"{workspace.file(row)}: {face.shape[2]}x{face.shape[1]} pixels, but the first face has "
                    f"{side}; crops must be square and of one size: run the crop stage again"
                )
            yield face
        if sha256_file(self.manifest) != self.sha256:
            raise FatalError(f"{self.manifest} has changed while it was read; run the same command again")

    def _training(self) -> Iterator[Record]:
        rows = stream_faces(self.manifest, self.domain, self.source)
        return (row for row in rows if row.split is self.split)

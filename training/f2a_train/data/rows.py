"""The rows of a manifest for training and evaluation."""

from collections.abc import Sequence
from pathlib import Path

from f2a_manifests import Domain, ExitCode, FatalError, Record, Subset, read


def face_rows(manifest: Path, domain: Domain, source: str = "") -> list[Record]:
    """The faces that a manifest keeps.

    Args:
        manifest: ``WORKSPACE/manifests/NAME.csv``.
        domain: of its faces.
        source: if not empty, only rows with this in their column ``source``.

    Raises:
        ManifestError: the manifest cannot be trusted.
        FatalError: its rows are no faces, or those of the other domain.
    """
    rows = read(manifest)
    if any(not row.parent for row in rows):
        raise FatalError(
            f"{manifest} lists whole images; faces are in {domain}.csv beside it", ExitCode.USAGE
        )
    strange = next((row.domain for row in rows if row.domain is not domain), None)
    if strange:
        raise FatalError(f"{manifest} has {strange} faces where {domain} ones belong", ExitCode.USAGE)
    return [row for row in rows if row.kept and source in ("", row.source)]


def trained_on(rows: Sequence[Record]) -> list[Record]:
    """Those of the split ``train``; all of them where there is no split."""
    return [row for row in rows if row.split is Subset.TRAIN] if is_split(rows) else list(rows)


def held_out(rows: Sequence[Record]) -> list[Record]:
    """Those of the splits ``val`` and ``test``, which training never sees; none where there is no split."""
    return [row for row in rows if row.split.held_out]


def is_split(rows: Sequence[Record]) -> bool:
    """Whether the faces have been divided into train, val and test."""
    return any(row.split for row in rows)

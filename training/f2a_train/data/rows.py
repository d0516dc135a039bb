"""The rows of a manifest for training and evaluation."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from f2a_manifests import Domain, ExitCode, FatalError, ManifestError, Record, Subset, Workspace, scan
from f2a_manifests.outdated import refuse_outdated


def stream_faces(manifest: Path, domain: Domain, source: str = "") -> Iterator[Record]:
    """Yield the kept faces of a manifest, without loading all of them.

    Args:
        manifest: ``WORKSPACE/manifests/NAME.csv``.
        domain: of its faces.
        source: if not empty, only rows with this in their column ``source``.

    Raises:
        ManifestError: the manifest cannot be trusted.
        FatalError: its rows are not faces, or are of the other domain, or the manifest is outdated.
    """
    refuse_outdated(Workspace.of_manifest(manifest))
    seen: set[str] = set()
    for row in scan(manifest):
        if row.id in seen:
            raise ManifestError(f"{manifest}: the id {row.id} appears twice")
        seen.add(row.id)
        if not row.parent:
            raise FatalError(
                f"{manifest} lists whole images; faces are in {domain}.csv beside it", ExitCode.USAGE
            )
        if row.domain is not domain:
            raise FatalError(f"{manifest} has {row.domain} faces where {domain} ones belong", ExitCode.USAGE)
        if row.kept and source in ("", row.source):
            yield row


def training_split(splits: Iterable[Subset]) -> Subset:
    """The split for training: ``train``, or `Subset.NONE` if no row has a split.

    Args:
        splits: those of the rows that a run may use: of one source, if it uses only one.
    """
    return Subset.TRAIN if any(splits) else Subset.NONE

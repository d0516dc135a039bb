"""What the tests of publishing and rebuilding share."""

from collections.abc import Callable
from pathlib import Path

from f2a_manifests import sha256_file
from f2a_publish.bundle import SUMS, sums_text
from f2a_publish.report import Report

EXAMPLE = Path(__file__).parents[2] / "manifests" / "drawn-faces"
Rebuild = Callable[..., Report]


def sealed(folder: Path) -> Path:
    """Give a damaged set checksums that are right again, as somebody hostile would."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    sums = {path.relative_to(folder).as_posix(): sha256_file(path) for path in files}
    (folder / SUMS).write_text(sums_text(sums))
    return folder

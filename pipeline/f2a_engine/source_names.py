"""The place of each source name: ``manifests/journal/sources.json``.

Rows are identified by their source and the file's name in it. Two folders with the same source name would
replace each other's rows, so a name belongs to the first place that used it. Places are stored as hashes,
because manifests are shared and should not contain anyone's paths.
"""

import hashlib
import json
from pathlib import Path

import msgspec

from f2a_engine.sources import SourceOrigin
from f2a_manifests import ExitCode, FatalError, ManifestError, Workspace, write_text


class SourceNames:
    """The source names of a workspace.

    Args:
        workspace: the workspace.

    Raises:
        ManifestError: the file is damaged.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._path = workspace.journal / "sources.json"
        self._places = _read(self._path)

    def matches(self, origin: SourceOrigin) -> bool:
        """Whether a source's name belongs to its place, or to none yet."""
        return _digest(origin) in self._places.get(origin.label, [_digest(origin)])

    def has_only(self, origin: SourceOrigin) -> bool:
        """Whether a source's name belongs to its place only."""
        return self._places.get(origin.label, []) == [_digest(origin)]

    def check(self, origin: SourceOrigin) -> None:
        """Check that a name does not belong to another place, unless the user chose it.

        Raises:
            FatalError: it does.
        """
        if not origin.named and not self.matches(origin):
            raise FatalError(
                f"this workspace has a source {origin.label!r} from another place; choose another name "
                f"with --source NAME (--source {origin.label} if it is the same one and has moved)",
                ExitCode.USAGE,
            )

    def merge(self, other: "SourceNames") -> None:
        """Add the names of another workspace."""
        for label, places in other._places.items():  # noqa: SLF001 -- of the same class
            self._places[label] = list(dict.fromkeys([*self._places.get(label, []), *places]))
        self._write()

    def add(self, origin: SourceOrigin) -> None:
        """Add a name and its place."""
        places = self._places.get(origin.label, [])
        if _digest(origin) not in places:
            self._places[origin.label] = [*places, _digest(origin)]
            self._write()

    def _write(self) -> None:
        write_text(self._path, json.dumps(self._places, indent=2, ensure_ascii=False) + "\n")


def _digest(origin: SourceOrigin) -> str:
    return hashlib.sha256(origin.place.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _read(path: Path) -> dict[str, list[str]]:
    if not path.exists():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, list[str]])
    except msgspec.DecodeError as error:
        raise ManifestError(
            f"{path} is damaged ({error}); delete it, and give --source from now on"
        ) from None

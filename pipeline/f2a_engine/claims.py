"""Which places each source name stands for: ``manifests/journal/sources.json``.

Rows are identified by their source and the file's name in it. Two folders of one name would replace
each other's rows, so a name belongs to the first place that used it. Places are stored as hashes, because
manifests are passed on and should not contain anyone's paths.
"""

import hashlib
import json
from pathlib import Path

import msgspec

from f2a_engine.sources import SourceOrigin
from f2a_manifests import ExitCode, FatalError, ManifestError, Workspace, write_text


class Claims:
    """The names of a workspace's sources.

    Args:
        workspace: the workspace; only read.

    Raises:
        ManifestError: the file is damaged.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._path = workspace.journal / "sources.json"
        self._places = _read(self._path)

    def is_from(self, origin: SourceOrigin) -> bool:
        """Whether a source's name stands for its place already, or for nothing yet."""
        return _digest(origin) in self._places.get(origin.label, [_digest(origin)])

    def is_only(self, origin: SourceOrigin) -> bool:
        """Whether a source's name stands for its place alone."""
        return self._places.get(origin.label, []) == [_digest(origin)]

    def check(self, origin: SourceOrigin) -> None:
        """Refuse a name that stands for another place, unless the user chose it for this one, too.

        Raises:
            FatalError: with the way out.
        """
        if not origin.named and not self.is_from(origin):
            raise FatalError(
                f"the source {origin.label!r} of this workspace is from another place; give this one a name "
                f"with --source NAME (--source {origin.label} if it is the same one, moved)",
                ExitCode.USAGE,
            )

    def adopt(self, other: "Claims") -> None:
        """Let the names of another workspace stand for their places there, too."""
        for label, places in other._places.items():  # noqa: SLF001 -- of the same class
            self._places[label] = list(dict.fromkeys([*self._places.get(label, []), *places]))
        self._write()

    def keep(self, origin: SourceOrigin) -> None:
        """Note that the name stands for this place."""
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

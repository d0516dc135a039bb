"""Which stages' results are in the manifests: ``manifests/journal/state.json``."""

import json
import logging
from collections.abc import Iterable

import msgspec

from f2a_data.stages import ORDER
from f2a_manifests import ExitCode, FatalError, ManifestError, Workspace, write_text

_LOG = logging.getLogger(__name__)
_NAMES = [stage.name for stage in ORDER]
_NEEDED = ("detect", "crop")  # by every stage after them, whether they were ever run or not
_STALE = ""  # instead of a stage's identity: it was done and must be run again


def read(workspace: Workspace) -> dict[str, str]:
    """The identity of each stage that is done, by its name.

    Raises:
        ManifestError: the file is damaged.
    """
    return {name: identity for name, identity in _read(workspace).items() if identity != _STALE}


def outstanding(workspace: Workspace) -> list[str]:
    """The stages that are still to be run, in order."""
    done = read(workspace)
    return [name for name in _NAMES if name not in done]


def check_order(workspace: Workspace, name: str) -> None:
    """Check that the faces are detected and cropped, and that earlier stages are up to date.

    Raises:
        FatalError: a stage must run first; the message names the command.
    """
    known = _read(workspace)
    missing = [earlier for earlier in _before(name) if known.get(earlier) == _STALE]
    if missing:
        raise FatalError(f"{name}: run f2a-data {missing[0]} first", ExitCode.USAGE)


def finish(workspace: Workspace, name: str, identity: str) -> None:
    """A stage has changed rows; finished later stages must run again, which is logged."""
    known = _read(workspace)
    later = [other for other in _after(name) if other in known]
    _write(workspace, known | {name: identity} | dict.fromkeys(later, _STALE))
    _say(name, [other for other in later if known[other] != _STALE])


def confirm(workspace: Workspace, name: str, identity: str) -> None:
    """A stage has changed nothing; later stages stay valid."""
    _write(workspace, _read(workspace) | {name: identity})


def restart(workspace: Workspace, name: str, cause: str = "new images") -> None:
    """This stage and finished later ones must run again, which is logged."""
    needed = [stage for stage in _NEEDED if stage in (name, *_after(name))]
    known = dict.fromkeys([name, *needed], _STALE) | _read(workspace)
    later = [other for other in (name, *_after(name)) if other in known]
    _write(workspace, known | dict.fromkeys(later, _STALE))
    _say(cause, [other for other in later if known[other] != _STALE])


def _say(cause: str, stages: Iterable[str]) -> None:
    if names := ", ".join(stages):
        _LOG.info("%s: run these again: %s", cause, names)


def _before(name: str) -> list[str]:
    return _NAMES[: _NAMES.index(name)]


def _after(name: str) -> list[str]:
    return _NAMES[_NAMES.index(name) + 1 :]


def _read(workspace: Workspace) -> dict[str, str]:
    path = workspace.journal / "state.json"
    if not path.exists():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except msgspec.DecodeError as error:
        raise ManifestError(f"{path} is damaged ({error}); delete it and run the stages again") from None


def _write(workspace: Workspace, known: dict[str, str]) -> None:
    write_text(workspace.journal / "state.json", json.dumps(known, indent=2) + "\n")

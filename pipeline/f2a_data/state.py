"""Which stages' results stand in the manifests: ``manifests/journal/state.json``."""

import json

from f2a_data.stages import ORDER
from f2a_manifests import ManifestError, Workspace, write_text


def read(workspace: Workspace) -> dict[str, str]:
    """The identity of each stage that is done, by its name.

    Raises:
        ManifestError: the file is damaged.
    """
    path = workspace.journal / "state.json"
    if not path.exists():
        return {}
    try:
        done = json.loads(path.read_text())
        return {str(name): str(options) for name, options in done.items()}
    except (ValueError, AttributeError) as error:
        raise ManifestError(f"{path} is damaged ({error}); delete it and run the stages again") from None


def finish(workspace: Workspace, name: str, identity: str) -> None:
    """A stage is done; those after it are not any more."""
    done = _before(read(workspace), name)
    _write(workspace, done | {name: identity})


def restart(workspace: Workspace, name: str) -> None:
    """This stage and those after it have something new to do."""
    _write(workspace, _before(read(workspace), name))


def outstanding(workspace: Workspace) -> list[str]:
    """The stages that are still to be run, in order."""
    done = read(workspace)
    return [stage.name for stage in ORDER if stage.name not in done]


def _before(done: dict[str, str], name: str) -> dict[str, str]:
    names = [stage.name for stage in ORDER]
    earlier = names[: names.index(name)]
    return {key: value for key, value in done.items() if key in earlier}


def _write(workspace: Workspace, done: dict[str, str]) -> None:
    write_text(workspace.journal / "state.json", json.dumps(done, indent=2) + "\n")

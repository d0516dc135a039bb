"""``f2a.toml``: a whole run in one file, with a table for each source and stage.

A table's keys are the options of the command of that name: fields of the same dataclass.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec

from f2a_engine.sources import SOURCES, Source
from f2a_engine.stages import STAGES, Stage, is_built_in, order
from f2a_manifests import ExitCode, FatalError, Workspace
from f2a_manifests.options import build, check_keys, options, read_toml
from f2a_manifests.places import address, is_address
from f2a_manifests.working_copy import folder_of


@dataclass(frozen=True, slots=True)
class General:
    """The keys outside of tables.

    Attributes:
        workspace: the data set's folder, or its address.
        follow_links: whether links may lead out of it.
        workers: worker processes, unless the command line says how many.
        engine: what runs the work, unless the command line says so.
        ray_address: the cluster of the engine ray, unless the command line says which.
    """

    workspace: str
    follow_links: bool | None = None
    workers: Annotated[int, msgspec.Meta(ge=1)] | None = None
    engine: str = "local"
    ray_address: str = "auto"


@dataclass(slots=True)
class PipelineConfig:
    """A whole run: workspace, sources and stages.

    Attributes:
        workspace: the data set's folder.
        workers: worker processes; None for the default.
        engine: the name of what runs the work.
        ray_address: the cluster of the engine ray.
        sources: in the order of the file.
        stages: in the order in which they run: ours, and those of other packages that the file names.
    """

    workspace: Workspace
    workers: int | None = None
    engine: str = "local"
    ray_address: str = "auto"
    sources: list[Source] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)


def read(path: Path, opened: Callable[[str], Path] = folder_of) -> PipelineConfig:
    """Read a configuration file; paths in it are relative to its folder.

    Args:
        path: the file.
        opened: returns the working copy of a workspace on object storage.

    Raises:
        FatalError: it is missing, not TOML, or invalid.
    """
    tables = read_toml(path)
    check_keys(tables, [*options(General), *SOURCES.names(), *STAGES.names()], str(path))
    top = {"workspace": "workspace"} | {key: tables[key] for key in options(General) if key in tables}
    general = build(General, top, str(path), _folder(path))
    links = () if general.follow_links is None else (general.follow_links,)
    workspace = Workspace(_root(general.workspace, path, opened), *links)
    config = PipelineConfig(workspace, general.workers, general.engine, general.ray_address)
    for name in (name for name in tables if name in SOURCES.names()):
        config.sources += [
            _made(SOURCES.load(name), path, table) for table in _tables(path, name, tables[name])
        ]
    for stage in order():
        if is_built_in(stage) or stage.name in tables:
            config.stages.append(_made(stage, path, *_tables(path, stage.name, tables.get(stage.name, {}))))
    return config


def _root(text: str, path: Path, opened: Callable[[str], Path]) -> Path:
    if is_address(text):
        return opened(address(text))
    return _folder(path) / Path(text).expanduser()


def _tables(path: Path, name: str, value: object) -> list[dict[str, Any]]:
    """One table, or several of a source that is used more than once (``[[folder]]``)."""
    tables: list[Any] = value if isinstance(value, list) else [value]
    if not all(isinstance(table, dict) for table in tables) or (name in STAGES.names() and len(tables) != 1):
        raise FatalError(f"{path}: {name} must be a table: [{name}]", ExitCode.USAGE)
    return tables


def _made(cls: Any, path: Path, table: dict[str, Any]) -> Any:  # noqa: ANN401 -- a source or a stage
    return build(cls, table, f"{path}: [{cls.name}]", _folder(path))


def _folder(path: Path) -> Path:
    return path.resolve().parent

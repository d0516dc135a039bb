"""The options of every stage by name: the same for the command line and for ``f2a.toml``.

Each entry of `STAGES` and `SOURCES` is a callable whose parameters are the keys of its table in the
file. Unknown keys, wrong types and impossible values are errors that name the key.
"""

import inspect
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_type_hints

from f2a_data.sources.celeba import CelebA
from f2a_data.sources.fbp5500 import Fbp5500
from f2a_data.sources.folder import Folder
from f2a_data.sources.scrape import Scrape
from f2a_data.stages import Clean, Crop, Dedup, Detect, Review, Split
from f2a_data.stages.base import Source, Stage
from f2a_faces import detectors
from f2a_faces.crop import rule
from f2a_faces.detectors.f2a import SECOND_PASS_SIDE
from f2a_manifests import Domain, ExitCode, FatalError, Workspace


def make_detect(
    detector: str = "f2a",
    human_detector: str = "f2a",
    cascade: Path | None = None,
    weights: Path | None = None,
    *,
    small_faces: bool = False,
) -> Detect:
    """``detect`` with a detector for each domain; the rest are options of two of them."""
    options: dict[str, dict[str, Any]] = {"cascade": {}, "f2a": {}}
    if cascade:
        options["cascade"]["cascade"] = str(cascade)
    if weights:
        options["f2a"]["weights"] = str(weights)
    if small_faces:
        options["f2a"]["close_side"] = SECOND_PASS_SIDE
    anime = _detector(detector, Domain.ANIME, options)
    return Detect(anime, _detector(human_detector, Domain.HUMAN, options))


def make_crop(preset: str = "default", size: int = 64) -> Crop:
    """``crop`` with a preset rule at a size in pixels."""
    return Crop(rule(preset, size))


def _detector(name: str, domain: Domain, options: dict[str, dict[str, Any]]) -> detectors.Detector:
    kind = {"kind": domain.value} if name == "f2a" else {}
    return detectors.load(name, **kind, **options.get(name, {}))


SOURCES: dict[str, Callable[..., Source]] = {
    "scrape": Scrape,
    "celeba": CelebA,
    "fbp5500": Fbp5500,
    "folder": Folder,
}
STAGES: dict[str, Callable[..., Stage]] = {
    "detect": make_detect,
    "crop": make_crop,
    "dedup": Dedup,
    "clean": Clean,
    "review": Review,
    "split": Split,
}


@dataclass(slots=True)
class PipelineConfig:
    """A whole run: workspace, sources and stages.

    Attributes:
        workspace: the data set's folder.
        sources: in the order of the file.
        stages: all of them, in the order in which they run.
    """

    workspace: Workspace
    sources: list[Source] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)


def build(maker: Callable[..., Any], where: str, options: dict[str, Any]) -> Any:  # noqa: ANN401
    """Call a maker with untrusted options.

    Args:
        maker: an entry of `SOURCES` or `STAGES`.
        where: what to call it in an error.
        options: its parameters by name.

    Raises:
        FatalError: an unknown or missing key, a wrong type, or a value that the maker refuses.
    """
    hints = get_type_hints(maker.__init__ if inspect.isclass(maker) else maker)
    parameters = inspect.signature(maker).parameters
    for key, value in options.items():
        if key not in parameters:
            known = ", ".join(sorted(parameters)) or "none"
            raise FatalError(f"{where}: unknown key {key!r}; known keys: {known}", ExitCode.USAGE)
        options = options | {key: _typed(value, hints[key], f"{where}: {key}")}
    missing = [
        name for name, spec in parameters.items() if spec.default is spec.empty and name not in options
    ]
    if missing:
        raise FatalError(f"{where}: missing key {missing[0]!r}", ExitCode.USAGE)
    try:
        return maker(**options)
    except ValueError as error:
        raise FatalError(f"{where}: {error}", ExitCode.USAGE) from None


def read(path: Path) -> PipelineConfig:
    """Read a configuration file; paths in it are relative to its folder.

    Raises:
        FatalError: it is missing, not TOML, or invalid.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FatalError(f"{path}: {error}", ExitCode.USAGE) from None
    unknown = sorted(set(tables) - {"workspace", "follow_links", *SOURCES, *STAGES})
    if unknown:
        raise FatalError(f"{path}: unknown key {unknown[0]!r}", ExitCode.USAGE)
    config = PipelineConfig(_workspace(path, tables))
    for name in (name for name in tables if name in SOURCES):
        for table in _tables(path, name, tables[name]):
            config.sources.append(
                build(SOURCES[name], f"{path}: [{name}]", _resolve(path, SOURCES[name], table))
            )
    for name, maker in STAGES.items():
        table = next(iter(_tables(path, name, tables.get(name, {}))), {})
        config.stages.append(build(maker, f"{path}: [{name}]", _resolve(path, maker, table)))
    return config


def _workspace(path: Path, tables: dict[str, Any]) -> Workspace:
    root = _below(path, tables.get("workspace", "workspace"))
    if "follow_links" not in tables:
        return Workspace(root)
    return Workspace(root, _typed(tables["follow_links"], bool, f"{path}: follow_links"))


def _tables(path: Path, name: str, value: object) -> list[dict[str, Any]]:
    """One table, or several of a source that is used more than once (``[[folder]]``)."""
    tables: list[Any] = value if isinstance(value, list) else [value]
    if not all(isinstance(table, dict) for table in tables) or (name in STAGES and len(tables) != 1):
        raise FatalError(f"{path}: {name} must be a table: [{name}]", ExitCode.USAGE)
    return tables


def _resolve(path: Path, maker: Callable[..., Any], table: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(maker.__init__ if inspect.isclass(maker) else maker)
    paths = {key for key, hint in hints.items() if Path in (hint, *get_args(hint))}
    return {
        key: _below(path, value) if key in paths and isinstance(value, str) else value
        for key, value in table.items()
    }


def _below(path: Path, value: object) -> Path:
    if not isinstance(value, str):
        raise FatalError(f"{path}: {value!r} is not a path", ExitCode.USAGE)
    return path.resolve().parent / Path(value).expanduser()


def _typed(value: Any, hint: Any, where: str) -> Any:  # noqa: ANN401 -- any option of any stage
    kinds = get_args(hint) or (hint,)
    if float in kinds and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if any(isinstance(value, kind) for kind in kinds if isinstance(kind, type)) and (
        not isinstance(value, bool) or bool in kinds
    ):
        return value
    for kind in kinds:  # enums are written as their text
        if isinstance(kind, type) and isinstance(value, str) and issubclass(kind, str):
            return _member(kind, value, where)
    names = " or ".join(getattr(kind, "__name__", str(kind)) for kind in kinds)
    raise FatalError(f"{where}: {value!r} is not {names}", ExitCode.USAGE)


def _member(kind: type[str], value: str, where: str) -> str:
    try:
        return kind(value)
    except ValueError as error:
        raise FatalError(f"{where}: {error}", ExitCode.USAGE) from None

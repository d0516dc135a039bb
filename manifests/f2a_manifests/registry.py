"""Registries of entry-point groups: detectors, sources, stages and so on, built-in and of other packages.

Classes are imported when they are used, so that commands start quickly.
"""

import ast
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Generic, TypeVar

from f2a_manifests.errors import ExitCode, FatalError

T = TypeVar("T")


@dataclass
class Registry(Generic[T]):
    """The classes of one entry-point group, by name.

    Attributes:
        group: the entry-point group.
        kind: the name of its members in messages.
    """

    group: str
    kind: str

    def names(self) -> list[str]:
        """The names of all installed members, sorted."""
        return sorted(_installed(self.group).names)

    def point(self, name: str) -> EntryPoint:
        """The entry point of a name.

        Raises:
            FatalError: nothing is registered under the name, or two packages are.
        """
        points = _installed(self.group).select(name=name)
        values = {point.value for point in points}
        if not values:
            known = ", ".join(self.names())
            raise FatalError(f"no {self.kind} named {name!r}; installed: {known}", ExitCode.USAGE)
        if len(values) > 1:
            raise FatalError(
                f"two packages have a {self.kind} named {name!r}: {', '.join(sorted(values))}; uninstall one",
                ExitCode.USAGE,
            )
        return next(iter(points))

    def load(self, name: str) -> type[T]:
        """The class of that name.

        Raises:
            FatalError: see `point`; or its module cannot be imported.
        """
        found: type[T] = load(self.point(name))
        return found


def load(point: EntryPoint) -> Any:  # noqa: ANN401 -- whatever was registered
    """Import what an entry point refers to.

    Raises:
        FatalError: it cannot be imported.
    """
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise FatalError(
            f"{point.name}: cannot import {point.value} ({error}); repair or uninstall its package"
        ) from None


def summary(point: EntryPoint) -> str:
    """The first line of the docstring, read from the source: importing every command takes too long."""
    try:
        spec = find_spec(point.module)
        tree = ast.parse(Path(spec.origin or "").read_text("utf-8") if spec else "")
    except (ImportError, OSError, ValueError, SyntaxError) as error:
        return f"(cannot be read: {error})"
    return next((_first_line(node) for node in tree.body if getattr(node, "name", "") == point.attr), "")


def _first_line(node: ast.AST) -> str:
    text = ast.get_docstring(node) if isinstance(node, ast.ClassDef | ast.FunctionDef) else None
    return (text or "").partition("\n")[0]


@cache
def _installed(group: str) -> EntryPoints:
    """Read once, because it opens a file of every installed package."""
    return entry_points(group=group)

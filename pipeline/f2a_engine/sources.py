"""The interface of sources, and their registry. `docs/extend.md` shows how to add one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

from f2a_manifests import Unit, Workspace
from f2a_manifests.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOrigin:
    """Where a source's images come from.

    Attributes:
        label: the column ``source`` of its rows.
        place: a unique text for where they are.
        named: whether the user chose the label.
        complete: whether the source always yields all images at its place.
        drops_missing: whether images that are no longer there are dropped.
    """

    label: str
    place: str
    named: bool = False
    complete: bool = False
    drops_missing: bool = False


class Source(Protocol):
    """Where images come from: a frozen dataclass, registered in the entry-point group ``f2a.sources``.

    Its fields are the options of its command and of its table in ``f2a.toml``, see
    `f2a_manifests.options`; its docstring is the command's help. If it has a method ``dry_run``, which
    returns a text, the command has the option ``--dry-run``.

    Attributes:
        name: the command's name.
    """

    name: ClassVar[str]

    @property
    def origin(self) -> SourceOrigin:
        """Where its images come from."""

    def collect(self, workspace: Workspace) -> Iterator[Unit]:
        """Import images into the workspace and yield a unit for each; a second call continues the first."""


SOURCES = Registry[Source]("f2a.sources", "source")

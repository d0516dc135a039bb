"""The interface of engines, which run one task for each shard, on this machine or others.

A package can add an engine in the entry-point group ``f2a.engines``: a dataclass whose fields are its
options, ``workers`` (processes), ``address`` (of a cluster), or none.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

from f2a_manifests.options import build, options
from f2a_manifests.registry import Registry

T_contra = TypeVar("T_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")
R = TypeVar("R")
Tick = Callable[[int], object]
"""Called with the number of images that were done since the last call."""


class Work(Protocol[T_contra, R_co]):
    """Processes one shard: writes the results and returns little. Must be picklable."""

    def __call__(self, task: T_contra, tick: Tick, dead: frozenset[int]) -> R_co:
        """Process a shard.

        Args:
            task: the shard.
            tick: to be called after each image, in order.
            dead: the indices of images that killed their process twice and must be skipped.
        """


class Engine(Protocol):
    """Runs tasks, in any order."""

    def run(self, work: Work[T, R], tasks: Iterable[T], tick: Tick) -> Iterator[R]:
        """Yield the results of all tasks, in any order; exceptions of the work are raised."""


ENGINES = Registry[Engine]("f2a.engines", "engine")


def load(name: str, **given: Any) -> Engine:  # noqa: ANN401 -- each engine has its own
    """Make an engine by its name.

    Args:
        name: one of those that are installed.
        given: options; those that the engine does not have are ignored.

    Raises:
        FatalError: there is no such engine, it is not installed, or an option is invalid.
    """
    kind = ENGINES.load(name)
    return build(kind, {key: given[key] for key in options(kind) if key in given}, f"engine {name}")

"""What an engine is: anything that runs tasks of a shard each, here or elsewhere.

A package adds one in the entry-point group ``f2a.engines``: a dataclass whose fields are its options. It gets
those of ``workers`` (processes) and ``address`` (of a cluster) that it has.
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
"""Is told how many more images are done."""


class Work(Protocol[T_contra, R_co]):
    """One shard's work. Must survive pickling; what it makes it writes itself, and gives little back."""

    def __call__(self, task: T_contra, tick: Tick, dead: frozenset[int]) -> R_co:
        """Work on a shard.

        Args:
            task: which.
            tick: to be called after each image, in order.
            dead: the numbers of images (how many had been done before) that killed their process twice;
                they must not be touched again.
        """


class Engine(Protocol):
    """Runs tasks, in any order."""

    def run(self, work: Work[T, R], tasks: Iterable[T], tick: Tick) -> Iterator[R]:
        """The results of all tasks, in any order; exceptions of the work come out of the iterator."""


ENGINES = Registry[Engine]("f2a.engines", "engine")


def load(name: str, **given: Any) -> Engine:  # noqa: ANN401 -- each engine has its own
    """Make an engine by its name.

    Args:
        name: one of those that are installed.
        given: options, of which the engine takes those that it has.

    Raises:
        FatalError: there is none of that name, it is not installed, or it refuses an option.
    """
    kind = ENGINES.load(name)
    return build(kind, {key: given[key] for key in options(kind) if key in given}, f"engine {name}")

"""Pictures that other processes make while the files before them are written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import ClassVar

from f2a_engine.engines import Tick
from f2a_engine.local import Local
from f2a_export.item import Item
from f2a_export.pictures import Picture, PictureReader
from f2a_manifests import Reason, Unusable

_TASK = 8  # pictures: enough to hide the pickling, few enough to wait in memory
_FEW = 64  # starting processes takes as long as making so many pictures


class Prefetch:
    """A reader that makes pictures in several processes; only a few wait in memory.

    Args:
        reader: makes a picture.
        items: all that will be asked for, in that order.
        processes: how many.
    """

    slow: ClassVar[bool] = False

    def __init__(self, reader: PictureReader, items: Iterable[Item], processes: int) -> None:
        items = iter(items)
        first = list(islice(items, _FEW))
        engine = Local(processes if len(first) == _FEW else 1)
        self._results = engine.run(_Attempts(reader), _tasks(chain(first, items)), lambda _: None)
        self._waiting: dict[str, Picture | Unusable] = {}

    def __call__(self, item: Item) -> Picture:
        """See `PictureReader`."""
        while item.row.id not in self._waiting:
            self._waiting.update(next(self._results))
        picture = self._waiting.pop(item.row.id)
        if isinstance(picture, Unusable):
            raise picture
        return picture


@dataclass(frozen=True, slots=True)
class _Attempts:
    reader: PictureReader

    def __call__(self, task: list[Item], tick: Tick, dead: frozenset[int]) -> dict[str, Picture | Unusable]:
        """Each item's picture, or why there is none, by its id."""
        made = {}
        for number, item in enumerate(task):
            made[item.row.id] = Unusable(Reason.WORKER_DIED) if number in dead else self._attempt(item)
            tick(1)
        return made

    def _attempt(self, item: Item) -> Picture | Unusable:
        try:
            return self.reader(item)
        except Unusable as error:
            return error


def _tasks(items: Iterable[Item]) -> Iterator[list[Item]]:
    source = iter(items)
    while task := list(islice(source, _TASK)):
        yield task

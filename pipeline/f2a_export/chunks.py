"""Split the stream of items into chunks, which are written, or skipped when resuming, as a whole."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from f2a_export.item import Item
from f2a_manifests import Subset


@dataclass(slots=True)
class Chunk:
    """Consecutive items of one split.

    Attributes:
        number: counted over all splits, from 0.
        shard: counted within the split, from 0.
        first: how many items of the split came before.
        split: of all items.
        items: in the order of the manifests.
    """

    number: int
    shard: int
    first: int
    split: Subset
    items: list[Item] = field(default_factory=list)


def chunks(items: Iterable[Item], size: int) -> Iterator[Chunk]:
    """Chunks of ``size`` items, the last of each split smaller; always the same for the same items."""
    waiting: dict[Subset, list[Item]] = defaultdict(list)
    shards: dict[Subset, int] = defaultdict(int)
    for number, (split, full) in enumerate(_full(items, waiting, size)):
        yield Chunk(number, shards[split], shards[split] * size, split, full)
        shards[split] += 1


def _full(
    items: Iterable[Item], waiting: dict[Subset, list[Item]], size: int
) -> Iterator[tuple[Subset, list[Item]]]:
    for item in items:
        waiting[item.split].append(item)
        if len(waiting[item.split]) == size:
            yield item.split, waiting.pop(item.split)
    for split in sorted(waiting):
        yield split, waiting[split]

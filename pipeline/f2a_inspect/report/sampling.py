"""Choosing which rows are shown where there are too many."""

import hashlib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from heapq import nsmallest
from typing import TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def sample(items: Sequence[T], most: int, name: Callable[[T], str]) -> list[T]:
    """At most ``most`` of the items, chosen evenly, in their order.

    The choice depends on the names only: the report is reproducible, and rows that are added
    later displace few of those that were shown before.
    """
    if len(items) <= most:
        return list(items)
    chosen = nsmallest(most, range(len(items)), key=lambda at: _lot(name(items[at])))
    return [items[at] for at in sorted(chosen)]


def by_key(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """The items by key, keys in order of their first item."""
    groups: dict[K, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def largest(groups: Mapping[K, list[T]], most: int) -> dict[K, list[T]]:
    """The ``most`` largest groups, largest first."""
    ranked = sorted(groups.items(), key=lambda group: -len(group[1]))
    return dict(ranked[:most])


def _lot(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).digest()

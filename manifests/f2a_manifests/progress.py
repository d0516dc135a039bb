"""Progress bars."""

import sys
from collections.abc import Iterable, Iterator, Sized
from typing import Never, TypeVar

from tqdm import tqdm

T = TypeVar("T")


def progress_bar(
    what: str, total: int | None = None, initial: int = 0, unit: str = "image", delay: float = 0
) -> "tqdm[Never]":
    """A bar with rate and remaining time on standard error; in a log file, a line from time to time.

    Args:
        what: the bar's name.
        total: the number of items; None if unknown.
        initial: how many are done.
        unit: what is counted.
        delay: seconds after which it appears.
    """
    return tqdm(
        desc=what,
        total=total,
        initial=initial,
        unit=unit,
        delay=delay,
        mininterval=0.2 if sys.stderr.isatty() else 10.0,
        dynamic_ncols=True,
    )


def progress(items: Iterable[T], what: str) -> Iterator[T]:
    """Yield items and show a bar, from the first item on.

    It shows the remaining time if their number is known.
    """
    total = len(items) if isinstance(items, Sized) else None
    bar: tqdm[Never] | None = None
    for item in items:
        if bar is None:
            bar = progress_bar(what, total)
        bar.update()
        yield item
    if bar is not None:
        bar.close()

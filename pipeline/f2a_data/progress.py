"""The one look of all progress bars."""

import sys
from typing import Never

from tqdm import tqdm


def progress_bar(what: str, total: int | None = None, initial: int = 0, unit: str = "image") -> "tqdm[Never]":
    """A bar with rate and time left on standard error; in a log file a line now and then."""
    interval = 0.2 if sys.stderr.isatty() else 10.0
    return tqdm(desc=what, total=total, initial=initial, unit=unit, mininterval=interval, dynamic_ncols=True)

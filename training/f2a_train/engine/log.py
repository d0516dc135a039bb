"""A run's logs: a table of losses, and grids of faces."""

import os
from itertools import takewhile
from pathlib import Path
from typing import IO, Self

from f2a_faces.images import Pixels, encode_png
from f2a_manifests import write_bytes
from f2a_manifests.run_folder import RunFolder


class RunLog:
    """The losses and grids of a run.

    Args:
        folder: the run's.
        names: of the losses, in the table's order.
        step: steps done so far; the rows of later steps, by a killed run, are removed, because those steps
            are repeated.
    """

    def __init__(self, folder: RunFolder, names: tuple[str, ...], step: int) -> None:
        self._folder, self._names = folder, names
        self._table = _reopened(folder.losses, names, step)

    def go_back(self, step: int) -> None:
        """Remove the losses of later steps, which will be repeated."""
        self._table.close()
        self._table = _reopened(self._folder.losses, self._names, step)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._table.close()

    def losses(self, step: int, losses: dict[str, float]) -> None:
        """Log one step; the numbers are written with full precision."""
        row = ",".join((str(step), *(repr(losses[name]) for name in self._names)))
        self._table.write(row.encode() + b"\n")
        self._table.flush()

    def grid(self, step: int, image: Pixels) -> None:
        """Write a sample grid (uint8, height x width x 3)."""
        write_bytes(self._folder.sample(step), encode_png(image))

    def sync(self) -> None:
        """Sync the table to disk, which must happen before a checkpoint has those steps."""
        os.fsync(self._table.fileno())


def _reopened(path: Path, names: tuple[str, ...], step: int) -> IO[bytes]:
    """Open the table for appending after its rows up to ``step``; the rest is removed."""
    lines = path.read_bytes().splitlines(keepends=True) if step and path.exists() else []
    kept = list(takewhile(lambda line: _step(line) <= step, lines[1:]))
    file = path.open("r+b" if kept else "wb")
    header = ",".join(("step", *names)).encode() + b"\n"
    file.write(header + b"".join(kept))
    file.truncate()
    return file


def _step(line: bytes) -> float:
    number = line.split(b",")[0]
    return int(number) if number.isdigit() and line.endswith(b"\n") else float("inf")

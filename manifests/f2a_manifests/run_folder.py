"""A run's folder: its files, and the lock on it.

- ``f2a-train.json``    the settings, in readable form; marks the folder as a run's
- ``checkpoint.pt``     the last checkpoint
- ``best.pt``           the best one so far, if the watchdog evaluates them
- ``losses.csv``        one row per step
- ``watch.csv``         one row per evaluation of the watchdog
- ``clock.csv``         how long it had trained at each checkpoint
- ``samples/``          grids of fixed faces, step-00000500.png
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import msgspec
from filelock import FileLock, Timeout

from f2a_manifests import ExitCode, FatalError

MARK = "f2a-train.json"
LOCK = ".lock"
_MOST_BYTES = 1024**2


class RunMark(msgspec.Struct, frozen=True, kw_only=True):
    """The content of ``f2a-train.json``.

    Attributes:
        human: manifest of the human faces, absolute or relative to the run's folder.
        anime: likewise.
        device: that it trained on.
        config: its settings.
        origin: the faces' size, and each domain's crop rule and manifest's SHA-256.
        versions: of f2a, torch and Python.
    """

    human: str
    anime: str
    device: str = ""
    config: dict[str, Any] = {}
    origin: dict[str, str | int] = {}
    versions: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The paths of a run."""

    root: Path

    @classmethod
    def of(cls, checkpoint: Path) -> Self:
        """The run of a checkpoint, given as its folder or as a file in it."""
        return cls(checkpoint if checkpoint.is_dir() else checkpoint.parent)

    @property
    def mark(self) -> Path:
        """The settings; it marks the folder as a run's."""
        return self.root / MARK

    def read_mark(self) -> RunMark:
        """Read ``f2a-train.json``.

        Raises:
            FatalError: it is missing or invalid.
        """
        try:
            with self.mark.open("rb") as file:
                return msgspec.json.decode(file.read(_MOST_BYTES), type=RunMark)
        except OSError as error:
            raise FatalError(f"{self.mark}: {error.strerror}") from None
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise FatalError(f"{self.mark}: {error}") from None

    @property
    def checkpoint(self) -> Path:
        """The last checkpoint."""
        return self.root / "checkpoint.pt"

    @property
    def best(self) -> Path:
        """The best checkpoint so far."""
        return self.root / "best.pt"

    @property
    def losses(self) -> Path:
        """One row per step."""
        return self.root / "losses.csv"

    @property
    def clock(self) -> Path:
        """How long it had trained at each checkpoint."""
        return self.root / "clock.csv"

    @property
    def watch(self) -> Path:
        """One row per evaluation of the watchdog."""
        return self.root / "watch.csv"

    def sample(self, step: int) -> Path:
        """The grid after a step."""
        return self.root / "samples" / f"step-{step:08}.png"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder for this process; create it if needed, and delete incomplete files.

        Raises:
            FatalError: the folder has other files, or another process trains there.
        """
        self._check_ours()
        (self.root / "samples").mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.root / LOCK, timeout=0):
                for leftover in self.root.rglob(".*.tmp"):  # of an atomic write that was killed
                    leftover.unlink(missing_ok=True)
                yield
        except Timeout:
            raise FatalError(f"another process is training in {self.root}") from None

    def _check_ours(self) -> None:
        if self.root.exists() and not self.root.is_dir():
            raise FatalError(f"{self.root} is a file; --out names a folder", ExitCode.USAGE)
        if self.mark.exists() or not self.root.exists():
            return
        foreign = sorted(path.name for path in self.root.iterdir() if not _harmless(path))
        if foreign:
            raise FatalError(
                f"{self.root} holds other files ({foreign[0]!r}) but no run; give --out a new folder",
                ExitCode.USAGE,
            )


def _harmless(path: Path) -> bool:
    """Whether a run leaves this file if it is killed before it writes ``f2a-train.json``."""
    empty_samples = path.name == "samples" and path.is_dir() and not any(path.iterdir())
    return path.name == LOCK or empty_samples or (path.name.startswith(f".{MARK}.") and path.suffix == ".tmp")

"""The page of `f2a-train serve` as a real process."""

import re
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

PHOTO = {"Content-Type": "application/octet-stream"}


class Serving:
    """``f2a-train serve`` on a free port, from the moment it gives its address to the end of a block."""

    def __init__(self, checkpoint: Path) -> None:
        program = Path(sys.executable).with_name("f2a-train")
        words = [program, "serve", "--checkpoint", checkpoint, "--port", "0", "--no-browser"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True)
        assert self.process.stdout
        found = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in self.process.stdout)
        self.base = next((one[0] for one in found if one), "")
        assert self.base, self.process.communicate()[1]

    def client(self) -> httpx.Client:
        """A client that talks as the page's own script does."""
        return httpx.Client(base_url=self.base, headers=PHOTO | {"Origin": self.base})

    def interrupt(self) -> tuple[int, str]:
        """Ctrl-C; gives the exit code and what went to standard error."""
        self.process.send_signal(signal.SIGINT)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.returncode is None:
            assert self.interrupt() == (0, "")

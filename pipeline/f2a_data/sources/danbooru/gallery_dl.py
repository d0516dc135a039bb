"""Run gallery-dl and parse its output.

gallery-dl is GPL-2.0, so it runs as a separate program and is never imported. It reads its configuration
from standard input, so that an API key is neither on disk nor on a command line that others can see.
"""

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from f2a_data.sources.danbooru import die_with_parent
from f2a_data.sources.danbooru.crawl import Crawl, configuration
from f2a_data.sources.danbooru.posts import one_line
from f2a_manifests import ExitCode, FatalError

# Bits of the exit code, by gallery-dl's documentation of its exit status.
_BITS = {
    1: "gallery-dl failed with an unknown error",
    4: "the server refused or failed",
    8: "the server asks for a browser (a Cloudflare or captcha challenge)",
    16: "the server refused the login, or requires one",
    32: "gallery-dl rejected its configuration",
    64: "gallery-dl does not support this address",
    128: "a file could not be written",
}
_DISK = 128
_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class DownloadOutcome:
    """The result of a run.

    Attributes:
        code: gallery-dl's exit code; negative where a signal ended it.
        failures: why a file could not be fetched, by post.
        stopped: the error that ended the crawl early, if one did.
    """

    code: int = 0
    failures: dict[int, str] = field(default_factory=dict)
    stopped: str = ""

    @property
    def search_refused(self) -> bool:
        """Whether the server said that the search asks for too much; the address may have the same digits."""
        return "'422 " in self.stopped

    def problem(self) -> FatalError | None:
        """The error message; None if only single files failed, which their rows show."""
        if self.code < 0:
            return FatalError(
                f"gallery-dl was killed by signal {-self.code}; run the same command to continue"
            )
        if not self.stopped and not self.code & ~4:
            return None
        meanings = "; ".join(text for bit, text in _BITS.items() if self.code & bit)
        code = ExitCode.FAILED if self.code & _DISK else ExitCode.REMOTE
        said = self.stopped or f"exit code {self.code}"
        return FatalError(
            f"{meanings}: {said}; what was downloaded is kept; run the same command to continue", code
        )


def run(crawl: Crawl, outcome: DownloadOutcome) -> Iterator[int]:
    """Run gallery-dl; it is stopped when the iterator ends or is closed.

    Args:
        crawl: what to fetch; its journal is prepared.
        outcome: filled in on the way.

    Yields:
        The post number of each image when its file is complete; 0 for a failed one.

    Raises:
        KeyboardInterrupt: after gallery-dl has been stopped too.
    """
    process = _start(crawl)
    try:
        assert process.stdin  # noqa: S101 - both are pipes
        assert process.stdout  # noqa: S101
        _send(process.stdin, json.dumps(configuration(crawl)))
        for line in process.stdout:
            number = _read_line(crawl, line, outcome)
            if number is not None:
                yield number
        outcome.code = process.wait()
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _start(crawl: Crawl) -> "subprocess.Popen[str]":
    arguments = ["-P", "-m", "gallery_dl", "--config-ignore", "--config", "/dev/stdin", crawl.url]
    # -P: the working directory, full of the server's answers, is no place to import from.
    return subprocess.Popen(
        [sys.executable, die_with_parent.__file__, str(os.getpid()), *arguments],
        cwd=crawl.journal.pages,  # where write-pages puts the server's answers
        env={name: value for name, value in os.environ.items() if not name.startswith("DANBOORU_")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def _send(pipe: IO[str], text: str) -> None:
    """Ignore a process that has ended: its exit code is checked later."""
    try:
        with pipe:
            pipe.write(text)
    except BrokenPipeError:
        pass


def _read_line(crawl: Crawl, line: str, outcome: DownloadOutcome) -> int | None:
    """One line of output: the path of a finished file, or a line of the log in `crawl`'s format.

    Returns:
        What `run` yields, or nothing.
    """
    mark, *fields = line.rstrip("\n").split("\t", 4)
    if mark != "f2a" or len(fields) < 4:
        name = Path(line.strip()).stem
        return (int(name) if name.isdecimal() else 0) if str(crawl.images) in line else None
    level, name, post, message = fields
    if crawl.credentials:
        message = crawl.credentials.redact(message)
    message = one_line(message, 500)
    if level == "warning" or message.startswith("Waiting"):
        _logger.warning("gallery-dl: %s", message)  # or a long pause would have no explanation
    if message.startswith("Failed to download"):
        return 0  # the line before it said why
    if name.startswith("download"):
        # Without the address, which the row has anyway, and so without what differs between equal failures.
        said = re.sub(r" for 'https?://\S*'", "", message).replace("'", "")
        outcome.failures[int(post) if post.isdecimal() else 0] = said
    elif level == "error":
        outcome.stopped = message
    return None

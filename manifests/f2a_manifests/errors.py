"""Exit codes and the exceptions that carry them.

    FatalError            stops a command with one line and an exit code
    └── ManifestError     a manifest is invalid: which file, which row, what is wrong

Anything that concerns a single image or face is not an exception but a row with
``status = error`` and a reason.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit code means; the same for ``f2a-data`` and ``f2a-train``."""

    OK = 0
    FAILED = 1  # stopped with one line that says why; run the same command to continue
    USAGE = 2  # the command line or the configuration file is wrong
    ROW_ERRORS = 3  # finished, but some rows ended as ``error``; the last line counts them
    MISMATCH = 4  # files and manifest disagree, or crops would differ from the published ones
    NO_RESULTS = 5  # finished, but there was nothing to work on
    REMOTE = 6  # the booru refused or failed; what came before it is kept
    COLLAPSED = 7  # training kept failing; the best state is kept
    INTERRUPTED = 130  # Ctrl-C


class FatalError(Exception):
    """A command cannot continue; the message is one line for the user."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.code = code


class ManifestError(FatalError):
    """A manifest is missing, malformed or unsafe."""


def no_manifest(path: object) -> ManifestError:
    """The error for a missing manifest."""
    return ManifestError(f"there is no manifest {path}; run the stage that makes it first")


def first_line(error: Exception) -> str:
    """The first line of another library's error, shortened, without control characters."""
    line = (str(error) or type(error).__name__).strip().splitlines()[0][:200]
    return "".join(letter for letter in line if letter.isprintable())

"""Object storage and other file systems that fsspec knows, and the errors of their servers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from f2a_manifests.errors import ExitCode, FatalError, first_line

_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs"}


def filesystem(url: str) -> tuple[Any, str]:
    """The file system of an address, and its path there. Each process needs its own.

    Raises:
        FatalError: the protocol is not supported, or a package is missing.
    """
    from fsspec.core import url_to_fs  # noqa: PLC0415 -- takes a tenth of a second

    try:
        system, root = url_to_fs(url, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        extra = _EXTRAS.get(urlsplit(url).scheme)
        what = f"pip install 'face2anime-toolkit[{extra}]'" if extra else first_line(error)
        raise FatalError(f"cannot read {url}: {what}", ExitCode.USAGE) from None
    return system, str(root).rstrip("/")


@contextmanager
def storage_errors(url: str) -> Iterator[None]:
    """Convert errors of a server to errors of one line. A missing object stays an `OSError`.

    Raises:
        FatalError: the server cannot be reached, or refuses.
    """
    try:
        yield
    except (FatalError, FileNotFoundError, IsADirectoryError):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.filename:  # of a file on this machine
            raise
        what = f"{url}: {type(error).__name__}: {first_line(error)}; run the same command to continue"
        raise FatalError(what, ExitCode.REMOTE) from error

"""A remote file that is fetched in blocks, each of them once."""

import errno
import io
import os
import tempfile
from typing import IO, Any

from f2a_manifests.errors import FatalError
from f2a_manifests.storage import storage_errors

_BLOCK = 8 * 2**20  # bytes a request, where only parts of a large object are read


class Blocks(io.RawIOBase):
    """A seekable remote file; each block is fetched once, into an unnamed temporary file.

    fsspec has such a cache, ``mmap``, but it ends the process with a bus error when the disk is full.

    Args:
        url: for messages.
        remote: the file.
        size: in bytes.
    """

    def __init__(self, url: str, remote: IO[bytes], size: int) -> None:
        self._url, self._remote, self._size, self._at = url, remote, size, 0
        self._there: set[int] = set()
        self._local = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by `close`

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def seekable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See `io.RawIOBase`."""
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if at < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._at = at
        return at

    def tell(self) -> int:
        """See `io.RawIOBase`."""
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 -- any writable buffer
        """See `io.RawIOBase`."""
        count = max(0, min(len(buffer), self._size - self._at))
        for block in range(self._at // _BLOCK, -(-(self._at + count) // _BLOCK)):
            self._fetch(block)
        self._local.seek(self._at)
        data = self._local.read(count)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _fetch(self, block: int) -> None:
        if block in self._there:
            return
        with storage_errors(self._url):
            self._remote.seek(block * _BLOCK)
            data = self._remote.read(_BLOCK)
        try:
            self._local.seek(block * _BLOCK)
            self._local.write(data)
            self._local.flush()
        except OSError as error:
            place = f"{tempfile.gettempdir()} (set TMPDIR to use another folder)"
            raise FatalError(f"no room for a copy of {self._url} in {place}: {error.strerror}") from error
        self._there.add(block)

    def close(self) -> None:
        """Delete the temporary file."""
        self._remote.close()
        self._local.close()
        super().close()

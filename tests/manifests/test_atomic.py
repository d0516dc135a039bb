"""Writing replaces a file whole or not at all."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from f2a_manifests import FatalError, atomic_file, write_bytes


def test_an_error_inside_the_block_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_bytes(path, b"old")

    def interrupted() -> None:
        with atomic_file(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_lost_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match=r"the folder .*gone has disappeared"):
        write_bytes(tmp_path / "gone" / "x", b"")


def test_a_disk_without_room_is_one_clear_line_and_leaves_the_old_file(tmp_path: Path) -> None:
    """A file size limit makes the kernel refuse the write, as a full disk does."""
    path = tmp_path / "x"
    write_bytes(path, b"old")
    script = (
        "import sys, signal; from pathlib import Path; from f2a_manifests import write_bytes, FatalError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try: write_bytes(Path(sys.argv[1]), b'n' * 1_000_000)\n"
        "except FatalError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert "could not write" in done.stdout
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]

"""Writing replaces a file whole or not at all."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from f2a_manifests import FatalError, atomic_file, write_bytes, write_once
from f2a_manifests.atomic import copy, link_or_copy


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


def test_a_link_takes_the_place_of_what_is_there_and_a_copy_is_a_file_of_its_own(tmp_path: Path) -> None:
    original, path = tmp_path / "original", tmp_path / "x"
    original.write_bytes(b"new")
    path.write_bytes(b"old")
    for _ in range(2):  # also where it is that link already
        link_or_copy(path, original)
        assert path.samefile(original)
    copy(path, original)
    assert not path.samefile(original)
    assert path.read_bytes() == b"new"
    assert sorted(tmp_path.iterdir()) == [original, path]


def test_a_lost_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match=r"the folder .*gone has disappeared"):
        write_bytes(tmp_path / "gone" / "x", b"")


def test_a_file_named_after_its_content_is_written_unless_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (Path("x"), tmp_path / "y"):
        write_once(path, b"new")
        assert path.read_bytes() == b"new"
        path.write_bytes(b"n")  # as a power cut can leave it
        write_once(path, b"new")
        assert path.read_bytes() == b"new"
        before = path.stat().st_ino
        write_once(path, b"new")
        assert path.stat().st_ino == before
    assert sorted(tmp_path.iterdir()) == [tmp_path / "x", tmp_path / "y"]


def test_a_file_that_cannot_be_written_is_one_clear_line_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match=r"the folder .*gone has disappeared"):
        write_once(tmp_path / "gone" / "x", b"new")
    (tmp_path / "folder").mkdir()
    with pytest.raises(FatalError, match="could not write"):
        write_once(tmp_path / "folder", b"new")
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]


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

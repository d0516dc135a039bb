"""Addresses behave as the folders that they could be."""

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from f2a_manifests import ExitCode, FatalError
from f2a_manifests.places import place
from f2a_manifests.remote import RemotePath

FILES = (
    "data.yaml",
    "annotations/val.json",
    "a/b/metadata.csv",
    "a/x.tar",
    ".hidden/y.tar",
    "a/b/c/test_1.txt",
)
_BLOCK = 8 * 2**20


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Path, RemotePath]]:
    """The same files here and in fsspec's memory."""
    memory = fsspec.filesystem("memory")
    for name in FILES:
        path = tmp_path / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        memory.pipe_file(f"/set/{name}", name.encode())
    found = place("memory://set", Path())
    assert isinstance(found, RemotePath)
    yield tmp_path / "set", found
    memory.rm("/set", recursive=True)


@pytest.mark.parametrize("pattern", ["*.tar", "metadata.csv", "test_[1-5].txt", "*.json", "*"])
def test_rglob_and_glob(both: tuple[Path, RemotePath], pattern: str) -> None:
    here, there = both
    for name in ("rglob", "glob"):
        expected = {path.relative_to(here) for path in getattr(here, name)(pattern) if path.is_file()}
        found = {Path(path.relative_to(there)) for path in getattr(there, name)(pattern)}
        assert found == expected
    assert [str(path) for path in there.glob("annotations/*.json")] == [f"{there}/annotations/val.json"]


def test_a_folder_is_asked_as_here(both: tuple[Path, RemotePath]) -> None:
    here, there = both
    assert sorted(path.name for path in there.iterdir()) == sorted(path.name for path in here.iterdir())
    for name in ("", "a", "a/b", ".hidden", "hidden", "a/x.tar", "nothing", "a/x"):
        path, remote = (here / name, there / name)
        assert (remote.is_dir(), remote.is_file()) == (path.is_dir(), path.is_file()), name
    remote = there / "a" / "b" / "metadata.csv"
    assert (remote.name, remote.stem, remote.suffix) == ("metadata.csv", "metadata", ".csv")
    assert remote.read_text() == "a/b/metadata.csv"
    assert remote.stat().st_size == len("a/b/metadata.csv")
    assert str(remote.parent) == f"{there}/a/b"
    with pytest.raises(OSError, match="no such object"):
        (there / "nothing").read_bytes()


def test_a_large_object_is_read_at_any_place(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    data = os.urandom(2 * _BLOCK + 100)
    memory.pipe_file("/large", data)
    found = place("memory://large", tmp_path)
    with found.open("rb") as file:
        for start, count in ((_BLOCK - 10, 20), (0, 5), (2 * _BLOCK - 1, 1000), (3 * _BLOCK, 1)):
            file.seek(start)
            assert file.read(count) == data[start : start + count]
        with pytest.raises(OSError, match="Invalid"):
            file.seek(-len(data) - 1, os.SEEK_END)
    memory.rm("/large")


def test_no_room_for_a_copy_ends_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/full.tar", b"\0" * 20_000)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: Path("/dev/full").open("wb"))  # noqa: SIM115
    with place("memory://full.tar", tmp_path).open("rb") as file, pytest.raises(FatalError, match="TMPDIR"):
        file.read(1)
    memory.rm("/full.tar")


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("s3://key:secret@bucket/x", "s3://bucket/x: the address must not contain credentials"),
        ("https://host/x.zip?X-Amz-Signature=secret", "https://host/x.zip: the address must not"),
        ("simplecache::s3://key:secret@bucket/x", "(::) are not supported"),
        ("nothing://bucket/x", "nothing"),
    ],
)
def test_addresses_that_are_refused(address: str, says: str) -> None:
    with pytest.raises(FatalError, match=re.escape(says)) as caught:
        place(address, Path())
    assert caught.value.code is ExitCode.USAGE
    assert "secret" not in str(caught.value)


def test_paths_stay_paths(tmp_path: Path) -> None:
    assert place("photos", tmp_path) == tmp_path / "photos"
    assert place(f"file://{tmp_path}/a%20b", Path()) == tmp_path / "a b"

"""The walk through a folder: in a fixed order, past everything that is odd in it, saying what it left out."""

import os
from pathlib import Path

import pytest

from f2a_faces.walk import walk
from f2a_manifests import FatalError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for name in ("b.jpg", "a/2.jpg", "a/1.jpg", "a/z/3.jpg", "c/4.jpg"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def names(root: Path, *, follow_links: bool = False) -> list[str]:
    return [path.relative_to(root).as_posix() for path in walk(root, follow_links=follow_links).files]


def test_a_folders_own_files_come_before_those_below(root: Path) -> None:
    assert names(root) == ["b.jpg", "a/1.jpg", "a/2.jpg", "a/z/3.jpg", "c/4.jpg"]
    assert not list(walk(root).notes())


def test_links_are_followed_to_files_inside_and_anywhere_only_on_request(root: Path, tmp_path: Path) -> None:
    (tmp_path / "nas").mkdir()
    (tmp_path / "nas" / "far.jpg").write_bytes(b"x")
    (root / "inside.jpg").symlink_to("b.jpg")
    (root / "outside.jpg").symlink_to(tmp_path / "nas" / "far.jpg")
    (root / "nas").symlink_to(tmp_path / "nas")
    (root / "again").symlink_to("a")
    assert "inside.jpg" in names(root)
    assert set(walk(root).notes()) == {
        "skipped 1 links that lead out of the folder: outside.jpg",
        "skipped 2 links to folders (--follow-links reads them): again, nas",
    }
    assert {"outside.jpg", "nas/far.jpg"} <= set(names(root, follow_links=True))
    notes = list(walk(root, follow_links=True).notes())
    assert notes == ["skipped 1 links to a folder that is already read: again"]


@pytest.mark.parametrize("follow_links", [False, True])
def test_links_to_themselves_in_circles_and_to_nowhere_end_nothing(root: Path, *, follow_links: bool) -> None:
    (root / "self.png").symlink_to("self.png")
    (root / "one").symlink_to("two")
    (root / "two").symlink_to("one")
    (root / "dead.jpg").symlink_to("nowhere")
    (root / "a" / "up").symlink_to(root)
    found = walk(root, follow_links=follow_links)
    assert len(found.files) == 5
    assert set(found.skipped["dead links"]) == {"self.png", "one", "two", "dead.jpg"}


def test_a_folder_that_cannot_be_opened_is_named_and_the_rest_is_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = os.scandir

    def locked(folder: Path) -> object:
        if folder.name in {"a", "root locked"}:
            raise PermissionError(13, "Permission denied")
        return true(folder)

    monkeypatch.setattr(os, "scandir", locked)
    found = walk(root)
    assert [path.name for path in found.files] == ["b.jpg", "4.jpg"]
    assert list(found.notes()) == ["skipped 1 folders that cannot be opened: a"]
    with pytest.raises(FatalError, match="cannot list the folder"):
        walk(root / "a")


def test_paths_of_any_length_are_read_or_named(root: Path) -> None:
    """A path of more than 4,096 bytes cannot even be asked for."""
    deep = root / "deep"
    deep.mkdir()
    here = os.open(deep, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=here)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    found = walk(root)
    assert len(found.files) == 5
    assert len(found.skipped) == 1


def test_what_systems_keep_for_themselves_is_counted(root: Path) -> None:
    for name in ("#recycle", "@eaDir", ".Trash-1000", "$RECYCLE.BIN", "a/.ipynb_checkpoints"):
        (root / name).mkdir()
        (root / name / "old.jpg").write_bytes(b"x")
    (root / "._b.jpg").write_bytes(b"x")
    found = walk(root)
    assert len(found.files) == 5
    [note] = found.notes()
    assert note.startswith("skipped 5 system folders (trash, thumbnails): #recycle, ")
    assert note.endswith(", ...")


def test_a_hostile_name_cannot_reach_the_terminal(root: Path) -> None:
    (root / "\x1b[31m\n.jpg").symlink_to("nowhere")
    [note] = walk(root).notes()
    assert "\x1b" not in note
    assert "\n" not in note

"""Image rows of posts: files that an earlier scrape has read are not read again."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from f2a_data.sources.danbooru import rows as module
from f2a_data.sources.danbooru.posts import Post
from f2a_data.sources.danbooru.rows import PostRows
from f2a_manifests import Record, Workspace

MakeImage = Callable[..., bytes]


@pytest.fixture
def file(workspace: Workspace, make_image: MakeImage) -> Path:
    folder = workspace.root / "images" / "danbooru"
    folder.mkdir(parents=True)
    (folder / "7.jpg").write_bytes(make_image(1, 50, 40))
    return folder / "7.jpg"


def row_of(file: Path, workspace: Workspace, known: dict[str, Record], published: float) -> Record:
    md5 = hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()
    post = Post(7, md5, "g", "/7.jpg", "jpg", None, "x", "y")
    rows = PostRows(
        workspace,
        "danbooru",
        "http://127.0.0.1",
        ("g",),
        {},
        {name: (row, published) for name, row in known.items()}.get,
    )
    return rows.row(post)


@pytest.fixture
def first(file: Path, workspace: Workspace) -> Record:
    return row_of(file, workspace, {}, 0.0)


@pytest.mark.parametrize(("age", "hashed"), [(60.0, 0), (0.0, 1)])
def test_only_files_that_changed_since_are_read(
    file: Path, workspace: Workspace, first: Record, monkeypatch: pytest.MonkeyPatch, age: float, hashed: int
) -> None:
    true, seen = module.sha256_file, []
    monkeypatch.setattr(module, "sha256_file", lambda path: seen.append(path) or true(path))
    again = row_of(file, workspace, {first.id: first}, time.time() + age)
    assert again == first
    assert len(seen) == hashed


def test_another_file_behind_the_same_post_is_read(
    file: Path, workspace: Workspace, first: Record, make_image: MakeImage
) -> None:
    file.write_bytes(make_image(2, 70, 30))
    again = row_of(file, workspace, {first.id: first}, time.time() + 60)
    assert (again.width, again.sha256 == first.sha256) == (70, False)

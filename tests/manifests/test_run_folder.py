"""A run's folder: which run a checkpoint is of, and what its mark says, which may be anything."""

from pathlib import Path

import pytest

from f2a_manifests import FatalError
from f2a_manifests.run_folder import RunFolder


def test_a_checkpoint_is_of_the_run_in_whose_folder_it_lies(tmp_path: Path) -> None:
    assert RunFolder.of(tmp_path).root == tmp_path
    assert RunFolder.of(tmp_path / "best.pt").root == tmp_path


def test_the_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "f2a-train.json").write_text(
        '{"human": "../h.csv", "anime": "/a.csv", "config": {"steps": 3}, "versions": {"f2a": "1"}, "new": 1}'
    )
    mark = RunFolder(tmp_path).read_mark()
    assert (mark.human, mark.anime, mark.config, mark.versions) == (
        "../h.csv",
        "/a.csv",
        {"steps": 3},
        {"f2a": "1"},
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "truncated"),
        (b"\xff\xfe", "malformed"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"human": "h.csv"}', "missing required field `anime`"),
        (b'{"human": "h.csv", "anime": 3}', r"Expected `str`, got `int` - at `\$.anime`"),
        (b'{"human": "h", "anime": "a", "config": ' + b"[" * 100_000, "mark|object|recursion"),
    ],
)
def test_what_is_wrong_with_a_mark_is_said_with_file_and_key(
    content: bytes, expected: str, tmp_path: Path
) -> None:
    (tmp_path / "f2a-train.json").write_bytes(content)
    with pytest.raises(FatalError, match=expected) as error:
        RunFolder(tmp_path).read_mark()
    assert str(error.value).startswith(f"{tmp_path / 'f2a-train.json'}: ")


def test_a_missing_mark_is_named(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match=r"f2a-train\.json: No such file"):
        RunFolder(tmp_path).read_mark()

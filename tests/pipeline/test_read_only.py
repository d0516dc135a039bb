"""A workspace that cannot be written: one line, and what only reads works."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from commands import Runner
from f2a_data.sources.folder import Folder
from f2a_engine.collect import collect
from f2a_manifests import Domain, Workspace

MakeImage = Callable[..., bytes]


@pytest.fixture
def read_only(tmp_path: Path, make_image: MakeImage) -> Iterator[Path]:
    """A workspace mounted once more, read-only: root writes past every mode."""
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "1.jpg").write_bytes(make_image(1, 64, 64))
    collect(Folder(tmp_path / "p", Domain.HUMAN, whole=True), Workspace(tmp_path / "w"))
    mounted = tmp_path / "ro"
    mounted.mkdir()
    mount, umount = (shutil.which(name) or "" for name in ("mount", "umount"))
    bind = [mount, "--bind", str(tmp_path / "w"), str(mounted)]
    if not mount or subprocess.run(bind, check=False, capture_output=True).returncode:
        pytest.skip("NOTHING IS MOUNTED HERE: needs root and mount")
    try:
        subprocess.run([mount, "-o", "remount,ro,bind", str(mounted)], check=True)
        yield mounted
    finally:
        subprocess.run([umount, str(mounted)], check=True)


@pytest.mark.parametrize(
    "command",
    ["f2a-data crop", "f2a-data split", "f2a-data review", "f2a-review --no-browser", "f2a-data report"],
)
def test_what_writes_ends_with_one_line(read_only: Path, run_command: Runner, command: str) -> None:
    done = run_command(*command.split(), "--workspace", read_only)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith(f"{command.split(maxsplit=1)[0]}: ")
    assert "ro" in line


def test_what_reads_works(read_only: Path, run_command: Runner, tmp_path: Path) -> None:
    for command in ("status", "funnel", "verify"):
        assert run_command("f2a-data", command, "--workspace", read_only).returncode == 0
    done = run_command("f2a-data", "report", "--workspace", read_only, "--out", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    assert "<html" in (tmp_path / "page.html").read_text()

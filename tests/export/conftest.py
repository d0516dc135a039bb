"""A workspace to export, and the command that does it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from exports import Export, small_workspace
from f2a_data.cli import cli
from f2a_manifests import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """See `small_workspace`."""
    return small_workspace(tmp_path / "workspace")


@pytest.fixture
def export(workspace: Workspace, tmp_path: Path) -> Export:
    """``export("coco", "--copy")``: run the command, and give the folder."""

    def run(name: str, *options: object, code: int = 0) -> Path:
        words = ["export", name, tmp_path / "out", "--workspace", workspace.root, *options]
        done = CliRunner().invoke(cli, list(map(str, words)))
        assert done.exit_code == code, done.output
        return tmp_path / "out"

    return run

"""A published set made from the drawn booru, once for all tests."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rebuilding import EXAMPLE, Rebuild

from f2a_demo import sample
from f2a_demo.booru_posts import DemoPost
from f2a_manifests import Workspace
from f2a_publish.published import published
from f2a_publish.rebuild import rebuild
from f2a_publish.rebuild_options import RebuildOptions, originals
from f2a_publish.report import Report


@pytest.fixture(scope="session")
def posts(tmp_path_factory: pytest.TempPathFactory) -> list[DemoPost]:
    """The posts that the example was published from."""
    return sample.posts(tmp_path_factory.mktemp("drawn"))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example made again: scraped, detected, cropped, reviewed, split and published."""
    out = tmp_path_factory.mktemp("made") / "published"
    command = [sys.executable, "-m", "f2a_demo.sample", str(out)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A copy of the committed example, to be damaged."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example"))


@pytest.fixture
def rebuilt() -> Rebuild:
    """``rebuilt(published, workspace, root=..., celeba=...)``: rebuild in this process."""

    def run(path: Path, workspace: Workspace, **given: object) -> Report:
        with published(path) as data_set:
            options = RebuildOptions(**({"delay": 0} | given))  # type: ignore[arg-type]
            return rebuild(data_set, workspace, originals(data_set, options), 1)

    return run

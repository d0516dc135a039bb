"""A small workspace to export, an empty one to import into, and the import itself."""

from pathlib import Path

import pytest

from exports import Bring, small_workspace
from f2a_engine.collect import collect
from f2a_import.source import Import
from f2a_manifests import Domain, Unit, Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """See `small_workspace`."""
    return small_workspace(tmp_path / "workspace")


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    """Where to import."""
    made = Workspace(tmp_path / "empty")
    made.create()
    return made


@pytest.fixture
def bring(empty: Workspace) -> Bring:
    """``bring(path, layout="coco")``: import, and give what is in the workspace then."""

    def run(path: Path, **options: object) -> list[Unit]:
        collect(Import(path, Domain.ANIME, **options), empty)  # type: ignore[arg-type]
        return empty.load()

    return run

"""Pictures that were read without something broken beside their pixels say so to the end of the chain."""

from collections.abc import Callable
from pathlib import Path

import pytest

from f2a_data.sources.folder import Folder
from f2a_data.stages.clean import Clean
from f2a_data.stages.crop import Crop
from f2a_data.stages.dedup import Dedup
from f2a_data.stages.detect import Detect
from f2a_engine import runner
from f2a_engine.collect import collect
from f2a_inspect.funnel import counts_of, funnel
from f2a_manifests import Domain, Workspace

MakeImage = Callable[..., bytes]


@pytest.fixture
def folder(tmp_path: Path, make_image: MakeImage) -> Path:
    """One sound JPEG, and one that lacks its last two bytes."""
    made = tmp_path / "p"
    made.mkdir()
    (made / "sound.jpg").write_bytes(make_image(1))
    (made / "cut.jpg").write_bytes(make_image(2)[:-2])
    return made


def flags(workspace: Workspace) -> dict[str, tuple[bool, ...]]:
    """Whether each image, and its faces, have the flag."""
    return {
        unit.image.source_id: tuple("repaired" in row.flags for row in (unit.image, *unit.faces))
        for unit in workspace.load()
    }


def test_the_flag_stays_through_all_stages_and_their_repetition(workspace: Workspace, folder: Path) -> None:
    collect(Folder(folder, Domain.HUMAN, whole=True), workspace)
    for stage in (Crop(), Dedup(), Clean(), Crop(size=32), Dedup(), Clean(), Clean(min_side=30)):
        runner.run(stage, workspace)
        assert flags(workspace)["sound.jpg"] == (False, False)
        assert flags(workspace)["cut.jpg"][0]
    assert flags(workspace)["cut.jpg"] == (True, True)
    assert funnel(counts_of(workspace), Domain.HUMAN).flags["repaired"] == 1


def test_a_sound_file_in_its_place_is_not_flagged(
    workspace: Workspace, folder: Path, make_image: MakeImage
) -> None:
    source = Folder(folder, Domain.HUMAN, whole=True)
    collect(source, workspace)
    runner.run(Crop(), workspace)
    (folder / "cut.jpg").write_bytes(make_image(2))
    collect(source, workspace)
    for stage in (Crop(), Dedup(), Clean()):
        runner.run(stage, workspace)
    assert flags(workspace)["cut.jpg"] == (False, False)


def test_an_image_without_a_face_is_flagged_too(workspace: Workspace, folder: Path) -> None:
    collect(Folder(folder, Domain.HUMAN), workspace)
    runner.run(Detect(), workspace)
    assert {name: found[0] for name, found in flags(workspace).items()} == {
        "cut.jpg": True,
        "sound.jpg": False,
    }


def test_the_flag_reaches_a_workspace_whose_crops_were_made_before_there_was_one(
    workspace: Workspace, folder: Path
) -> None:
    collect(Folder(folder, Domain.HUMAN, whole=True), workspace)
    runner.run(Crop(), workspace)
    units = workspace.load()
    for unit in units:
        unit.image.flags = ()
    workspace.publish(units)
    runner.run(Crop(), workspace)
    assert flags(workspace)["cut.jpg"][0]

"""What a stage leaves standing, and what has to be done before it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from commands import Runner
from f2a_data.sources.folder import Folder
from f2a_data.stages.clean import Clean
from f2a_data.stages.crop import Crop
from f2a_data.stages.dedup import Dedup
from f2a_data.stages.detect import Detect
from f2a_data.stages.review import Review
from f2a_data.stages.split import Split
from f2a_engine import runner, state
from f2a_engine.collect import collect
from f2a_engine.stages import Stage
from f2a_manifests import Decision, Domain, ExitCode, FatalError, Workspace
from f2a_manifests.decisions import Decisions, Entry

MakeImage = Callable[..., bytes]
ALL = ["detect", "crop", "dedup", "clean", "review", "split"]


@pytest.fixture
def pictures(make_pictures: Callable[[str, int], Path]) -> Path:
    return make_pictures("cut", 12)


@pytest.fixture
def done(workspace: Workspace, pictures: Path) -> Workspace:
    """A workspace of finished crops with all its stages done."""
    collect(Folder(pictures, Domain.ANIME, whole=True), workspace)
    run(workspace, Crop(), Dedup(), Clean(), Review(), Split())
    return workspace


def run(workspace: Workspace, *stages: Stage) -> None:
    for stage in stages:
        runner.run(stage, workspace)


def splits(workspace: Workspace) -> set[str]:
    return {face.split for face in workspace.faces(Domain.ANIME) if face.kept}


def test_finished_crops_are_never_told_to_be_detected(workspace: Workspace, pictures: Path) -> None:
    collect(Folder(pictures, Domain.ANIME, whole=True), workspace)
    assert state.outstanding(workspace)[0] == "crop"
    run(workspace, Crop())
    assert state.outstanding(workspace) == ALL[2:]


def test_a_stage_that_changes_nothing_invalidates_nothing(done: Workspace, pictures: Path) -> None:
    before = done.faces_csv(Domain.ANIME).read_bytes()
    assert splits(done) == {"train", "val", "test"}
    run(done, Review())
    run(done, Dedup())
    run(done, Crop())
    collect(Folder(pictures, Domain.ANIME, whole=True), done)
    assert state.outstanding(done) == []
    assert done.faces_csv(Domain.ANIME).read_bytes() == before


def test_a_stage_that_changes_rows_says_what_has_to_be_run_again(
    done: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    run(done, Crop(size=32))
    assert "crop: run these again: dedup, clean, review, split" in caplog.text
    assert state.outstanding(done) == ALL[2:]


def test_what_was_done_once_must_be_done_again_before_what_follows(done: Workspace) -> None:
    run(done, Crop(size=32))
    for stage, missing in ((Split(), "dedup"), (Clean(), "dedup"), (Review(), "dedup")):
        with pytest.raises(FatalError, match=f"{stage.name}: run f2a-data {missing} first") as caught:
            run(done, stage)
        assert caught.value.code is ExitCode.USAGE
    run(done, Dedup())
    with pytest.raises(FatalError, match="split: run f2a-data clean first"):
        run(done, Split())
    run(done, Clean(), Review(), Split())
    assert splits(done) == {"train", "val", "test"}


def test_new_images_must_be_found_and_cut_before_they_are_compared(
    done: Workspace, tmp_path: Path, make_image: MakeImage
) -> None:
    more = tmp_path / "more"
    more.mkdir()
    (more / "new.jpg").write_bytes(make_image(99, 200, 200))
    collect(Folder(more, Domain.ANIME), done)
    for stage in (Crop(), Dedup(), Split()):
        with pytest.raises(FatalError, match=f"{stage.name}: run f2a-data detect first"):
            run(done, stage)
    run(done, Detect())
    with pytest.raises(FatalError, match="dedup: run f2a-data crop first"):
        run(done, Dedup())


def test_stages_that_nobody_has_asked_for_may_be_left_out(workspace: Workspace, pictures: Path) -> None:
    collect(Folder(pictures, Domain.ANIME, whole=True), workspace)
    run(workspace, Crop(), Split())
    assert "train" in splits(workspace)


def test_nothing_can_be_cut_before_it_is_found(workspace: Workspace, pictures: Path) -> None:
    collect(Folder(pictures, Domain.ANIME), workspace)
    with pytest.raises(FatalError, match="crop: run f2a-data detect first"):
        run(workspace, Crop())


def test_the_next_best_copy_takes_the_place_of_one_that_was_dropped_in_the_review(
    done: Workspace, pictures: Path, run_command: Runner
) -> None:
    with Image.open(pictures / "3.jpg") as image:
        image.resize((128, 128)).save(pictures / "large.png")
    collect(Folder(pictures, Domain.ANIME, whole=True), done)
    run(done, Crop(), Dedup(), Clean(), Review(), Split())
    faces = {face.source_id: face for face in done.faces(Domain.ANIME)}
    small, large = faces["3.jpg"], faces["large.png"]
    assert (small.kept, small.dup_group, large.kept) == (False, large.id, True)

    image = next(unit.image for unit in done.load() if unit.image.id == large.parent)
    entry = Entry(id=large.id, source=image.sha256, box=large.box, decision=Decision.DROP)
    Decisions.load(done.decisions_log).append([entry])
    applied = run_command("f2a-data", "review", "--workspace", done.root)
    assert "1 copies could replace faces that were dropped here" in applied.stderr
    with pytest.raises(FatalError, match="split: run f2a-data dedup first"):
        run(done, Split())
    run(done, Dedup(), Clean(), Review(), Split())
    faces = {face.source_id: face for face in done.faces(Domain.ANIME)}
    assert faces["3.jpg"].kept
    assert not faces["large.png"].kept
    assert "dropped in review" in faces["large.png"].detail
    again = run_command("f2a-data", "review", "--workspace", done.root)
    assert "may take the place" not in again.stderr
    assert state.outstanding(done) == []


def test_manifests_and_crops_alone_can_be_compared_and_split(done: Workspace) -> None:
    """As they may be passed on: without images and without journals."""
    before = done.faces_csv(Domain.ANIME).read_bytes()
    shutil.rmtree(done.root / "images")
    shutil.rmtree(done.journal)
    run(done, Dedup(), Split(seed=0))
    assert done.faces_csv(Domain.ANIME).read_bytes() == before
    run(done, Split(seed=1))
    assert splits(done) == {"train", "val", "test"}

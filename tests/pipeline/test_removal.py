"""What is removed goes from images, crops and manifests, keeps its row and reason, and never comes back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from commands import Runner
from f2a_data.sources.danbooru.crawl import Crawl, configuration
from f2a_data.sources.danbooru.journal import PostJournal
from f2a_data.sources.folder import Folder
from f2a_data.stages.crop import Crop
from f2a_data.stages.dedup import Dedup
from f2a_data.stages.split import Split
from f2a_engine import runner, state
from f2a_engine.collect import collect
from f2a_engine.known import removed_posts
from f2a_engine.removal import Selection, remove, select
from f2a_manifests import Domain, ExitCode, FatalError, Reason, Unit, Workspace

MakeImage = Callable[..., bytes]


@pytest.fixture
def pictures(make_pictures: Callable[[str, int], Path]) -> Path:
    return make_pictures("p", 6)


@pytest.fixture
def done(workspace: Workspace, pictures: Path) -> Workspace:
    collect(Folder(pictures, Domain.ANIME, whole=True), workspace)
    for stage in (Crop(), Dedup(), Split()):
        runner.run(stage, workspace)
    return workspace


def named(workspace: Workspace, name: str) -> Unit:
    return next(unit for unit in workspace.load() if unit.image.source_id == name)


def files(workspace: Workspace) -> int:
    return sum(
        path.is_file() for folder in ("images", "crops") for path in (workspace.root / folder).rglob("*")
    )


def test_rows_stay_with_the_reason_and_files_go(done: Workspace) -> None:
    before, victim = files(done), named(done, "2.jpg")
    [gone] = remove(done, Selection(ids=(victim.faces[0].id,)), "the artist asked")
    assert gone.image.id == victim.image.id
    row = named(done, "2.jpg")
    for record in (row.image, *row.faces):
        assert (record.kept, record.stage, record.path) == (False, "remove", "")
        assert (record.reason, record.detail) == (Reason.REMOVED, "the artist asked")
    assert files(done) == before - 2
    assert sum(unit.image.kept for unit in done.load()) == 5
    with pytest.raises(FatalError, match="split: run f2a-data dedup first"):
        runner.run(Split(), done)
    for stage in (Dedup(), Split()):
        runner.run(stage, done)
    assert named(done, "2.jpg").image.stage == "remove"


@pytest.mark.parametrize("again", ["the same", "renamed", "elsewhere"])
def test_nothing_brings_it_back(
    done: Workspace, pictures: Path, tmp_path: Path, make_image: MakeImage, again: str
) -> None:
    remove(done, Selection(ids=(named(done, "2.jpg").image.id,)))
    folder = tmp_path / "other" if again == "elsewhere" else pictures
    folder.mkdir(exist_ok=True)
    if again == "renamed":
        (pictures / "2.jpg").rename(pictures / "new name.jpg")
    (folder / "new.jpg").write_bytes(make_image(2, 64, 64))
    (folder / "fine.jpg").write_bytes(make_image(77, 64, 64))
    before = files(done)
    collect(Folder(folder, Domain.ANIME, whole=True), done)
    assert files(done) == before + 1
    assert named(done, "fine.jpg").image.kept
    assert not named(done, "new.jpg").image.kept
    assert named(done, "new.jpg").image.detail.startswith("id ")


def test_a_file_that_another_row_needs_stays(done: Workspace, pictures: Path) -> None:
    (pictures / "copy.jpg").write_bytes((pictures / "2.jpg").read_bytes())
    collect(Folder(pictures, Domain.ANIME, whole=True), done)
    remove(done, Selection(ids=(named(done, "2.jpg").image.id,)))
    assert done.file(named(done, "copy.jpg").image).exists()


def test_values_of_one_kind_widen_and_kinds_narrow(done: Workspace) -> None:
    units = done.load()
    for number, unit in enumerate(units):
        unit.image.artist = ("anna", "bo", "anna bo")[number % 3]
        unit.image.source_md5 = "0" * 32
    done.publish(units)
    assert len(select(done, Selection(artists=("anna",)))) == 4
    assert len(select(done, Selection(artists=("anna", "bo")))) == 6
    assert len(select(done, Selection(artists=("bo",), posts=("1.jpg", "2.jpg", "3.jpg")))) == 2
    assert len(select(done, Selection(sources=("p",)))) == 6
    same = Selection(sources=("p",), artists=("p",))  # a name of both kinds
    for nothing in (Selection(), Selection(sources=("q",)), Selection(sources=("p",), artists=("q",)), same):
        with pytest.raises(FatalError) as caught:
            select(done, nothing)
        assert caught.value.code is ExitCode.NO_RESULTS


def test_a_removed_post_is_never_asked_for_again(done: Workspace, tmp_path: Path) -> None:
    units = done.load()
    for number, unit in enumerate(units):
        unit.image.source, unit.image.source_id, unit.image.source_md5 = "danbooru", str(number), "0" * 32
    done.publish(units)
    remove(done, Selection(posts=("3", "4")))
    assert removed_posts(done, "danbooru") == (3, 4)
    crawl = Crawl(
        root="http://127.0.0.1", query="x", ratings=("g",), limit=1, delay=0, retries=0, images=tmp_path,
        journal=PostJournal(tmp_path / "j"), credentials=None, removed=removed_posts(done, "danbooru"),
    )  # fmt: skip
    wanted = configuration(crawl)["extractor"]["Danbooru"]["image-filter"]
    post = {"extension": "jpg", "rating": "g"}
    assert [eval(wanted, {}, post | {"id": number}) for number in (2, 3, 4, 5)] == [True, False, False, True]  # noqa: S307 -- as gallery-dl does


def test_what_a_folder_has_no_more_is_said_and_dropped_on_request(
    done: Workspace, pictures: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = (pictures / "3.jpg").read_bytes()
    (pictures / "3.jpg").unlink()
    collect(Folder(pictures, Domain.ANIME, whole=True), done)
    assert "1 images no longer exist (--drop-missing drops them): 3.jpg" in caplog.text
    assert named(done, "3.jpg").image.kept
    collect(Folder(pictures, Domain.ANIME, whole=True, drop_missing=True), done)
    row = named(done, "3.jpg").image
    assert (row.kept, row.reason, row.path) == (False, Reason.GONE, "")
    assert "dedup" in state.outstanding(done)
    (pictures / "3.jpg").write_bytes(data)  # unlike what was removed, it may come back
    collect(Folder(pictures, Domain.ANIME, whole=True), done)
    assert named(done, "3.jpg").image.kept


def test_the_command_shows_before_it_does(done: Workspace, run_command: Runner) -> None:
    def run(*words: str) -> tuple[int, str]:
        finished = run_command("f2a-data", "remove", "--workspace", done.root, *words)
        return finished.returncode, finished.stdout + finished.stderr

    assert run()[0] == ExitCode.USAGE
    assert run("--source", "nobody") == (5, "f2a-data: no image matches source nobody\n")
    code, said = run("--source", "p")
    assert (code, said.splitlines()[-1]) == (0, "would remove: 6 images with 6 faces; --yes does it")
    assert files(done) == 12
    cached = [done.faces_cache / "anime.npy", done.embeddings_cache / "detector" / "part.npy"]
    for file in cached:
        file.parent.mkdir(parents=True)
        file.write_bytes(b"the faces, for the trainer and the review")
    run("--source", "p")
    assert all(file.exists() for file in cached)
    code, said = run("--source", "p", "--yes")
    assert code == 0
    assert "removed: 6 images with 6 faces" in said
    assert files(done) == 0
    assert not any(file.exists() for file in cached)

"""Workspaces whose folders are links, and images that are linked: nobody's own file is touched."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import Caller
from f2a_data.sources.celeba import CelebA
from f2a_data.sources.folder import Folder
from f2a_data.stages.crop import Crop
from f2a_data.stages.dedup import Dedup
from f2a_engine import manifests, runner
from f2a_engine.collect import collect
from f2a_engine.removal import Selection, remove
from f2a_inspect.verify import verify
from f2a_manifests import Domain, ExitCode, FatalError, ManifestError, Workspace
from f2a_manifests.workspace import FOLLOW_LINKS

MakeImage = Callable[..., bytes]
HINT = "F2A_FOLLOW_LINKS=1 in the environment"


@pytest.fixture
def pictures(make_pictures: Callable[[str, int], Path]) -> Path:
    return make_pictures("p", 3)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def stored(workspace: Workspace) -> list[Path]:
    return sorted((workspace.root / "images" / "p").iterdir())


@pytest.fixture
def other_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hard link says from one disk to another."""

    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(Path, "hardlink_to", refuse)


@pytest.fixture
def moved(workspace: Workspace, pictures: Path, tmp_path: Path) -> Workspace:
    """Finished crops; then images/ and crops/ go to another place and are linked."""
    collect(Folder(pictures, Domain.HUMAN, whole=True), workspace)
    runner.run(Crop(), workspace)
    for name in ("images", "crops"):
        (workspace.root / name).rename(tmp_path / name)
        (workspace.root / name).symlink_to(tmp_path / name)
    return workspace


def test_linked_folders_are_refused_with_the_option_that_allows_them(
    moved: Workspace, pictures: Path, call_command: Caller
) -> None:
    for command in (["crop"], ["verify"], ["folder", str(pictures), "--domain", "human", "--whole"]):
        done = call_command("f2a-data", *command, "--workspace", moved.root)
        assert done.returncode == 1, done
        assert HINT in done.stderr.splitlines()[-1]


def test_linked_folders_are_used_where_the_environment_allows_it(
    moved: Workspace, tmp_path: Path, call_command: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLLOW_LINKS, "1")
    for command in ("crop --size 32", "dedup", "clean", "review", "split", "verify", "report"):
        done = call_command("f2a-data", *command.split(), "--workspace", moved.root)
        assert done.returncode == 0, done
    crops = [path for path in (tmp_path / "crops").rglob("*.png") if path.is_file()]
    assert len(crops) == 3  # those of the other size are gone
    assert (moved.root / "crops").is_symlink()
    remove(Workspace(moved.root), Selection(sources=("p",)))
    assert not [path for path in (tmp_path / "images").rglob("*") if path.is_file()]


def test_f2a_toml_may_allow_them(
    moved: Workspace, pictures: Path, tmp_path: Path, call_command: Caller
) -> None:
    file = tmp_path / "f2a.toml"
    source = f'[[folder]]\npath = "{pictures.name}"\ndomain = "human"\nwhole = true\n'
    text = f'workspace = "{moved.root.name}"\n{source}'
    for line, code in (("", 1), ("follow_links = true\n", 0)):
        file.write_text(line + text)
        done = call_command("f2a-data", "run", "--config", file)
        assert done.returncode == code, done
    file.write_text("follow_links = 1\n" + text)
    assert (
        "follow_links is 1: expected bool, got int"
        in call_command("f2a-data", "run", "--config", file).stderr
    )


@pytest.mark.parametrize("value", ["", "0"])
def test_the_option_can_be_off(moved: Workspace, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(FOLLOW_LINKS, value)
    with pytest.raises(ManifestError, match=HINT):
        verify(Workspace(moved.root))


def test_a_folder_that_is_a_link_to_nowhere_is_named(workspace: Workspace) -> None:
    (workspace.root / "images").rmdir()
    (workspace.root / "images").symlink_to("/not/mounted")
    with pytest.raises(FatalError, match="images is a file or a broken link, not a folder"):
        workspace.create()


def test_removal_deletes_nothing_behind_a_link_that_leads_out(moved: Workspace, tmp_path: Path) -> None:
    before = sorted((tmp_path / "images" / "p").iterdir())
    remove(moved, Selection(sources=("p",)))
    assert sorted((tmp_path / "images" / "p").iterdir()) == before


def test_linked_images_take_no_space_and_are_as_good_as_copies(workspace: Workspace, pictures: Path) -> None:
    source = Folder(pictures, Domain.HUMAN, whole=True, link=True)
    for _ in range(2):
        collect(source, workspace)
    inodes = {path.stat().st_ino for path in pictures.iterdir()}
    assert {path.stat().st_ino for path in stored(workspace)} == inodes
    assert not any(path.is_symlink() for path in stored(workspace))
    runner.run(Crop(), workspace)
    assert verify(workspace).clean


@pytest.mark.usefixtures("other_disk")
def test_from_another_disk_a_reference_needs_the_option(workspace: Workspace, pictures: Path) -> None:
    source = Folder(pictures, Domain.HUMAN, whole=True, link=True)
    with pytest.raises(FatalError, match=r"is on another disk than the workspace.*F2A_FOLLOW_LINKS=1"):
        collect(source, workspace)
    assert not stored(workspace)
    allowed = Workspace(workspace.root, follow_links=True)
    collect(source, allowed)
    assert all(path.is_symlink() for path in stored(workspace))
    runner.run(Crop(), allowed)
    assert verify(allowed).clean
    (pictures / "1.jpg").unlink()
    assert len(verify(allowed).missing) == 1


@pytest.mark.parametrize("disk", ["same", "other"])
@pytest.mark.parametrize("way", ["remove", "drop_missing", "copy_again", "edited"])
def test_nobodys_own_file_is_ever_deleted_or_changed(
    workspace: Workspace,
    pictures: Path,
    make_image: MakeImage,
    request: pytest.FixtureRequest,
    disk: str,
    way: str,
) -> None:
    if disk == "other":
        request.getfixturevalue("other_disk")
    workspace = Workspace(workspace.root, follow_links=True)
    source = Folder(pictures, Domain.HUMAN, whole=True, link=True)
    collect(source, workspace)
    before = contents(pictures)
    if way == "remove":
        remove(workspace, Selection(sources=("p",)))
        assert not stored(workspace)
    elif way == "drop_missing":
        del before["1.jpg"]
        (pictures / "1.jpg").unlink()
        collect(Folder(pictures, Domain.HUMAN, whole=True, link=True, drop_missing=True), workspace)
        assert len(stored(workspace)) == 2
        assert not [path for path in stored(workspace) if not path.exists()]
    elif way == "copy_again":
        collect(Folder(pictures, Domain.HUMAN, whole=True), workspace)
    else:
        before["1.jpg"] = make_image(99, 64, 64)
        with (pictures / "1.jpg").open("r+b") as file:  # in place: the linked file changes with it
            file.write(before["1.jpg"])
            file.truncate()
        assert len(verify(workspace).changed) == 1
        collect(source, workspace)
        assert not verify(workspace).changed
    assert contents(pictures) == before


def test_an_archive_is_copied_all_the_same(workspace: Workspace, pictures: Path, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "p"), "zip", pictures)
    collect(Folder(Path(archive), Domain.HUMAN, whole=True, link=True), workspace)
    assert len(stored(workspace)) == 3
    assert all(path.stat().st_nlink == 1 for path in stored(workspace))


def test_one_manifest_a_command_with_missing_images(
    workspace: Workspace, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(Folder(pictures, Domain.HUMAN, whole=True), workspace)
    for stage in (Crop(), Dedup()):
        runner.run(stage, workspace)
    (pictures / "1.jpg").unlink()
    published: list[int] = []
    write = manifests.write_streams
    monkeypatch.setattr(manifests, "write_streams", lambda *given: (published.append(1), write(*given)))
    collect(Folder(pictures, Domain.HUMAN, whole=True, drop_missing=True), workspace)
    assert len(published) == 1
    assert len(stored(workspace)) == 2


@pytest.mark.usefixtures("other_disk")
def test_an_image_that_went_before_a_stage_needed_it_can_still_be_dropped(
    workspace: Workspace, pictures: Path
) -> None:
    allowed = Workspace(workspace.root, follow_links=True)
    source = Folder(pictures, Domain.HUMAN, whole=True, link=True, drop_missing=True)
    collect(source, allowed)
    (pictures / "1.jpg").unlink()
    assert runner.run(Crop(), allowed).errors == 1
    for _ in range(2):
        collect(source, allowed)
        [row] = [image for image in allowed.images() if image.source_id == "1.jpg"]
        assert (row.status.value, row.reason, row.path) == ("drop", "gone", "")
        assert len(stored(allowed)) == 2


def test_what_cannot_follow_links_does_not_offer_it(
    workspace: Workspace, tmp_path: Path, make_image: MakeImage, caplog: pytest.LogCaptureFixture
) -> None:
    images = tmp_path / "CelebA" / "Img" / "img_align_celeba"
    images.mkdir(parents=True)
    (images / "000001.jpg").write_bytes(make_image(1))
    (images / "elsewhere").symlink_to(tmp_path)
    collect(CelebA(tmp_path / "CelebA"), workspace)
    assert "skipped 1 links to folders: elsewhere" in caplog.text
    assert "follow-links" not in caplog.text


def test_a_row_whose_file_is_a_link_to_itself_is_refused(workspace: Workspace, pictures: Path) -> None:
    collect(Folder(pictures, Domain.HUMAN, whole=True), workspace)
    [first, *_] = stored(workspace)
    first.unlink()
    first.symlink_to(first.name)
    with pytest.raises(ManifestError, match="leads out of the workspace") as caught:
        verify(workspace)
    assert caught.value.code is ExitCode.FAILED

"""The source ``folder``: any folder or zip archive, and whatever lies in it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f2a_data.sources.folder import Folder
from f2a_data.sources.local import slug
from f2a_manifests import BoxFrom, Domain, ExitCode, FatalError, Reason, Record, Status, Unit, Workspace
from f2a_manifests.options import build

MakeImage = Callable[..., bytes]

BROKEN = {
    "truncated header.jpg": "cannot be decoded|not an image",
    "zero.jpg": "the file is empty",
    "html.jpg": "an HTML page",
    "noise.png": "cannot be decoded|not an image",
    "bomb.png": "million pixels",
}


@pytest.fixture
def pictures(tmp_path: Path, make_image: MakeImage) -> Path:
    """Six images in two levels of folders."""
    folder = tmp_path / "My Pictures"
    (folder / "deeper").mkdir(parents=True)
    for number in range(6):
        place = folder / "deeper" if number % 2 else folder
        (place / f"{number}.jpg").write_bytes(make_image(number, 70, 50))
    return folder


def collect(folder: Path, workspace: Workspace, **options: object) -> list[Unit]:
    return list(Folder(folder, Domain.ANIME, **options).collect(workspace))


def by_name(units: list[Unit]) -> dict[str, Record]:
    return {unit.image.source_id: unit.image for unit in units}


def stored(workspace: Workspace) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (workspace.root / "images").rglob("*") if path.is_file()}


def test_every_image_becomes_a_row_with_its_file(pictures: Path, workspace: Workspace) -> None:
    units = collect(pictures, workspace)
    assert sorted(by_name(units)) == [
        "0.jpg", "2.jpg", "4.jpg", "deeper/1.jpg", "deeper/3.jpg", "deeper/5.jpg",
    ]  # fmt: skip
    for unit in units:
        image = unit.image
        assert (image.domain, image.source, image.width, image.height) == (
            Domain.ANIME,
            "my-pictures",
            70,
            50,
        )
        assert re.fullmatch(r"my-pictures-[0-9a-f]{12}", image.id)
        assert image.group == image.id
        assert re.fullmatch(r"images/my-pictures/[0-9a-f]{20}\.jpg", image.path)
        assert workspace.file(image).read_bytes() == (pictures / image.source_id).read_bytes()
        assert unit.faces == []


def test_whole_makes_each_image_a_face(pictures: Path, workspace: Workspace) -> None:
    units = collect(pictures, workspace, source="cut-out", whole=True)
    for unit in units:
        (face,) = unit.faces
        assert face.box == (0, 0, 70, 50)
        assert face.id == f"{unit.image.id}-0-0-70-50"
        assert (face.parent, face.box_from, face.detector) == (
            unit.image.id,
            BoxFrom.WHOLE,
            "",
        )
        assert (face.source, face.source_id, face.group) == (
            "cut-out",
            unit.image.source_id,
            unit.image.group,
        )


def test_bad_files_become_errors_with_a_reason_and_the_rest_goes_on(
    bad_images: dict[str, Path], workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    folder = next(iter(bad_images.values())).parent
    rows = by_name(collect(folder, workspace, whole=True))
    for name, reason in BROKEN.items():
        assert rows[name].status is Status.ERROR, name
        assert re.search(reason, rows[name].why), name
        assert (rows[name].stage, rows[name].path) == ("folder", "")
    good = set(rows) - set(BROKEN) - {"truncated.png"}  # may fail here or when it is decoded
    assert all(rows[name].kept for name in good), good
    assert len(rows) == len(bad_images) - 1
    assert "skipped 1 files that are not images" in caplog.text


def test_unusual_images_keep_their_upright_size_and_true_suffix(
    bad_images: dict[str, Path], workspace: Workspace
) -> None:
    rows = by_name(collect(bad_images["cmyk.jpg"].parent, workspace))
    assert (rows["turned.jpg"].width, rows["turned.jpg"].height) == (80, 60)
    assert (rows["animated.webp"].width, rows["animated.webp"].height) == (60, 80)
    assert rows["no suffix"].path.endswith(".png")
    assert rows["SHOUT.PNG"].path.endswith(".png")


def test_any_name_survives_the_manifest_and_none_shows_the_machine(
    bad_images: dict[str, Path], workspace: Workspace
) -> None:
    folder = bad_images["cmyk.jpg"].parent
    units = collect(folder, workspace, whole=True)
    workspace.publish(units)
    assert workspace.load() == units
    names = by_name(units)
    assert {"new\nline.png", "return\r.png", "emoji 😀 猫.png", r"caf\xe9.png", 'quo"te, comma.png'} <= set(
        names
    )
    assert len(names) == len(units)
    assert str(folder) not in workspace.images_csv.read_text()


def test_long_paths_are_cut_but_stay_apart(
    tmp_path: Path, workspace: Workspace, make_image: MakeImage
) -> None:
    deep = tmp_path / "deep" / ("a" * 200) / ("b" * 200)
    deep.mkdir(parents=True)
    for number in (1, 2):
        (deep / f"{number}.png").write_bytes(make_image(number, kind="PNG"))
    first, second = collect(tmp_path / "deep", workspace)
    assert len(first.image.source_id) == 300
    assert first.image.id != second.image.id


def test_only_regular_files_inside_are_read(
    pictures: Path, tmp_path: Path, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    secret = tmp_path / "secret.jpg"
    shutil.copy(pictures / "0.jpg", secret)
    (pictures / "out.jpg").symlink_to(secret)
    (pictures / "out").symlink_to(tmp_path)
    (pictures / "dead.jpg").symlink_to("nowhere.jpg")
    (pictures / "inside.jpg").symlink_to("2.jpg")
    os.mkfifo(pictures / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(pictures / "socket.jpg"))  # the path of a socket must be short
        names = set(by_name(collect(pictures, workspace)))
    assert names == {"0.jpg", "2.jpg", "4.jpg", "deeper/1.jpg", "deeper/3.jpg", "deeper/5.jpg", "inside.jpg"}
    assert "skipped 1 links that lead out of the folder" in caplog.text
    assert "skipped 2 special files" in caplog.text
    assert "skipped 1 dead links: dead.jpg" in caplog.text
    assert "skipped 1 links to folders (--follow-links reads them): out" in caplog.text


def test_a_file_that_cannot_be_read_is_an_error_row(pictures: Path, workspace: Workspace) -> None:
    units = Folder(pictures, Domain.ANIME).collect(workspace)
    next(units)
    (pictures / "4.jpg").unlink()
    rows = by_name(list(units))
    assert rows["4.jpg"].status is Status.ERROR
    assert rows["4.jpg"].reason is Reason.FILE_UNREADABLE
    assert rows["deeper/5.jpg"].kept


def test_a_second_run_writes_nothing_and_gives_the_same_rows(pictures: Path, workspace: Workspace) -> None:
    first = collect(pictures, workspace)
    before = {path: path.stat().st_ino for path in stored(workspace)}
    assert collect(pictures, workspace) == first
    assert {path: path.stat().st_ino for path in stored(workspace)} == before


def test_what_a_power_cut_left_short_is_written_again(pictures: Path, workspace: Workspace) -> None:
    units = collect(pictures, workspace)
    whole = stored(workspace)
    file = workspace.file(units[0].image)
    file.write_bytes(b"")
    (file.parent / f".{file.name}.123.tmp").write_bytes(b"half")
    collect(pictures, workspace)
    assert stored(workspace) == whole


def test_after_kill_9_a_second_run_completes(
    tmp_path: Path, workspace: Workspace, make_image: MakeImage
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.png").write_bytes(make_image(number, kind="PNG"))
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from f2a_data.sources.folder import Folder\nfrom f2a_manifests import Domain, Workspace\n"
        "for unit in Folder(Path(sys.argv[1]), Domain.ANIME).collect(Workspace(Path(sys.argv[2]))):\n"
        "    print(unit.image.path, flush=True)\n"
        "    sys.stdin.read(1)\n"
    )
    command = [sys.executable, "-c", script, str(folder), str(workspace.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as child:
        assert child.stdin
        assert child.stdout
        for _ in range(5):
            assert child.stdout.readline()
            child.stdin.write(b".")
        child.send_signal(signal.SIGKILL)
    assert 5 <= len(stored(workspace)) < 40
    units = collect(folder, workspace)
    assert len(units) == 40
    assert {workspace.file(unit.image) for unit in units} == {path.resolve() for path in stored(workspace)}


def test_a_full_disk_stops_with_one_line_and_nothing_half_written(
    pictures: Path, workspace: Workspace
) -> None:
    second = workspace.file(collect(pictures, workspace)[1].image)
    second.unlink()
    units = Folder(pictures, Domain.ANIME).collect(workspace)
    next(units)
    temporary = second.with_name(f".{second.name}.{os.getpid()}.tmp")
    temporary.symlink_to("/dev/full")  # the kernel answers the write with ENOSPC
    with pytest.raises(FatalError, match=r"the disk is full: .*\.jpg"):
        next(units)
    assert not second.exists()
    assert not temporary.is_symlink()


def test_a_write_that_fails_for_another_reason_stops_too(pictures: Path, workspace: Workspace) -> None:
    script = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from f2a_data.sources.folder import Folder\n"
        "from f2a_manifests import Domain, FatalError, Workspace\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n    list(Folder(Path(sys.argv[1]), Domain.ANIME).collect(Workspace(Path(sys.argv[2]))))\n"
        "except FatalError as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", script, str(pictures), str(workspace.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"could not write .*\.jpg: File too large\n", done.stdout)
    assert stored(workspace) == {}


def test_a_lost_workspace_stops_with_one_line(pictures: Path, workspace: Workspace) -> None:
    units = Folder(pictures, Domain.ANIME).collect(workspace)
    next(units)
    shutil.rmtree(workspace.root)
    with pytest.raises(FatalError, match="has disappeared; restore it"):
        next(units)
    assert not workspace.root.exists()


def test_a_lost_source_folder_stops_instead_of_failing_every_row(
    pictures: Path, workspace: Workspace
) -> None:
    units = Folder(pictures, Domain.ANIME).collect(workspace)
    next(units)
    shutil.rmtree(pictures)
    with pytest.raises(FatalError, match="My Pictures has disappeared"):
        next(units)


def test_a_folder_around_the_workspace_is_refused(workspace: Workspace) -> None:
    with pytest.raises(FatalError, match="would import itself"):
        collect(workspace.root.parent, workspace)


@pytest.mark.parametrize("name", ["a/b", "../up", "", "a b", "x" * 65, "new\nline"])
def test_a_source_name_must_be_usable_in_ids(tmp_path: Path, name: str) -> None:
    if not name:
        assert Folder(tmp_path, Domain.HUMAN, source=name).label == slug(tmp_path)
        return
    with pytest.raises(FatalError, match="letters, digits") as caught:
        build(Folder, {"path": str(tmp_path), "domain": "human", "source": name}, "folder")
    assert caught.value.code is ExitCode.USAGE


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_folder_name_gives_a_usable_source_name(name: str) -> None:
    given = slug(Path("/data") / name)
    assert re.fullmatch(r"[^\W_]([^\W_]|-){0,59}", given)
    assert Folder(Path("/data"), Domain.HUMAN, source=given).label == given


def test_a_path_that_is_not_there_is_a_usage_error(tmp_path: Path, workspace: Workspace) -> None:
    with pytest.raises(FatalError, match="no folder or archive") as caught:
        collect(tmp_path / "gone", workspace)
    assert caught.value.code is ExitCode.USAGE


def test_a_folder_without_images_is_said(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("none")
    with pytest.raises(FatalError, match=r"there are no images in .*empty") as caught:
        collect(tmp_path / "empty", workspace)
    assert caught.value.code is ExitCode.NO_RESULTS


def test_an_archive_in_a_folder_is_pointed_out(
    pictures: Path, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.make_archive(str(pictures / "deeper" / "more faces"), "zip", pictures)
    assert len(collect(pictures, workspace)) == 6
    assert f"import it by itself, f2a-data folder '{pictures / 'deeper' / 'more faces.zip'}'" in caplog.text

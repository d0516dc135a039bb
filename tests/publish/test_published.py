"""A published set may come from anywhere: what is wrong with it is found before anything is fetched."""

import errno
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from rebuilding import EXAMPLE, Rebuild, sealed

from commands import Runner
from f2a_demo.booru import Booru
from f2a_demo.booru_posts import DemoPost
from f2a_manifests import Domain, ExitCode, FatalError, ManifestError, Reason, Workspace
from f2a_publish.bundle import fingerprint
from f2a_publish.published import published

ABSURD = "default size=1000000 padding=1.6 lift=0.2 min_box=24 max_upscale=1.5"


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (replaced("dataset.toml", "default size=64 padding=1.6 lift=0.2 min_box=24 max_upscale=1.5", ABSURD),
         "has no crop rule"),
        (replaced("dataset.toml", "size = 64", "size = 63"), "has no crop rule"),
        (replaced("dataset.toml", "padding=1.6", "padding=nan"), "has no crop rule"),
        (replaced("dataset.toml", "format = 1", "format = 2"), "has format 2"),
        (replaced("dataset.toml", 'name = "drawn-faces"', ""), "missing required field `name`"),
        (replaced("dataset.toml", "format = 1", "format = "), "dataset.toml"),
        (replaced("manifests/images.csv", "images/drawn/16.bmp", "images/other/16.bmp"),
         "not that of a post"),
        (replaced("manifests/images.csv", "images/drawn/16.bmp", "../../16.bmp"), "leaves the workspace"),
        (replaced("manifests/images.csv", "1e9861f8d935c393cf8fb15f3ae1c764", "'] or abort() or ['"),
         "not that of a post"),
        (replaced("dataset.toml", 'date = "2026-11-27"', 'date = "soon"'), "is not a day"),
        (replaced("crops.csv", "drawn-16", "drawn-61"), "disagree about the crop of"),
        (replaced("crops.csv", "id,pixels_sha256", "id,sha256"), "not a table"),
        (replaced("crops.csv", "77bd911498b810562f86dfa700bae38aa67dc0e9f28360c77cbab244965f4195", "none"),
         "not a table"),
    ],
)  # fmt: skip
def test_sets_that_say_what_cannot_be(example: Path, change: Callable[[Path], None], says: str) -> None:
    change(example)
    with pytest.raises(ManifestError, match=says), published(sealed(example)):
        pass


def test_a_damaged_set_is_named(example: Path, tmp_path: Path, run_command: Runner) -> None:
    replaced("manifests/anime.csv", "keep", "drop")(example)
    done = run_command("f2a-data", "rebuild", "example", "--workspace", "rebuilt")
    assert done.returncode == ExitCode.FAILED
    assert "example: manifests/anime.csv is missing or damaged" in done.stderr
    assert not (tmp_path / "rebuilt").exists()


@pytest.mark.parametrize("line", ["not a sum", f"{'0' * 64}  ../../etc/passwd", f"{'0' * 64}  /etc/passwd"])
def test_checksums_of_files_elsewhere(example: Path, line: str) -> None:
    with (example / "SHA256SUMS").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(ManifestError, match="is not a checksum"), published(example):
        pass


def test_an_archive_is_read_like_the_folder(example: Path, tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "set"), "zip", example))
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("../../escaped.csv", "x")
        file.writestr("manifests/../../escaped.csv", "x")
    with published(archive) as one, published(example) as other:
        assert one.fingerprint == other.fingerprint
        assert [unit.image.id for unit in one.units] == [unit.image.id for unit in other.units]
    assert not list(tmp_path.rglob("escaped.csv"))
    assert not any((folder / "escaped.csv").exists() for folder in tmp_path.parents)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"no archive"])
def test_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "set.zip").write_bytes(content)
    with pytest.raises(ManifestError, match="is not a published set"), published(tmp_path / "set.zip"):
        pass


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_archives_that_may_expand_without_limit_are_not_unpacked(
    example: Path, tmp_path: Path, method: int
) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w", method) as archive:
        for path in example.rglob("*.*"):
            archive.write(path, path.relative_to(example))
        archive.write(example / "SHA256SUMS", "SHA256SUMS")
    with pytest.raises(ManifestError, match="is not a published set"), published(tmp_path / "set.zip"):
        pass


def test_damaged_archives_are_refused_or_give_the_same_rows(example: Path, tmp_path: Path) -> None:
    """Some bytes of an archive, as the times of its files, mean nothing here."""
    archive = Path(shutil.make_archive(str(tmp_path / "set"), "zip", example))
    whole, refused, places = archive.read_bytes(), 0, 40
    for place in range(100, len(whole), len(whole) // places):
        archive.write_bytes(whole[:place] + bytes(8) + whole[place + 8 :])
        try:
            with published(archive) as data_set:
                assert data_set.fingerprint == fingerprint(example)
        except ManifestError:
            refused += 1
    assert refused > places // 2


def test_a_full_disk_is_not_called_a_damaged_set(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = shutil.make_archive(str(tmp_path / "set"), "zip", example)

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", fail)
    with pytest.raises(ManifestError, match=r"cannot unpack .*: No space left"), published(Path(archive)):
        pass


def test_a_root_on_this_machine_is_not_believed(example: Path) -> None:
    replaced("dataset.toml", 'root = ""', 'root = "http://127.0.0.1:80"')(example)
    with published(sealed(example)) as data_set:
        assert data_set.root("drawn") == ""


def test_another_way_of_cropping_is_found_before_the_download(
    example: Path, posts: list[DemoPost], tmp_path: Path, rebuilt: Rebuild
) -> None:
    replaced("dataset.toml", 'probe_sha256 = "299f', 'probe_sha256 = "0000')(example)
    with Booru(posts) as booru:
        with pytest.raises(FatalError, match=r"crops differently: Pillow .* here") as caught:
            rebuilt(sealed(example), Workspace(tmp_path / "rebuilt"), root=booru.url)
        assert not booru.log
    assert caught.value.code is ExitCode.MISMATCH


def test_a_crop_with_other_pixels_is_an_error(
    example: Path, posts: list[DemoPost], tmp_path: Path, rebuilt: Rebuild
) -> None:
    replaced("crops.csv", "77bd9114", "00000000")(example)
    workspace = Workspace(tmp_path / "rebuilt")
    with Booru(posts) as booru:
        report = rebuilt(sealed(example), workspace, root=booru.url)
    assert (report.same, report.code) == (15, ExitCode.ROW_ERRORS)
    failed = [face for face in workspace.faces(Domain.ANIME) if face.stage == "rebuild"]
    assert [face.reason for face in failed] == [Reason.CROP_DIFFERS]
    assert report.missed == {Reason.CROP_DIFFERS: [failed[0].id]}


def test_another_data_set_is_left_alone(tmp_path: Path, run_command: Runner) -> None:
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    shutil.copy(EXAMPLE / "manifests" / "images.csv", workspace.images_csv)
    before = workspace.images_csv.read_bytes()
    done = run_command("f2a-data", "rebuild", EXAMPLE)
    assert done.returncode == ExitCode.USAGE
    assert "holds another data set; rebuild in an empty --workspace" in done.stderr
    assert workspace.images_csv.read_bytes() == before


def test_a_source_that_was_not_given_is_a_reason(tmp_path: Path, run_command: Runner) -> None:
    done = run_command("f2a-data", "rebuild", EXAMPLE)
    assert done.returncode == ExitCode.ROW_ERRORS, done.stderr
    assert "not_given: its source was not given to rebuild" in done.stdout
    assert "0 of 16 crops are as published" in done.stdout
    marker = json.loads((tmp_path / "workspace" / "manifests" / "journal" / "rebuild.json").read_text())
    assert len(marker["published"]) == 64


def test_a_dry_run_asks_nobody(posts: list[DemoPost], tmp_path: Path, run_command: Runner) -> None:
    with Booru(posts) as booru:
        done = run_command("f2a-data", "rebuild", EXAMPLE, "--root", booru.url, "--dry-run")
        assert not booru.log
    assert done.returncode == 0, done.stderr
    assert "13 to fetch in about 17 requests" in done.stdout
    assert not (tmp_path / "workspace").exists()

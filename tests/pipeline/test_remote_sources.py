"""Sources on object storage, with a real S3 server: the same rows as from a folder on this machine."""

import io
import json
import signal
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commands import Runner
from f2a_data.sources.celeba import CelebA
from f2a_data.sources.folder import Folder
from f2a_engine.collect import collect
from f2a_import.source import Import
from f2a_manifests import ExitCode, FatalError, Reason, Workspace
from f2a_manifests.options import build
from s3_server import PAGE, S3, SECRET

MakeImage = Callable[..., bytes]


@pytest.fixture
def pictures(tmp_path: Path, make_image: MakeImage) -> Path:
    """Twelve images in two levels, one of them without a suffix, and a text."""
    folder = tmp_path / "pictures"
    (folder / "ü b").mkdir(parents=True)
    for number in range(11):
        (folder / ("ü b" if number % 2 else "") / f"{number} #?%.jpg").write_bytes(make_image(number, 40, 30))
    (folder / "no suffix").write_bytes(make_image(99, 40, 30))
    (folder / "text.txt").write_text("no image")
    return folder


def test_a_folder_gives_the_same_rows_as_here(s3: S3, tmp_path: Path, pictures: Path) -> None:
    address = s3.put_folder(pictures, "same")
    here, there = (_workspace(tmp_path / name) for name in ("here", "there"))
    collect(_folder(str(pictures)), here)
    collect(_folder(address), there)
    assert _tables(there) == _tables(here)
    assert _files(there) == _files(here)


def test_a_changed_object_is_fetched_and_no_other(
    s3: S3, tmp_path: Path, pictures: Path, make_image: MakeImage
) -> None:
    address, workspace = s3.put_folder(pictures, "again"), _workspace(tmp_path / "workspace")
    collect(_folder(address), workspace)
    before = _tables(workspace)
    assert s3.fetched()
    collect(_folder(address), workspace)
    assert _bodies(s3) == []
    assert _tables(workspace) == before
    s3.put("again/0 #?%.jpg", make_image(50, 40, 30))
    collect(_folder(address), workspace)
    assert len(_bodies(s3)) == 1
    (workspace.root / workspace.images()[1].path).unlink()
    collect(_folder(address), workspace)
    assert len(_bodies(s3)) == 1


def test_an_object_that_is_gone_is_reported_as_of_a_folder(s3: S3, tmp_path: Path, pictures: Path) -> None:
    address, workspace = s3.put_folder(pictures, "gone"), _workspace(tmp_path / "workspace")
    collect(_folder(address), workspace)
    s3.delete("gone/2 #?%.jpg")
    collect(_folder(address, drop_missing=True), workspace)
    assert [row.source_id for row in workspace.images() if row.reason == Reason.GONE] == ["2 #?%.jpg"]


def test_killed_at_any_moment_it_goes_on(
    s3: S3, tmp_path: Path, make_image: MakeImage, run_command: Runner
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(150):
        (folder / f"{number}.jpg").write_bytes(make_image(number, 20, 20))
    address = s3.put_folder(folder, "kill")
    words = ["folder", address, "--domain", "human", "--source", "many"]
    command = [
        str(Path(sys.executable).with_name("f2a-data")),
        *words,
        "--workspace",
        str(tmp_path / "there"),
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and len(_files(Workspace(tmp_path / "there"))) < 80:
            pass
        process.send_signal(signal.SIGKILL)
    assert not Workspace(tmp_path / "there").images_csv.exists()
    s3.fetched()
    done = run_command("f2a-data", *words, "--workspace", "there")
    assert done.returncode == 0, done.stderr
    assert len(s3.fetched()) < 150
    words[1] = str(folder)
    assert run_command("f2a-data", *words, "--workspace", "here").returncode == 0
    assert _tables(Workspace(tmp_path / "there")) == _tables(Workspace(tmp_path / "here"))


@pytest.mark.parametrize("packed", [False, True])
def test_celeba_in_a_bucket(s3: S3, tmp_path: Path, make_image: MakeImage, *, packed: bool) -> None:
    root = tmp_path / "CelebA"
    (root / "Img" / "img_align_celeba").mkdir(parents=True)
    (root / "Anno").mkdir()
    names = [f"{number:06d}.jpg" for number in range(1, 9)]
    (root / "Anno" / "identity_CelebA.txt").write_text("".join(f"{name} {name[:6]}\n" for name in names))
    for number, name in enumerate(names):
        (root / "Img" / "img_align_celeba" / name).write_bytes(make_image(number))
    if packed:
        with zipfile.ZipFile(root / "Img" / "img_align_celeba.zip", "w") as archive:
            for name in names:
                archive.write(root / "Img" / "img_align_celeba" / name, f"img_align_celeba/{name}")
    address = s3.put_folder(root, f"celeba-{packed}")
    here, there = (_workspace(tmp_path / name) for name in ("here", "there"))
    for place, workspace in ((str(root), here), (address, there)):
        collect(build(CelebA, {"root": place, "count": 5}, "celeba"), workspace)
    assert _tables(there) == _tables(here)
    images = [key for key in s3.fetched() if "img_align" in key]
    assert len(images) == (
        3 if packed else 5
    )  # its first bytes; its block to see that it is no tar, and again


def test_webdataset_and_parquet_in_a_bucket(s3: S3, tmp_path: Path, make_image: MakeImage) -> None:
    tars, tables = tmp_path / "tars", tmp_path / "tables"
    tars.mkdir()
    tables.mkdir()
    with tarfile.open(tars / "train-0.tar", "w") as archive:
        for number in range(6):
            _add(archive, f"{number}.jpg", make_image(number, 30, 30))
            _add(archive, f"{number}.json", json.dumps({"tags": ["smile"], "rating": "g"}).encode())
    images = [{"bytes": make_image(number, 30, 30), "path": None} for number in range(6)]
    pq.write_table(pa.table({"image": images, "tags": ["hat"] * 6}), tables / "train.parquet")
    for folder in (tars, tables):
        address = s3.put_folder(folder, folder.name)
        here, there = (_workspace(tmp_path / f"{folder.name} {name}") for name in ("here", "there"))
        for place, workspace in ((str(folder), here), (address, there)):
            options = {"path": place, "domain": "anime", "source": "set"}
            collect(build(Import, options, "import"), workspace)
        assert _tables(there) == _tables(here)
        assert len(there.images()) == 6
        assert all(row.tags for row in there.images())


def test_names_that_lead_elsewhere_are_refused(s3: S3, tmp_path: Path, make_image: MakeImage) -> None:
    for name in (
        "../out.jpg",
        "/etc/abs.jpg",
        "C:\\drive.jpg",
        "in/../../x.jpg",
        "good.jpg",
        "tab\there.jpg",
    ):
        s3.put(f"hostile/{name}", make_image(len(name), 20, 20))
    s3.put("hostile/@eaDir/thumb.jpg", b"junk")
    s3.put("hostile/folder/", b"")
    workspace = _workspace(tmp_path / "deep" / "workspace")
    collect(_folder("s3://bucket/hostile"), workspace)
    rows = {row.source_id: row for row in workspace.images()}
    refused = {name for name, row in rows.items() if row.reason == Reason.MEMBER_REFUSED}
    assert refused == {"../out.jpg", "/etc/abs.jpg", "C:\\drive.jpg", "in/../../x.jpg"}
    assert {"good.jpg", "tab\there.jpg"} <= rows.keys()
    assert len(rows) == 6
    assert {path.name for path in (tmp_path / "deep").iterdir()} == {"workspace"}


def test_a_listing_of_several_pages(s3: S3, tmp_path: Path, make_image: MakeImage) -> None:
    image = make_image(1, 8, 8)
    for number in range(2 * PAGE + 10):
        s3.put(f"pages/{number}.jpg", image)
    workspace = _workspace(tmp_path / "workspace")
    collect(_folder("s3://bucket/pages"), workspace)
    assert len(workspace.images()) == 2 * PAGE + 10


def test_credentials_are_recorded_nowhere(
    s3: S3, tmp_path: Path, pictures: Path, run_command: Runner
) -> None:
    address = s3.put_folder(pictures, "private-place")
    words = ("--domain", "human", "--workspace", "workspace")
    refused = run_command("f2a-data", "folder", address.replace("//", f"//testing:{SECRET}@"), *words)
    assert refused.returncode == ExitCode.USAGE
    assert "credentials" in refused.stderr
    done = run_command("f2a-data", "folder", address, *words)
    assert done.returncode == 0, done.stderr
    assert run_command("f2a-data", "report", "--workspace", "workspace").returncode == 0
    said = refused.stderr + refused.stdout + done.stderr + done.stdout
    written = b"".join(path.read_bytes() for path in (tmp_path / "workspace").rglob("*") if path.is_file())
    for text in (said.encode(), written):
        assert SECRET.encode() not in text
    assert b"s3://" not in written


@pytest.mark.usefixtures("s3")
def test_a_server_that_cannot_be_reached_ends_the_command(run_command: Runner) -> None:
    done = run_command(
        *("f2a-data", "folder", "s3://bucket/x", "--domain", "human"), AWS_ENDPOINT_URL="http://127.0.0.1:9"
    )
    assert done.returncode == ExitCode.REMOTE
    assert "s3://bucket/x" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_nothing_to_link(s3: S3, pictures: Path) -> None:
    address = s3.put_folder(pictures, "link")
    with pytest.raises(FatalError, match="--link"):
        _folder(address, link=True)


def _folder(place: str, **options: object) -> Folder:
    return build(Folder, {"path": place, "domain": "human", "source": "set"} | options, "folder")


def _workspace(root: Path) -> Workspace:
    root.mkdir(parents=True)
    workspace = Workspace(root)
    workspace.create()
    return workspace


def _tables(workspace: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(workspace.manifests.glob("*.csv"))}


def _files(workspace: Workspace) -> dict[str, bytes]:
    paths = (workspace.root / "images").rglob("*.jpg")
    return {path.relative_to(workspace.root).as_posix(): path.read_bytes() for path in paths}


def _bodies(s3: S3) -> list[str]:
    """The images that were fetched; the heads of files without an image's suffix are looked at each time."""
    return [key for key in s3.fetched() if key.endswith(".jpg")]


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    about = tarfile.TarInfo(name)
    about.size = len(data)
    archive.addfile(about, io.BytesIO(data))

"""Archives as sources, made to harm or merely broken."""

import io
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from f2a_data.sources.folder import Folder
from f2a_manifests import Domain, FatalError, Record, Status, Workspace

MakeImage = Callable[..., bytes]

LINK = 0o120777 << 16


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "set.zip"


@pytest.fixture
def pack(archive: Path, make_image: MakeImage) -> Callable[..., Path]:
    """``pack("a.jpg", ...)`` makes an archive with an image under each name."""

    def pack(*names: str, method: int = zipfile.ZIP_DEFLATED) -> Path:
        with zipfile.ZipFile(archive, "w", method) as file:
            for seed, name in enumerate(names):
                file.writestr(name, make_image(seed))
        return archive

    return pack


def collect(archive: Path, workspace: Workspace) -> dict[str, Record]:
    units = Folder(archive, Domain.HUMAN).collect(workspace)
    return {unit.image.source_id: unit.image for unit in units}


def patch(archive: Path, name: str, offset: int, value: bytes) -> None:
    """Overwrite bytes of a member's entry in the archive's directory, as a liar would."""
    data = bytearray(archive.read_bytes())
    start = data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
    data[start + offset : start + offset + len(value)] = value
    archive.write_bytes(data)


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_members_are_rows_in_the_order_of_their_data(pack: Callable[..., Path], workspace: Workspace) -> None:
    rows = collect(pack("b/2.jpg", "a.jpg", "b/1.JPG", "read me.txt.png"), workspace)
    assert list(rows) == ["b/2.jpg", "a.jpg", "b/1.JPG", "read me.txt.png"]
    assert all(row.kept and row.source == "set" for row in rows.values())
    assert len({row.id for row in rows.values()}) == 4


@pytest.mark.parametrize(
    "name", ["../up.jpg", "a/../../up.jpg", "/abs.jpg", "..\\up.jpg", "C:\\up.jpg", "C:/up.jpg", "../passwd"]
)
def test_a_name_that_leads_out_is_an_error_and_writes_nothing(
    pack: Callable[..., Path], tmp_path: Path, workspace: Workspace, name: str
) -> None:
    before = files_below(tmp_path)
    rows = collect(pack("fine.jpg", name), workspace)
    assert rows["fine.jpg"].kept
    assert rows[name].status is Status.ERROR
    assert "leads out of the archive" in rows[name].why
    assert files_below(tmp_path) - before == {"set.zip", "workspace/" + rows["fine.jpg"].path}


def test_links_are_errors(archive: Path, workspace: Workspace) -> None:
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = LINK
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(link, "/etc/passwd")
    assert collect(archive, workspace)["link.jpg"].detail == "a link, not a file"


def test_encrypted_members_are_errors(pack: Callable[..., Path], workspace: Workspace) -> None:
    archive = pack("open.jpg", "locked.jpg")
    patch(archive, "locked.jpg", 8, struct.pack("<H", 1))
    rows = collect(archive, workspace)
    assert rows["open.jpg"].kept
    assert rows["locked.jpg"].detail == "encrypted"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_cannot_be_bounded_are_errors(
    pack: Callable[..., Path], workspace: Workspace, method: int
) -> None:
    assert "pack it with deflate" in collect(pack("a.jpg", method=method), workspace)["a.jpg"].why


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_damaged_member_is_an_error(pack: Callable[..., Path], workspace: Workspace, method: int) -> None:
    archive = pack("first.jpg", "second.jpg", method=method)
    data = bytearray(archive.read_bytes())
    data[len(b"PK") + 28 + len("first.jpg") + 300] ^= 0xFF
    archive.write_bytes(data)
    rows = collect(archive, workspace)
    assert "damaged in the archive" in rows["first.jpg"].why
    assert rows["second.jpg"].kept


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_offset_that_leads_elsewhere_is_an_error(
    pack: Callable[..., Path], workspace: Workspace, method: int
) -> None:
    archive = pack("first.jpg", "second.jpg", "third.jpg", method=method)
    patch(archive, "first.jpg", 42, struct.pack("<I", 10))
    patch(archive, "second.jpg", 42, struct.pack("<I", 2**31))
    rows = collect(archive, workspace)
    assert {name: row.kept for name, row in rows.items()} == {
        "first.jpg": False, "second.jpg": False, "third.jpg": True,
    }  # fmt: skip
    assert "damaged in the archive" in rows["first.jpg"].why


def test_many_names_for_one_member_are_errors(pack: Callable[..., Path], workspace: Workspace) -> None:
    archive = pack("first.jpg", "second.jpg")
    patch(archive, "second.jpg", 42, struct.pack("<I", 0))
    rows = collect(archive, workspace)
    assert {name: row.kept for name, row in rows.items()} == {"first.jpg": True, "second.jpg": False}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_found_behind_extra_data_and_other_bytes(
    archive: Path, workspace: Workspace, make_image: MakeImage, method: int
) -> None:
    images = {"a.jpg": make_image(1), "b.png": make_image(2, kind="PNG")}
    with zipfile.ZipFile(archive, "w", method) as file:
        for name, image in images.items():
            info = zipfile.ZipInfo(name)
            info.compress_type, info.extra = method, struct.pack("<HH4s", 0xCAFE, 4, b"more")
            file.writestr(info, image)
    archive.write_bytes(b"#!/bin/sh\n" + archive.read_bytes())
    rows = collect(archive, workspace)
    assert {name: workspace.file(row).read_bytes() for name, row in rows.items()} == images


def test_a_bomb_that_declares_little_expands_no_further(archive: Path, workspace: Workspace) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("bomb.jpg", b"\xff\xd8\xff" + bytes(50_000_000))
    patch(archive, "bomb.jpg", 24, struct.pack("<I", 1000))
    assert "damaged in the archive" in collect(archive, workspace)["bomb.jpg"].why


def test_a_bomb_that_declares_much_is_not_expanded(pack: Callable[..., Path], workspace: Workspace) -> None:
    archive = pack("bomb.jpg")
    patch(archive, "bomb.jpg", 24, struct.pack("<I", 2**32 - 2))
    assert collect(archive, workspace)["bomb.jpg"].detail == "more than 256 MiB"


def test_other_files_are_counted_and_the_junk_of_a_mac_is_not(
    archive: Path, workspace: Workspace, make_image: MakeImage, caplog: pytest.LogCaptureFixture
) -> None:
    with zipfile.ZipFile(archive, "w") as file:
        file.mkdir("pictures")
        file.writestr("pictures/1.jpg", make_image(1))
        file.writestr("pictures/unnamed", make_image(2))
        file.writestr("readme.txt", "read me")
        file.writestr("__MACOSX/pictures/._1.jpg", "resource fork")
    assert set(collect(archive, workspace)) == {"pictures/1.jpg", "pictures/unnamed"}
    assert "skipped 1 files that are not images" in caplog.text


def test_a_repeated_name_counts_once(
    archive: Path, workspace: Workspace, make_image: MakeImage, caplog: pytest.LogCaptureFixture
) -> None:
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("1.jpg", make_image(1))
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("1.jpg", make_image(2))
    row = collect(archive, workspace)["1.jpg"]
    assert workspace.file(row).read_bytes() == make_image(2)
    assert "1 members have the same name" in caplog.text


def test_what_is_no_archive_stops_with_one_line(archive: Path, workspace: Workspace) -> None:
    archive.write_bytes(b"<html>quota exceeded</html>")
    with pytest.raises(FatalError, match=r"set\.zip is not an intact zip archive .* download it again"):
        collect(archive, workspace)


def test_half_a_download_stops_with_one_line(pack: Callable[..., Path], workspace: Workspace) -> None:
    archive = pack("1.jpg", "2.jpg")
    archive.write_bytes(archive.read_bytes()[:-60])
    with pytest.raises(FatalError, match="download it again"):
        collect(archive, workspace)


@pytest.mark.parametrize("name", ["Re:Zero/rem.png", "12:30.png", "a: b.png"])
def test_a_colon_is_a_letter_like_any_other(
    pack: Callable[..., Path], workspace: Workspace, name: str
) -> None:
    assert collect(pack(name), workspace)[name].kept


@pytest.mark.parametrize("name", [".", "", "./", "a/.."])
def test_a_member_without_a_name_is_an_error_row_or_none(
    archive: Path, workspace: Workspace, make_image: MakeImage, name: str
) -> None:
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("fine.jpg", make_image(0))
        file.writestr(zipfile.ZipInfo(name), make_image(1))
    rows = collect(archive, workspace)
    assert rows.pop("fine.jpg").kept
    assert not any(row.kept for row in rows.values())


@pytest.fixture
def tar(tmp_path: Path, make_image: MakeImage) -> Path:
    path = tmp_path / "set.tar"
    with tarfile.open(path, "w") as file:
        for seed, name in enumerate(["b/1.jpg", "a.png", "../up.jpg", "/etc/root.jpg"]):
            data = make_image(seed)
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        file.addfile(link)
    return path


def test_a_tar_is_read_like_a_zip(tar: Path, workspace: Workspace) -> None:
    rows = collect(tar, workspace)
    assert [name for name, row in rows.items() if row.kept] == ["b/1.jpg", "a.png"]
    assert {row.source for row in rows.values()} == {"set"}
    assert rows["link.jpg"].detail == "a link, not a file"
    assert "leads out" in rows["../up.jpg"].why
    assert "leads out" in rows["/etc/root.jpg"].why


@pytest.mark.parametrize("length", [700, 3000])
def test_half_a_tar_stops_with_one_line(tar: Path, workspace: Workspace, length: int) -> None:
    tar.write_bytes(tar.read_bytes()[:length])
    with pytest.raises(FatalError, match=r"set\.tar is not an intact tar archive .* download it again"):
        collect(tar, workspace)


def test_a_single_image_is_a_source_too(tmp_path: Path, workspace: Workspace, make_image: MakeImage) -> None:
    (tmp_path / "portrait.jpg").write_bytes(make_image(0))
    (tmp_path / "other.jpg").write_bytes(make_image(1))
    [(name, row)] = collect(tmp_path / "portrait.jpg", workspace).items()
    assert (name, row.kept, row.source) == ("portrait.jpg", True, "portrait-jpg")


@pytest.mark.parametrize(
    ("magic", "name"),
    [
        (b"\x1f\x8b\x08", "gzip"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"BZh9", "bzip2"),
    ],
)
def test_other_archives_are_refused_by_their_right_name(
    archive: Path, workspace: Workspace, magic: bytes, name: str
) -> None:
    archive.write_bytes(magic + bytes(100))
    with pytest.raises(FatalError, match=f"is a {name} archive, which is not supported: unpack it"):
        collect(archive, workspace)

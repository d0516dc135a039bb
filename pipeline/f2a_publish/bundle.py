"""The published set as a folder or a zip archive: writing it, and reading one that is not trusted."""

import hashlib
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from f2a_manifests import (
    Domain,
    ExitCode,
    FatalError,
    ManifestError,
    Workspace,
    atomic_file,
    sha256_file,
    write_text,
)

SUMS = "SHA256SUMS"
_ABOUT = "dataset.toml"
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9_./-]{1,100})")
_MEMBER = re.compile(r"(manifests/)?[A-Za-z0-9_-]{1,50}(\.[a-z0-9]{1,8})?")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others expand without a memory limit
_DAMAGED = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error)
_LARGEST = 4 * 2**30  # bytes of all files together, unpacked
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # a zip of the same files is the same bytes


@contextmanager
def new_bundle(out: Path) -> Iterator[Path]:
    """A folder to fill; at the end it becomes ``out``, a folder or, by its suffix, a zip archive.

    Raises:
        FatalError: there is something else under that name.
    """
    _check_place(out)
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed
    partial.mkdir(parents=True)
    try:
        yield partial
        write_text(partial / SUMS, sums_text({name: sha256_file(partial / name) for name in _names(partial)}))
        _pack(partial, out) if out.suffix == ".zip" else _replace(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def sums_text(sums: Mapping[str, str]) -> str:
    """The lines of `SUMS`, as ``sha256sum`` writes them."""
    return "".join(f"{digest}  {name}\n" for name, digest in sums.items())


@contextmanager
def opened(published: Path) -> Iterator[Path]:
    """The folder of a published set, with an archive unpacked to a temporary one.

    Raises:
        ManifestError: it is not one, or a file does not have its checksum.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = published
        if published.is_file():
            folder = Path(temporary)
            _unpack(published, folder)
        check(folder, published)
        yield folder


def check(folder: Path, called: Path) -> None:
    """Compare all files with their checksums; see `opened` for errors."""
    try:
        lines = (folder / SUMS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ManifestError(f"{called} is not a published set: it has no {SUMS}") from None
    named = [_LINE.fullmatch(line) for line in lines]
    for line, match in zip(lines, named, strict=True):
        if not match or ".." in match[2].split("/") or match[2].startswith("/"):
            raise ManifestError(f"{called}: {SUMS}: {line[:80]!r} is not a checksum and a file's name")
        if not (folder / match[2]).is_file() or sha256_file(folder / match[2]) != match[1]:
            raise ManifestError(f"{called}: {match[2]} is missing or damaged; get the published set again")
    if missing := {_ABOUT, "crops.csv", "manifests/images.csv"} - {match[2] for match in named if match}:
        raise ManifestError(f"{called}: {SUMS} does not name {min(missing)}")


def fingerprint(folder: Path) -> str:
    """A hash of everything in a published set, 64 hex digits."""
    return hashlib.sha256((folder / SUMS).read_bytes()).hexdigest()


def _check_place(out: Path) -> None:
    empty = out.is_dir() and not any(out.iterdir())
    if out.exists() and not empty and not {_ABOUT, SUMS} <= _there(out):
        raise FatalError(f"{out} is something else; choose another name", ExitCode.USAGE)


def _there(out: Path) -> set[str]:
    """The names of what is in a folder or archive; none for anything else."""
    if out.is_dir():
        return {path.name for path in out.iterdir()}
    if not zipfile.is_zipfile(out):
        return set()
    with zipfile.ZipFile(out) as archive:
        return set(archive.namelist())


def _names(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in files)


def _replace(partial: Path, out: Path) -> None:
    """Replace the files of an earlier set; a kill in between shows in the checksums, which come last."""
    names = _names(partial)
    for name in [*(name for name in names if name != SUMS), SUMS]:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (partial / name).replace(out / name)
    for path in map(Workspace(out).faces_csv, Domain):
        if path.relative_to(out).as_posix() not in names:
            path.unlink(missing_ok=True)


def _pack(partial: Path, out: Path) -> None:
    with atomic_file(out) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in _names(partial):
            member = zipfile.ZipInfo(name, _LONG_AGO)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(member, (partial / name).read_bytes())


def _unpack(published: Path, folder: Path) -> None:
    """Unpack the files of a published set, and nothing else."""
    try:
        with zipfile.ZipFile(published) as archive:
            members = [member for member in archive.infolist() if _is_ours(member)]
            if sum(member.file_size for member in members) > _LARGEST:
                raise ManifestError(f"{published} is too large when unpacked")
            (folder / "manifests").mkdir()
            for member in members:
                _copy(archive, member, folder / member.filename)
    except OSError as error:
        raise ManifestError(f"cannot unpack {published} to {folder}: {error.strerror or error}") from None
    except _DAMAGED as error:
        raise ManifestError(f"{published} is not a published set: {error}") from None


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    with archive.open(member) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)  # zipfile reads no more than the member's declared size


def _is_ours(member: zipfile.ZipInfo) -> bool:
    return member.compress_type in _METHODS and bool(_MEMBER.fullmatch(member.filename))

"""CelebA and SCUT-FBP5500: published from one copy, rebuilt from another."""

import random
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from rebuilding import Rebuild

from commands import Runner
from f2a_manifests import Domain, ExitCode, Reason, Record, Workspace

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def photo(path: Path, seed: int, size: tuple[int, int] = (178, 218)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    small = Image.frombytes("RGB", (12, 12), random.Random(seed).randbytes(12 * 12 * 3))
    small.resize(size).save(path)


@pytest.fixture
def celeba(tmp_path: Path) -> Path:
    """The official layout with the folder."""
    root = tmp_path / "CelebA"
    for number in range(1, 13):
        photo(root / "Img" / "img_align_celeba" / f"{number:06d}.jpg", number)
    people = "".join(f"{number:06d}.jpg {number // 2}\n" for number in range(1, 13))
    (root / "Anno").mkdir()
    (root / "Anno" / "identity_CelebA.txt").write_text(people)
    return root


@pytest.fixture
def fbp5500(tmp_path: Path) -> Path:
    root = tmp_path / "SCUT"
    for number in range(4):
        photo(root / "Images" / f"CF{number}.jpg", 100 + number, (350, 350))
    return root


def zipped(root: Path, target: Path) -> Path:
    """The same images in another layout: an archive in reverse order, without annotations."""
    (target / "Img").mkdir(parents=True)
    with zipfile.ZipFile(target / "Img" / "img_align_celeba.zip", "w") as archive:
        for path in sorted((root / "Img" / "img_align_celeba").iterdir(), reverse=True):
            archive.write(path, f"img_align_celeba/{path.name}")
    return target


def run_all(run_command: Runner, *commands: tuple[object, ...]) -> None:
    for words in commands:
        done = run_command("f2a-data", *words)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"


def rows(workspace: Workspace) -> list[Record]:
    """Without the details, some of which are not published."""
    return [replace(row, detail="") for row in (*workspace.images(), *workspace.faces(Domain.HUMAN))]


def test_from_the_folder_to_the_archive(
    celeba: Path, fbp5500: Path, tmp_path: Path, run_command: Runner, rebuilt: Rebuild
) -> None:
    run_all(
        run_command,
        ("celeba", "--root", celeba, "--count", 8), ("fbp5500", "--root", fbp5500),
        ("crop",), ("dedup",), ("split", "--val", 0.2, "--test", 0.2), ("publish", "set.zip"),
    )  # fmt: skip
    copy = zipped(celeba, tmp_path / "copy")
    shutil.rmtree(celeba)
    workspace = Workspace(tmp_path / "rebuilt")
    report = rebuilt(tmp_path / "set.zip", workspace, celeba=copy, fbp5500=fbp5500)
    assert (report.code, report.same) == (ExitCode.OK, 12)
    assert rows(workspace) == rows(Workspace(tmp_path / "workspace"))
    assert len(list((workspace.root / "images" / "celeba").iterdir())) == 8, (
        "only the named images are copied"
    )


def test_images_that_are_missing_or_others(
    celeba: Path, tmp_path: Path, run_command: Runner, rebuilt: Rebuild
) -> None:
    run_all(run_command, ("celeba", "--root", celeba), ("crop",), ("publish", "set"))
    images = celeba / "Img" / "img_align_celeba"
    (images / "000001.jpg").unlink()
    photo(images / "000002.jpg", 2000)
    (images / "000003.jpg").write_bytes(b"")
    workspace = Workspace(tmp_path / "rebuilt")
    report = rebuilt(tmp_path / "set", workspace, celeba=celeba)
    assert (report.code, report.same) == (ExitCode.ROW_ERRORS, 9)
    failed = {row.source_id: row.reason for row in workspace.images() if not row.kept}
    assert failed.pop("000003.jpg") in (Reason.FILE_EMPTY, Reason.BROKEN_IMAGE)
    assert failed == {"000001.jpg": Reason.GONE, "000002.jpg": Reason.FILE_REPLACED}


def test_a_source_may_be_given_later(
    celeba: Path, tmp_path: Path, run_command: Runner, rebuilt: Rebuild
) -> None:
    run_all(run_command, ("celeba", "--root", celeba), ("crop",), ("publish", "set"))
    workspace = Workspace(tmp_path / "rebuilt")
    assert rebuilt(tmp_path / "set", workspace).missed.keys() == {Reason.NOT_GIVEN}
    assert rebuilt(tmp_path / "set", workspace, celeba=celeba).code is ExitCode.OK
    assert rows(workspace) == rows(Workspace(tmp_path / "workspace"))


@pytest.mark.real_data
@pytest.mark.timeout(600)
def test_real_images(tmp_path: Path, run_command: Runner, rebuilt: Rebuild) -> None:
    real = DATA / "celeba"
    if not real.is_dir():
        pytest.skip("REAL DATA IS MISSING: ../shared/data/celeba")
    run_all(
        run_command,
        ("celeba", "--root", real, "--count", 400), ("crop",), ("dedup",), ("split",), ("publish", "set"),
    )  # fmt: skip
    copy = tmp_path / "unpacked" / "img_align_celeba"
    with zipfile.ZipFile(real / "Img" / "img_align_celeba.zip") as archive:
        copy.mkdir(parents=True)
        for name in archive.namelist():
            if name.endswith(".jpg"):
                (copy / Path(name).name).write_bytes(archive.read(name))
    workspace = Workspace(tmp_path / "rebuilt")
    report = rebuilt(tmp_path / "set", workspace, celeba=copy.parent)
    assert (report.code, report.same) == (ExitCode.OK, 400)
    assert rows(workspace) == rows(Workspace(tmp_path / "workspace"))

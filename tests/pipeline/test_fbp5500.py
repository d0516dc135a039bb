"""The source ``fbp5500``: its layouts, both naming schemes, and the official folds."""

from collections.abc import Callable
from pathlib import Path

import pytest

from f2a_data.sources.fbp5500 import Fbp5500, official_stem
from f2a_manifests import BoxFrom, ExitCode, FatalError, Status, Unit, Workspace

MakeImage = Callable[..., bytes]

DATA = Path(__file__).parents[2].parent / "shared" / "data"
OLD = {"CF": "ftw", "AF": "fty", "CM": "mtw", "AM": "mty"}
PRESENT = ("CF1", "AF2", "CM3", "AM4", "AF5")  # tested by fold 1 to 5
MISSING = ("AM6",)


def old_name(stem: str) -> str:
    return OLD[stem[:2]] + stem[2:]


def write_lists(labels: Path, folds: Path, naming: Callable[[str], str]) -> None:
    """The label and fold files as they are released."""
    names = [*PRESENT, *MISSING]
    labels.mkdir(parents=True, exist_ok=True)
    (labels / "All_labels.txt").write_text("".join(f"{stem}.jpg 2.883333\n" for stem in names))
    for fold in range(1, 6):
        folder = folds / f"cross_validation_{fold}"
        folder.mkdir(parents=True)
        for part, member in (("train", False), ("test", True)):
            lines = (f"{naming(s)}.jpg 3.1\n" for i, s in enumerate(names) if (i % 5 + 1 == fold) is member)
            (folder / f"{part}_{fold}.txt").write_text("".join(lines))


@pytest.fixture
def images(tmp_path: Path, make_image: MakeImage) -> Path:
    """A root with images only."""
    folder = tmp_path / "SCUT-FBP5500_v2" / "Images"
    folder.mkdir(parents=True)
    for seed, stem in enumerate(PRESENT):
        (folder / f"{stem}.jpg").write_bytes(make_image(seed, 350, 350))
    return folder.parent


def collect(root: Path, workspace: Workspace) -> dict[str, Unit]:
    return {unit.image.source_id: unit for unit in Fbp5500(root).collect(workspace)}


@pytest.mark.parametrize("naming", [str, old_name])
@pytest.mark.parametrize("nesting", ["", "train_test_files"])
def test_each_image_has_its_face_and_the_fold_that_tests_it(
    images: Path, workspace: Workspace, naming: Callable[[str], str], nesting: str
) -> None:
    folds = "5_folders_cross_validations_files" if nesting else ""
    write_lists(images / nesting, images / nesting / folds, naming)
    units = collect(images, workspace)
    assert {name: unit.image.source_split for name, unit in units.items()} == {
        f"{stem}.jpg": str(fold) for fold, stem in enumerate(PRESENT, start=1)
    }
    image, (face,) = units["CM3.jpg"].image, units["CM3.jpg"].faces
    assert (image.id, face.id) == ("fbp5500-CM3", "fbp5500-CM3-76-126-199-186")
    assert (face.parent, face.box_from, face.detector) == ("fbp5500-CM3", BoxFrom.GIVEN, "fbp5500")
    assert face.source_split == "3"
    assert image.group == face.group == "fbp5500-CM3"
    assert image.domain == face.domain == "human"


def test_images_under_their_old_names_get_the_same_ids(images: Path, workspace: Workspace) -> None:
    write_lists(images, images, str)
    before = collect(images, workspace)
    for stem in PRESENT:
        (images / "Images" / f"{stem}.jpg").rename(images / "Images" / f"{old_name(stem)}.jpg")
    assert collect(images, workspace) == before


def test_the_60_40_split_is_not_taken_for_a_fold(images: Path, workspace: Workspace) -> None:
    split = images / "train_test_files" / "split_of_60%training and 40%testing"
    split.mkdir(parents=True)
    (split / "test.txt").write_text("CF1.jpg 2.8\n")
    assert collect(images, workspace)["CF1.jpg"].image.source_split == ""


def test_it_says_what_is_missing(
    images: Path, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(collect(images, workspace)) == len(PRESENT)
    assert "the official folds are not known" in caplog.text
    write_lists(images, images, str)
    (images / "Images" / "readme.txt").write_text("hello")
    collect(images, workspace)
    assert "1 of 6 listed images are missing" in caplog.text
    assert "skipped 1 files that are not SCUT-FBP5500 images" in caplog.text


def test_an_image_tested_by_two_folds_is_refused(images: Path, workspace: Workspace) -> None:
    write_lists(images, images, str)
    with (images / "cross_validation_4" / "test_4.txt").open("a") as file:
        file.write("ftw1.jpg 2.8\n")
    with pytest.raises(FatalError, match=r"test_4\.txt: CF1 is also tested by fold 1"):
        collect(images, workspace)


def test_broken_images_and_other_shapes_are_errors(
    images: Path, workspace: Workspace, make_image: MakeImage
) -> None:
    (images / "Images" / "CF1.jpg").write_bytes(b"<html>")
    (images / "Images" / "AF2.jpg").write_bytes(make_image(1, 350, 250))
    (images / "Images" / "CM3.jpg").write_bytes(make_image(2, 700, 700))
    units = collect(images, workspace)
    for name in ("CF1.jpg", "AF2.jpg"):
        image = units[name].image
        assert (image.status, image.stage, units[name].faces) == (Status.ERROR, "fbp5500", [])
    assert units["AF2.jpg"].image.why == (
        "not aligned as the official images are: 350x250 pixels for 350x350"
    )
    assert units["CM3.jpg"].faces[0].box == (152, 252, 398, 372)


@pytest.mark.parametrize(
    ("stem", "official"),
    [
        ("ftw437", "CF437"),
        ("fty1", "AF1"),
        ("mtw9", "CM9"),
        ("mty2000", "AM2000"),
        ("AM7", "AM7"),
        ("XX1", ""),
    ],
)
def test_old_names_have_official_ones(stem: str, official: str) -> None:
    assert official_stem(stem) == official


def test_a_folder_without_images_is_a_usage_error(tmp_path: Path, workspace: Workspace) -> None:
    with pytest.raises(FatalError, match="holds no folder Images") as caught:
        collect(tmp_path, workspace)
    assert caught.value.code is ExitCode.USAGE


@pytest.mark.real_data
def test_the_real_folds_agree_with_the_real_labels(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    root = DATA / "fbp5500"
    if not root.is_dir():
        pytest.skip("../shared/data/fbp5500 is missing")
    units = collect(root, workspace)
    assert len(units) == 8
    assert all(unit.image.kept and unit.image.source_split in "12345" for unit in units.values())
    assert "5492 of 5500 listed images are missing" in caplog.text
    scores = dict(line.split() for line in (root / "All_labels.txt").read_text().splitlines())
    for line in (root / "cross_validation_1" / "test_1.txt").read_text().splitlines():
        name, score = line.split()
        assert float(scores[official_stem(name.removesuffix(".jpg")) + ".jpg"]) == float(score)

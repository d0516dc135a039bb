"""The source ``celeba``: its layouts, its annotations, and where it says the faces are."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from f2a_data.sources.celeba import CelebA
from f2a_manifests import BoxFrom, ExitCode, FatalError, Status, Unit, Workspace
from f2a_manifests.options import build

MakeImage = Callable[..., bytes]

DATA = Path(__file__).parents[2].parent / "shared" / "data"
MEAN_FACE = (69, 111, 108, 111, 88, 135, 72, 152, 105, 152)
COUNT = 12  # images present
NAMED = 20  # images in the annotations


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_images(folder: Path, make_image: MakeImage, numbers: Sequence[int]) -> None:
    folder.mkdir(parents=True)
    for number in numbers:
        (folder / f"{number:06d}.jpg").write_bytes(make_image(number))


def write_official(root: Path) -> None:
    names = [f"{number:06d}.jpg" for number in range(1, NAMED + 1)]
    write(root / "Anno/identity_CelebA.txt", "".join(f"{n} {2880 + i // 3}\n" for i, n in enumerate(names)))
    write(root / "Eval/list_eval_partition.txt", "".join(f"{n} {i % 3}\n" for i, n in enumerate(names)))


@pytest.fixture
def official(tmp_path: Path, make_image: MakeImage) -> Path:
    """The official layout, unpacked."""
    root = tmp_path / "CelebA"
    write_images(root / "Img/img_align_celeba", make_image, range(1, COUNT + 1))
    write_official(root)
    return root


@pytest.fixture
def zipped(tmp_path: Path, make_image: MakeImage) -> Path:
    """The official layout with its archive, members in reverse."""
    root = tmp_path / "zipped"
    (root / "Img").mkdir(parents=True)
    with zipfile.ZipFile(root / "Img/img_align_celeba.zip", "w") as archive:
        archive.mkdir("img_align_celeba")
        for number in range(COUNT, 0, -1):
            archive.writestr(f"img_align_celeba/{number:06d}.jpg", make_image(number))
    write_official(root)
    return root


@pytest.fixture
def csv(tmp_path: Path, make_image: MakeImage) -> Path:
    """The flat layout with CSV files, which has no identities."""
    root = tmp_path / "csv"
    write_images(root / "img_align_celeba/img_align_celeba", make_image, range(1, COUNT + 1))
    names = [f"{number:06d}.jpg" for number in range(1, NAMED + 1)]
    rows = "".join(f"{n},{i % 3}\n" for i, n in enumerate(names))
    write(root / "list_eval_partition.csv", "image_id,partition\n" + rows)
    header = "image_id,lefteye_x,lefteye_y,righteye_x,righteye_y,nose_x,nose_y,leftmouth_x,leftmouth_y,"
    points = ",".join(map(str, MEAN_FACE))
    rows = "".join(f"{n},{points}\n" for n in names)
    write(root / "list_landmarks_align_celeba.csv", f"{header}rightmouth_x,rightmouth_y\n{rows}")
    return root


def collect(root: Path, workspace: Workspace, **options: int) -> dict[str, Unit]:
    return {unit.image.source_id: unit for unit in CelebA(root, **options).collect(workspace)}


def write_landmarks(root: Path, points: Sequence[int], numbers: Sequence[int] = range(1, NAMED + 1)) -> None:
    rows = "".join(f"{n:06d}.jpg  {' '.join(f'{p:3d}' for p in points)}\n" for n in numbers)
    write(
        root / "Anno/list_landmarks_align_celeba.txt",
        f"{len(numbers)}\nlefteye_x lefteye_y righteye_x righteye_y nose_x nose_y leftmouth_x ...\n{rows}",
    )


def test_each_image_has_its_person_its_split_and_its_face(official: Path, workspace: Workspace) -> None:
    units = collect(official, workspace)
    assert len(units) == COUNT
    unit = units["000005.jpg"]
    (face,) = unit.faces
    assert (unit.image.id, face.id) == ("celeba-000005", "celeba-000005-41-97-97-91")
    assert (face.parent, face.detector, face.landmarks) == ("celeba-000005", "celeba-aligned", ())
    assert face.box_from is BoxFrom.GIVEN
    for row in (unit.image, face):
        assert (row.domain, row.source, row.source_id) == ("human", "celeba", "000005.jpg")
        assert (row.group, row.source_split) == ("celeba-id-2881", "val")
    assert (unit.image.width, unit.image.height) == (178, 218)
    workspace.publish(list(units.values()))
    assert workspace.load() == list(units.values())


def test_archive_and_folder_give_the_same_rows(official: Path, zipped: Path, workspace: Workspace) -> None:
    assert collect(official, workspace, count=7, seed=3) == collect(zipped, workspace, count=7, seed=3)


def test_the_archive_is_read_in_the_order_of_its_data(zipped: Path, workspace: Workspace) -> None:
    names = list(collect(zipped, workspace))
    assert names == sorted(names, reverse=True)


def test_csv_files_say_the_same_as_text_files(official: Path, csv: Path, workspace: Workspace) -> None:
    ours, theirs = collect(csv, workspace), collect(official, workspace)
    assert ours.keys() == theirs.keys()
    splits = {name: unit.image.source_split for name, unit in ours.items()}
    assert splits == {name: unit.image.source_split for name, unit in theirs.items()}
    write_landmarks(official, MEAN_FACE)
    assert [unit.faces[0].landmarks for unit in ours.values()] == [
        unit.faces[0].landmarks for unit in collect(official, workspace).values()
    ]


def test_without_identities_it_says_what_cannot_be_promised(
    csv: Path, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    units = collect(csv, workspace)
    assert "no identity_CelebA" in caplog.text
    assert "cannot keep a person's images on one side" in caplog.text
    assert all(unit.image.group == unit.image.id == unit.faces[0].group for unit in units.values())


def test_the_sample_depends_on_the_seed_alone_and_grows_with_the_count(
    official: Path, workspace: Workspace
) -> None:
    few, more = (set(collect(official, workspace, count=count)) for count in (4, 8))
    assert len(few) == 4
    assert few < more
    assert few == set(collect(official, workspace, count=4))
    others = {frozenset(collect(official, workspace, count=4, seed=seed)) for seed in range(1, 6)}
    assert len(others | {frozenset(few)}) > 1


def test_it_says_what_is_missing_and_takes_what_there_is(
    official: Path, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(collect(official, workspace, count=40_000)) == COUNT
    assert f"{NAMED - COUNT} of {NAMED} annotated images are missing" in caplog.text
    assert f"40000 images asked for, {COUNT} present: taking all" in caplog.text


def test_in_the_wild_boxes_are_ignored_and_it_says_so(
    official: Path, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    before = collect(official, workspace)
    assert "list_bbox_celeba" not in caplog.text
    write(
        official / "Anno/list_bbox_celeba.txt", "1\nimage_id x_1 y_1 width height\n000001.jpg 95 71 226 313\n"
    )
    assert collect(official, workspace) == before
    assert caplog.text.count("list_bbox_celeba is ignored") == 1


def test_average_landmarks_give_the_fixed_box(official: Path, workspace: Workspace) -> None:
    write_landmarks(official, MEAN_FACE, [1, 2])
    units = collect(official, workspace)
    face, fixed = units["000001.jpg"].faces[0], units["000003.jpg"].faces[0]
    assert face.landmarks == (
        ("left_eye", 69, 111),
        ("right_eye", 108, 111),
        ("nose", 88, 135),
        ("left_mouth", 72, 152),
        ("right_mouth", 105, 152),
    )
    assert fixed.landmarks == ()
    assert all(abs(one - other) <= 3 for one, other in zip(face.box, fixed.box, strict=True))


def test_a_small_low_face_gets_a_small_low_box(official: Path, workspace: Workspace) -> None:
    write_landmarks(official, (80, 150, 110, 150, 95, 165, 82, 180, 108, 180))
    x, y, w, h = collect(official, workspace)["000001.jpg"].faces[0].box
    assert h < w < 90
    assert y > 100
    assert x <= 80
    assert x + w >= 110
    assert y + h <= 218


@pytest.mark.parametrize("points", [(0,) * 10, (5, 5, 900, 5, 9, 9, 5, 900, 900, 900), (-99999999,) * 10])
def test_impossible_landmarks_give_the_fixed_box(
    official: Path, workspace: Workspace, points: Sequence[int]
) -> None:
    write_landmarks(official, points)
    assert collect(official, workspace)["000001.jpg"].faces[0].box == (41, 97, 97, 91)


@pytest.mark.parametrize(("size", "box"), [((356, 436), (82, 194, 194, 182)), ((89, 109), (20, 48, 48, 46))])
def test_aligned_images_of_other_sizes_are_scaled(
    official: Path, workspace: Workspace, make_image: MakeImage, size: tuple[int, int], box: tuple[int, ...]
) -> None:
    image = official / "Img/img_align_celeba/000001.jpg"
    image.write_bytes(make_image(1, *size))
    assert collect(official, workspace)["000001.jpg"].faces[0].box == box
    write_landmarks(official, MEAN_FACE)
    face = collect(official, workspace)["000001.jpg"].faces[0]
    assert face.landmarks[0] == ("left_eye", round(69 * size[0] / 178), round(111 * size[0] / 178))
    assert all(abs(one - other) <= 6 for one, other in zip(face.box, box, strict=True))


def test_images_of_another_shape_are_errors(
    official: Path, workspace: Workspace, make_image: MakeImage
) -> None:
    (official / "Img/img_align_celeba/000001.jpg").write_bytes(make_image(1, 409, 687))
    unit = collect(official, workspace)["000001.jpg"]
    assert (unit.image.status, unit.image.stage, unit.faces) == (Status.ERROR, "celeba", [])
    assert unit.image.why == ("not aligned as the official images are: 409x687 pixels for 178x218")


def test_a_hostile_twin_does_not_replace_the_real_image(zipped: Path, workspace: Workspace) -> None:
    with zipfile.ZipFile(zipped / "Img/img_align_celeba.zip", "a") as archive:
        archive.writestr("../000001.jpg", b"evil")
        archive.writestr("../000019.jpg", b"evil")
    units = collect(zipped, workspace)
    assert units["000001.jpg"].image.kept
    assert units["000019.jpg"].image.status is Status.ERROR
    assert "leads out of the archive" in units["000019.jpg"].image.why


def test_other_files_beside_the_images_are_counted(
    official: Path, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    write(official / "Img/img_align_celeba/readme.txt", "hello")
    assert len(collect(official, workspace)) == COUNT
    assert "skipped 1 files that are not CelebA images" in caplog.text


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("000003.jpg\n", r"1 number\(s\) expected"),
        ("000003.jpg one\n", "invalid literal"),
        ("<html>\n", "'<html>' is not an image's name"),
    ],
)
def test_a_broken_annotation_is_named_by_file_and_line(
    official: Path, workspace: Workspace, line: str, complaint: str
) -> None:
    with (official / "Anno/identity_CelebA.txt").open("a") as file:
        file.write(line)
    with pytest.raises(FatalError, match=rf"identity_CelebA\.txt, line {NAMED + 1}: .*{complaint}"):
        collect(official, workspace)


def test_a_folder_without_celeba_is_a_usage_error(tmp_path: Path, workspace: Workspace) -> None:
    for root in (tmp_path, tmp_path / "gone"):
        with pytest.raises(FatalError, match=r"holds no Img/img_align_celeba\.zip") as caught:
            collect(root, workspace)
        assert caught.value.code is ExitCode.USAGE


def test_a_count_below_one_is_a_usage_error(official: Path) -> None:
    with pytest.raises(FatalError, match="count is 0: expected int >= 1"):
        build(CelebA, {"root": str(official), "count": 0}, "celeba")


@pytest.mark.real_data
def test_the_real_set_has_known_people_and_splits(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    if not (DATA / "celeba").is_dir():
        pytest.skip("../shared/data/celeba is missing")
    units = collect(DATA / "celeba", workspace, count=50)
    assert len(units) == 50
    assert all(unit.image.kept and unit.image.group.startswith("celeba-id-") for unit in units.values())
    assert {unit.image.source_split for unit in units.values()} == {"train"}
    assert "200099 of 202599 annotated images are missing" in caplog.text

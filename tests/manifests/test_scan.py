"""Manifests read a few thousand rows at a time."""

from pathlib import Path

import pytest

from f2a_manifests import (
    COLUMNS,
    Box,
    BoxFrom,
    Domain,
    ManifestError,
    Record,
    Unit,
    Workspace,
    read,
    scan,
    scan_units,
    write,
)
from f2a_manifests.scan import units_with_faces

MANY = 4500  # more than two portions


def _units(count: int) -> list[Unit]:
    domains = list(Domain)
    images = [Record(id=f"i{n}", domain=domains[n % 2], source="x", tags='a,"b\n') for n in range(count)]
    return [
        Unit(image, [image.face(Box(n, n, 5, 5), BoxFrom.GIVEN) for n in range(number % 3)])
        for number, image in enumerate(images)
    ]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "workspace")
    made.create()
    return made


def test_scanning_gives_what_reading_gives(tmp_path: Path) -> None:
    write(tmp_path / "m.csv", [unit.image for unit in _units(MANY)])
    assert list(scan(tmp_path / "m.csv")) == read(tmp_path / "m.csv")


def test_a_bad_row_behind_the_first_portion_is_named_by_its_number(tmp_path: Path) -> None:
    rows = [unit.image for unit in _units(MANY)]
    rows[4000].id = "not an id"
    write(tmp_path / "m.csv", rows)
    with pytest.raises(ManifestError, match=r"row 4002, column id"):
        list(scan(tmp_path / "m.csv"))


def test_a_file_with_semicolons_is_named_as_one(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(f"{';'.join(COLUMNS)}\n{';' * (len(COLUMNS) - 1)}\n")
    with pytest.raises(ManifestError, match="separated by semicolons"):
        list(scan(tmp_path / "m.csv"))


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\x00\x00"])
def test_what_is_no_manifest_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(ManifestError, match=r"m\.csv"):
        list(scan(tmp_path / "m.csv"))


def test_units_come_with_their_faces_in_order(workspace: Workspace) -> None:
    workspace.publish(_units(MANY))
    assert list(scan_units(workspace)) == workspace.load()


def test_an_empty_workspace_has_no_units(workspace: Workspace) -> None:
    assert list(scan_units(workspace)) == []


def test_a_face_without_its_image_is_named(workspace: Workspace) -> None:
    units = _units(6)
    workspace.publish(units)
    write(workspace.images_csv, [unit.image for unit in units[:4]])
    with pytest.raises(ManifestError, match="face i4-0-0-5-5 names no row"):
        list(scan_units(workspace))


NAMES = ("id", "domain", "source", "parent", "tags")


def test_some_columns_of_the_images_that_have_faces(workspace: Workspace) -> None:
    units = _units(MANY)
    workspace.publish(units)
    write(workspace.faces_csv(Domain.ANIME), list(reversed(workspace.faces(Domain.ANIME))))
    found = units_with_faces(workspace, NAMES, NAMES)
    assert [unit.image.id for unit in found] == [unit.image.id for unit in units if unit.faces]
    assert [len(unit.faces) for unit in found] == [len(unit.faces) for unit in units if unit.faces]
    assert {unit.image.tags for unit in found} == {'a,"b\n'}
    assert {face.box_x for unit in found for face in unit.faces} == {None}
    assert {unit.image.group for unit in found} == {""}


def test_some_columns_of_one_domain(workspace: Workspace) -> None:
    workspace.publish(_units(6))
    found = units_with_faces(workspace, NAMES, NAMES, (Domain.HUMAN,))
    assert [unit.image.id for unit in found] == ["i1", "i5"]


def test_a_face_whose_image_is_missing_is_named(workspace: Workspace) -> None:
    units = _units(6)
    workspace.publish(units)
    write(workspace.images_csv, [unit.image for unit in units if unit.image.id != "i4"])
    with pytest.raises(ManifestError, match=r"anime\.csv: face i4-\S+ names no row of images\.csv"):
        units_with_faces(workspace, NAMES, NAMES)


def test_a_face_that_comes_twice_is_named(workspace: Workspace) -> None:
    workspace.publish(_units(MANY))
    rows = workspace.faces_csv(Domain.ANIME).read_text().splitlines(keepends=True)
    workspace.faces_csv(Domain.ANIME).write_text("".join([*rows, rows[1]]))
    with pytest.raises(ManifestError, match="appears twice"):
        units_with_faces(workspace, NAMES, NAMES)


def test_a_workspace_without_manifests_has_no_faces(workspace: Workspace) -> None:
    assert not units_with_faces(workspace, NAMES, NAMES)

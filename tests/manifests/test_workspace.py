"""A workspace's three manifests hang together."""

from collections.abc import Callable
from pathlib import Path

import pytest

from f2a_manifests import (
    Domain,
    ManifestError,
    Reason,
    Record,
    Unit,
    Unusable,
    Workspace,
    read,
    sha256_file,
)


def _unit(number: int, domain: Domain, faces: int) -> Unit:
    image = Record(id=f"i-{number}", domain=domain, source="x")
    return Unit(
        image,
        [Record(id=f"i-{number}-{k}", domain=domain, source="x", parent=image.id) for k in range(faces)],
    )


def test_units_come_back_as_they_were_published(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.create()
    units = [_unit(1, Domain.ANIME, 2), _unit(2, Domain.HUMAN, 1), _unit(3, Domain.ANIME, 0)]
    workspace.publish(units)
    assert workspace.load() == units
    assert [row.id for row in read(tmp_path / "manifests" / "human.csv")] == ["i-2-0"]
    assert Workspace.of_manifest(tmp_path / "manifests" / "human.csv").root == tmp_path.resolve()


def test_a_face_without_its_image_is_refused(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.create()
    workspace.publish([_unit(1, Domain.ANIME, 1)])
    workspace.images_csv.write_text(workspace.images_csv.read_text().replace("i-1", "i-9"))
    with pytest.raises(ManifestError, match=r"i-1-0 names no row of images\.csv"):
        workspace.load()


def test_a_link_out_of_the_workspace_is_not_followed(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    workspace.create()
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"")
    (workspace.root / "images" / "a.png").symlink_to(secret)
    with pytest.raises(ManifestError, match="leads out of the workspace"):
        workspace.file(Record(id="a", domain=Domain.ANIME, source="x", path="images/a.png"))


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda path: path.unlink(), Reason.FILE_MISSING),
        (lambda path: path.write_bytes(b"other"), Reason.FILE_CHANGED),
        (lambda path: (path.unlink(), path.mkdir()), Reason.FILE_MISSING),
        (lambda path: (path.unlink(), path.symlink_to("/etc/hostname")), Reason.FILE_UNREADABLE),
    ],
)
def test_a_file_that_is_not_the_rows_cannot_be_used(
    harm: Callable[[Path], object], reason: Reason, tmp_path: Path
) -> None:
    workspace = Workspace(tmp_path)
    path = tmp_path / "a.png"
    path.write_bytes(b"content")
    row = Record(id="a", domain=Domain.ANIME, source="s", path="a.png", sha256=sha256_file(path))
    assert workspace.intact_file(row) == path.resolve()
    harm(path)
    with pytest.raises(Unusable) as caught:
        workspace.intact_file(row)
    assert caught.value.reason is reason

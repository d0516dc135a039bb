"""A source's name stands for one place, in any script, and no row is ever replaced by another place's."""

from collections.abc import Callable
from pathlib import Path

import pytest

from f2a_data.sources.fbp5500 import Fbp5500
from f2a_data.sources.folder import Folder
from f2a_engine.collect import collect
from f2a_manifests import Domain, ExitCode, FatalError, ManifestError, Workspace

MakeImage = Callable[..., bytes]


@pytest.fixture
def folder_of(tmp_path: Path, make_image: MakeImage) -> Callable[..., Path]:
    def make(name: str, *numbers: int) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True, exist_ok=True)
        for at, number in enumerate(numbers or (1, 2)):
            (folder / f"{at}.jpg").write_bytes(make_image(number, 60, 60))
        return folder

    return make


def rows(workspace: Workspace) -> list[tuple[str, str, str]]:
    return [(unit.image.source, unit.image.domain, unit.image.source_id) for unit in workspace.load()]


@pytest.mark.parametrize("names", [("アニメ", "写真"), ("Картины", "Фото"), ("ä", "ö")])
def test_names_of_any_script_stay_apart_and_survive(
    workspace: Workspace, folder_of: Callable[..., Path], names: tuple[str, str]
) -> None:
    for name, domain in zip(names, Domain, strict=True):
        collect(Folder(folder_of(name), domain, whole=True), workspace)
    found = rows(workspace)
    assert {(source, domain) for source, domain, _ in found} == {
        (name.lower(), domain) for name, domain in zip(names, Domain, strict=True)
    }
    assert len(found) == 4
    assert len({unit.image.id for unit in workspace.load()}) == 4


@pytest.mark.parametrize(
    ("first", "second"),
    [("2023/photos", "2024/photos"), ("a" * 70 + "1", "a" * 70 + "2"), ("a b", "a-b"), ("---", "...")],
)
def test_another_place_of_the_same_name_is_an_error_that_names_the_way_out(
    workspace: Workspace, folder_of: Callable[..., Path], first: str, second: str
) -> None:
    collect(Folder(folder_of(first, 1), Domain.HUMAN), workspace)
    before = rows(workspace)
    with pytest.raises(FatalError, match="--source NAME") as caught:
        collect(Folder(folder_of(second, 2), Domain.HUMAN), workspace)
    assert caught.value.code is ExitCode.USAGE
    assert rows(workspace) == before
    collect(Folder(folder_of(second, 2), Domain.HUMAN, source="other"), workspace)
    assert len(rows(workspace)) == 2


def test_the_same_place_again_and_more_of_it_need_no_name(
    workspace: Workspace, folder_of: Callable[..., Path]
) -> None:
    collect(Folder(folder_of("p", 1), Domain.HUMAN), workspace)
    collect(Folder(folder_of("p", 1, 2), Domain.HUMAN), workspace)
    assert len(rows(workspace)) == 2


def test_a_moved_folder_says_so_and_may_add_but_not_replace(
    workspace: Workspace, folder_of: Callable[..., Path]
) -> None:
    collect(Folder(folder_of("p", 1), Domain.HUMAN), workspace)
    moved = folder_of("elsewhere/p", 1, 2)
    collect(Folder(moved, Domain.HUMAN, source="p"), workspace)
    assert len(rows(workspace)) == 2
    kept = [unit.image.sha256 for unit in workspace.load()]
    strange = folder_of("strange", 7)
    with pytest.raises(FatalError, match=r"0\.jpg is in the source 'p' already"):
        collect(Folder(strange, Domain.HUMAN, source="p"), workspace)
    assert [unit.image.sha256 for unit in workspace.load()] == kept


def test_a_folder_called_as_a_data_set_is_not_taken_for_it(
    workspace: Workspace, folder_of: Callable[..., Path]
) -> None:
    collect(Folder(folder_of("fbp5500"), Domain.HUMAN), workspace)
    images = folder_of("SCUT/Images")
    with pytest.raises(FatalError, match="this workspace has a source 'fbp5500' from another place"):
        collect(Fbp5500(images.parent), workspace)


def test_a_corrected_domain_counts(workspace: Workspace, folder_of: Callable[..., Path]) -> None:
    folder = folder_of("p")
    for whole in (False, True):
        for domain in (Domain.ANIME, Domain.HUMAN):
            collect(Folder(folder, domain, whole=whole), workspace)
            assert {row[1] for row in rows(workspace)} == {domain}
            assert len(workspace.faces(domain)) == (2 if whole else 0)
    assert workspace.faces(Domain.ANIME) == []


def test_a_folder_that_brings_nothing_claims_nothing(
    workspace: Workspace, folder_of: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(FatalError, match="no folder"):
        collect(Folder(tmp_path / "gone" / "p", Domain.HUMAN), workspace)
    collect(Folder(folder_of("p"), Domain.HUMAN), workspace)
    assert len(rows(workspace)) == 2


@pytest.mark.parametrize("text", ["[]", "{", '{"p": 3}', '{"p": null}'])
def test_a_damaged_file_is_one_clear_line(
    workspace: Workspace, folder_of: Callable[..., Path], text: str
) -> None:
    collect(Folder(folder_of("p"), Domain.HUMAN), workspace)
    (workspace.journal / "sources.json").write_text(text)
    with pytest.raises(ManifestError, match=r"sources\.json is damaged") as caught:
        collect(Folder(folder_of("p"), Domain.HUMAN), workspace)
    assert "\n" not in str(caught.value)

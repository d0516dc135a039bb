"""A workspace on object storage is what the last command that ended left there, on every machine."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
import pytest

from f2a_manifests import FatalError
from f2a_manifests.working_copy import working_copy

URL = "memory://sets/mine"
MEMORY = fsspec.filesystem("memory")


@pytest.fixture(autouse=True)
def _empty_storage() -> Iterator[None]:
    yield
    if MEMORY.exists("/sets"):
        MEMORY.rm("/sets", recursive=True)


class Machine:
    """One that keeps its working copies in a folder of its own."""

    def __init__(self, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cache, self.monkeypatch = cache, monkeypatch

    @contextmanager
    def opened(self) -> Iterator[Path]:
        """A command on this machine."""
        self.monkeypatch.setenv("F2A_CACHE", str(self.cache))
        with working_copy(URL) as root:
            yield root

    def write(self, **files: str) -> None:
        """A command that writes files."""
        with self.opened() as root:
            for name, text in files.items():
                _write(root / name.replace("__", "/"), text)

    def read(self) -> dict[str, str]:
        """A command that reads all files."""
        with self.opened() as root:
            return {
                path.relative_to(root).as_posix(): path.read_text()
                for path in root.rglob("*")
                if path.is_file() and not path.name.startswith(".")
            }


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine."""
    return Machine(tmp_path / "one", monkeypatch)


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Another one."""
    return Machine(tmp_path / "two", monkeypatch)


def test_what_one_machine_does_another_has(one: Machine, two: Machine) -> None:
    one.write(images__a="1", shards__x="2", manifests__images="3", cache__faces="4", runs__1="5")
    assert two.read() == {"images/a": "1", "shards/x": "2", "manifests/images": "3"}
    with two.opened() as root:
        (root / "images/a").unlink()
        _write(root / "shards/x", "changed")
    assert one.read() | {"cache/faces": "4", "runs/1": "5"} == {
        "shards/x": "changed",
        "manifests/images": "3",
        "cache/faces": "4",
        "runs/1": "5",
    }
    assert not MEMORY.exists("/sets/mine/images/a")
    assert len(MEMORY.find("/sets/mine/state")) == 2


def test_nothing_is_sent_where_nothing_changed(one: Machine) -> None:
    one.write(images__a="1", shards__x="2")
    before = {key: about["created"] for key, about in MEMORY.find("/sets", detail=True).items()}
    one.read()
    assert {key: about["created"] for key, about in MEMORY.find("/sets", detail=True).items()} == before


def test_a_picture_that_changes_does_not_change_its_object(one: Machine, two: Machine) -> None:
    one.write(images__a="old")
    one.write(images__a="new")
    assert two.read() == {"images/a": "new"}
    index = json.loads(MEMORY.cat_file("/sets/mine/index.json"))
    assert index["images/a"][1].startswith("state/")


def test_manifests_are_also_objects_of_their_names(one: Machine) -> None:
    with one.opened() as root:
        _write(root / "manifests" / "human.csv", "rows")
    assert MEMORY.cat_file("/sets/mine/manifests/human.csv") == b"rows"


@pytest.mark.parametrize("after", range(5))
def test_the_storage_is_as_before_until_the_index_is_written(
    one: Machine, two: Machine, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    one.write(images__a="1", shards__x="1", shards__y="1")
    before = two.read()
    done = _fail_after(monkeypatch, after)
    with pytest.raises(FatalError, match="pulled"):
        one.write(images__a="2", images__b="2", shards__x="2", manifests__z="2")
    done()
    assert two.read() == before
    after_all = before | {"images/a": "2", "images/b": "2", "shards/x": "2", "manifests/z": "2"}
    assert one.read() == after_all
    assert two.read() == after_all


def test_two_machines_at_once_do_not_mix(one: Machine, two: Machine) -> None:
    one.write(shards__x="1")
    with pytest.raises(FatalError, match="another machine"):
        _meanwhile(one, two, "shards/x")
    assert one.read() == two.read() == {"shards/x": "2"}


def test_decisions_that_were_not_sent_are_not_given_up(one: Machine, two: Machine) -> None:
    one.write(shards__x="1")
    with pytest.raises(FatalError, match="another machine"):
        _meanwhile(one, two, "review/decisions.jsonl")
    with pytest.raises(FatalError, match=r"decisions\.jsonl has decisions"):
        one.read()
    assert [path.read_text() for path in one.cache.rglob("decisions.jsonl")] == ["done here"]


def test_a_folder_that_is_gone_is_not_deleted_in_the_storage(one: Machine, two: Machine) -> None:
    one.write(images__a="1", shards__x="2")
    with pytest.raises(FatalError, match="disappeared"), one.opened() as root:
        shutil.rmtree(root / "images")
    assert one.read() == two.read() == {"images/a": "1", "shards/x": "2"}
    shutil.rmtree(one.cache)
    assert one.read() == {"images/a": "1", "shards/x": "2"}


@pytest.mark.parametrize(
    "name", ["../out", "/etc/x", "a/../../x", ".locks/x", "a//b", "runs/x", "a\\b", "a\nb", "C:x"]
)
def test_names_that_lead_elsewhere_are_refused(one: Machine, name: str) -> None:
    MEMORY.pipe_file("/sets/mine/index.json", json.dumps({name: [1, name]}).encode())
    with pytest.raises(FatalError, match="cannot be a file of a workspace"):
        one.read()


@pytest.mark.parametrize(
    "index", [b"", b"{", b"[]", b'{"a": 1}', b'{"a": [1, "state/../x"]}', b'{"a": ["1", "a"]}']
)
def test_an_index_that_cannot_be_is_refused(one: Machine, index: bytes) -> None:
    MEMORY.pipe_file("/sets/mine/index.json", index)
    with pytest.raises(FatalError, match=r"index\.json"):
        one.read()


def test_an_object_that_was_replaced_is_refused(one: Machine, two: Machine) -> None:
    one.write(shards__x="good")
    [key] = MEMORY.find("/sets/mine/state")
    MEMORY.pipe_file(key, b"evil")
    with pytest.raises(FatalError, match="replaced"):
        two.read()


def _meanwhile(one: Machine, two: Machine, name: str) -> None:
    """Change a file on one machine while another publishes."""
    with one.opened() as root:
        two.write(shards__x="2")
        _write(root / name, "done here")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _fail_after(monkeypatch: pytest.MonkeyPatch, writes: int) -> Callable[[], None]:
    """Let the storage take a number of objects, and no more."""
    pipe_file, left = type(MEMORY).pipe_file, iter(range(writes))

    def failing(self: object, *args: object, **options: object) -> None:
        if next(left, None) is None:
            raise ConnectionError("the plug was pulled")
        pipe_file(self, *args, **options)

    monkeypatch.setattr(type(MEMORY), "pipe_file", failing)
    return lambda: monkeypatch.setattr(type(MEMORY), "pipe_file", pipe_file)

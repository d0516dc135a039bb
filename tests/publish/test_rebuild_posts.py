"""From the drawn booru to a published set and back, while the booru changes and the command is killed."""

import hashlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from rebuilding import EXAMPLE, Rebuild

from f2a_demo.booru import Booru
from f2a_demo.booru_posts import DemoPost
from f2a_demo.faults import Fault, Kind
from f2a_faces.images import decode
from f2a_manifests import Decision, Domain, ExitCode, FatalError, Reason, Record, Workspace, sha256_file
from f2a_manifests.decisions import Decisions
from f2a_publish.pixels import read_table
from f2a_publish.posts import Posts

DELETED, REPLACED, RERATED = (1, 4, 16), (2, 13), (5,)


def faces(workspace: Workspace) -> dict[str, Record]:
    return {face.id: face for face in workspace.faces(Domain.ANIME)}


def pixels_of(workspace: Workspace, face: Record) -> str:
    with Image.open(workspace.root / face.path) as image:
        return hashlib.sha256(image.convert("RGB").tobytes()).hexdigest()


def as_published(face: Record) -> Record:
    """Without what the compression of PNG files decides."""
    return replace(face, path="", sha256="")


def times(workspace: Workspace) -> dict[Path, int]:
    """When each file of a workspace was last written, but for the locks."""
    files = (path for path in workspace.root.rglob("*") if path.is_file() and ".locks" not in path.parts)
    return {path: path.stat().st_mtime_ns for path in files}


def wait_until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 300  # other programs may need the processors
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


@pytest.fixture
def changed(posts: list[DemoPost], tmp_path: Path) -> list[DemoPost]:
    """The booru later: three posts are gone, two have other files, one has another rating."""
    other = tmp_path / "other.png"
    Image.new("RGB", (80, 80), "red").save(other)
    now = {post.id: post for post in posts if post.id not in DELETED}
    now |= {number: replace(now[number], file=other) for number in REPLACED}
    now |= {number: replace(now[number], rating="q") for number in RERATED}
    return list(now.values())


@pytest.mark.timeout(1800)
def test_what_has_changed_is_named_and_the_rest_is_identical(
    made: Path, changed: list[DemoPost], tmp_path: Path
) -> None:
    """The command itself, killed twice in the middle of the download."""
    workspace = Workspace(tmp_path / "rebuilt")
    hangs = [post for post in changed if post.id in (12, 6)]
    with Booru(changed, faults=[Fault(post.file_path, Kind.SLOW, seconds=90) for post in hangs]) as booru:
        command = [str(Path(sys.executable).with_name("f2a-data")), "rebuild", str(made)]
        command += ["--workspace", str(workspace.root), "--root", booru.url, "--delay", "0"]
        for number in range(2):
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
                wait_until(lambda number=number: sum(not fault.times for fault in booru.faults) > number)
                process.send_signal(signal.SIGKILL)
        assert list((workspace.root / "images" / "drawn").iterdir()), "it was killed before it had anything"
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        whole = [entry.path for entry in booru.downloads() if entry.status == 200]
    assert done.returncode == ExitCode.ROW_ERRORS, done.stdout + done.stderr
    named = {f"{reason}: " for reason in (Reason.GONE, Reason.FILE_REPLACED, Reason.RATING_CHANGED)}
    assert all(name in done.stdout for name in named)
    assert len(whole) == len({*whole}), "a file was fetched twice"
    _check_images(workspace)
    _check_faces(made, workspace)


def _check_images(workspace: Workspace) -> None:
    failed = {int(row.source_id): row.reason for row in workspace.images() if row.stage == "rebuild"}
    reasons = {DELETED: Reason.GONE, REPLACED: Reason.FILE_REPLACED, RERATED: Reason.RATING_CHANGED}
    assert failed == {number: reason for numbers, reason in reasons.items() for number in numbers}
    there = {int(path.stem) for path in (workspace.root / "images" / "drawn").iterdir()}
    assert not there.intersection(failed)


def _check_faces(made: Path, workspace: Workspace) -> None:
    before, now = faces(Workspace(made)), faces(workspace)
    assert list(now) == list(before)
    hashes = read_table(made / "crops.csv")
    for name, face in now.items():
        if face.stage == "rebuild":
            assert face.parent in {f"drawn-{number}" for number in (*DELETED, *REPLACED, *RERATED)}
        elif face.path:
            assert pixels_of(workspace, face) == hashes[name]
            assert as_published(face) == as_published(before[name])
        assert (face.decision, face.split) == (before[name].decision, before[name].split)
    assert sum(bool(face.path) for face in now.values()) >= 8


def test_the_example_is_rebuilt_as_it_was(posts: list[DemoPost], tmp_path: Path, rebuilt: Rebuild) -> None:
    workspace = Workspace(tmp_path / "rebuilt")
    with Booru(posts) as booru:
        report = rebuilt(EXAMPLE, workspace, root=booru.url)
    assert (report.code, report.same, report.crops) == (ExitCode.OK, 16, 16)
    published = faces(Workspace(EXAMPLE))
    assert list(map(as_published, faces(workspace).values())) == list(map(as_published, published.values()))
    assert {face.split for face in published.values() if face.kept} == {"train", "val", "test"}


def test_decisions_go_on_from_where_they_were(
    posts: list[DemoPost], tmp_path: Path, rebuilt: Rebuild
) -> None:
    workspace = Workspace(tmp_path / "rebuilt")
    with Booru(posts) as booru:
        for _ in range(2):
            rebuilt(EXAMPLE, workspace, root=booru.url)
    counts = Decisions.load(workspace.decisions_log).counts()
    assert counts == {Decision.KEEP: 1, Decision.DROP: 1}
    assert len(workspace.decisions_log.read_text().splitlines()) == 2


def test_a_second_run_asks_for_nothing_and_writes_nothing(
    posts: list[DemoPost], tmp_path: Path, rebuilt: Rebuild
) -> None:
    workspace = Workspace(tmp_path / "rebuilt")
    with Booru(posts) as booru:
        first = rebuilt(EXAMPLE, workspace, root=booru.url)
        requests, files = len(booru.log), times(workspace)
        again = rebuilt(EXAMPLE, workspace, root=booru.url)
    assert (again.code, str(again)) == (ExitCode.OK, str(first))
    assert len(booru.log) == requests
    assert times(workspace) == files


def test_an_image_that_was_deleted_since_is_fetched_again(
    posts: list[DemoPost], tmp_path: Path, rebuilt: Rebuild
) -> None:
    workspace = Workspace(tmp_path / "rebuilt")
    with Booru(posts) as booru:
        rebuilt(EXAMPLE, workspace, root=booru.url)
        image = next(image for image in workspace.images() if image.path)
        workspace.file(image).unlink()
        assert rebuilt(EXAMPLE, workspace, root=booru.url).code is ExitCode.OK
    assert sha256_file(workspace.file(image)) == image.sha256


def test_a_crop_that_was_damaged_since_is_cut_again(
    posts: list[DemoPost], tmp_path: Path, rebuilt: Rebuild
) -> None:
    workspace = Workspace(tmp_path / "rebuilt")
    with Booru(posts) as booru:
        rebuilt(EXAMPLE, workspace, root=booru.url)
        face = next(iter(faces(workspace).values()))
        workspace.file(face).write_bytes(b"half a fi")
        report = rebuilt(EXAMPLE, workspace, root=booru.url)
        assert (report.same, report.code) == (16, ExitCode.OK)
    assert pixels_of(workspace, face) == read_table(EXAMPLE / "crops.csv")[face.id]


def test_posts_are_asked_for_in_lists_with_our_name(
    posts: list[DemoPost], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("f2a_publish.posts.BATCH", 5)
    rows = [row for row in Workspace(EXAMPLE).images() if row.rating == "g"][:12]
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    (workspace.root / "images" / "drawn").mkdir()
    with Booru(posts) as booru:
        units = list(Posts(rows=rows, source="drawn", root=booru.url, delay=0).collect(workspace))
        lists = {entry.query["tags"] for entry in booru.log if entry.path == "/posts.json"}
        assert {entry.user_agent for entry in booru.log} == {booru.log[0].user_agent}
        assert booru.log[0].user_agent.startswith("f2a/")
    assert len(lists) == 3
    assert all(text.startswith("id:") and text.endswith(" status:any") for text in lists)
    assert {unit.image.id for unit in units} == {row.id for row in rows}
    assert all(decode(workspace.file(unit.image)).width for unit in units)


def test_a_server_that_fails_keeps_what_came(posts: list[DemoPost], tmp_path: Path, rebuilt: Rebuild) -> None:
    workspace = Workspace(tmp_path / "rebuilt")
    fault = Fault("/posts.json", Kind.STATUS, status=403)
    with Booru(posts, faults=[fault]) as booru:
        with pytest.raises(FatalError) as caught:
            rebuilt(EXAMPLE, workspace, root=booru.url)
        assert caught.value.code is ExitCode.REMOTE
        assert rebuilt(EXAMPLE, workspace, root=booru.url).code is ExitCode.OK

"""`publish`: what gets out, what does not, and that others can read it."""

import csv
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rebuilding import EXAMPLE

from commands import Runner
from f2a_faces.crop import rule
from f2a_manifests import (
    Box,
    BoxFrom,
    Decision,
    Domain,
    ExitCode,
    FatalError,
    Reason,
    Record,
    Status,
    Unit,
    Workspace,
    read,
)
from f2a_manifests.decisions import Decisions, Entry, FaceKey, source_of
from f2a_publish.addresses import public_url
from f2a_publish.describe import Titles
from f2a_publish.pixels import probe, read_table
from f2a_publish.posts import Posts
from f2a_publish.publish import publish
from f2a_publish.published import published
from f2a_publish.rebuild_options import RebuildOptions, originals
from f2a_queue import remaining
from f2a_queue.remaining import Estimate
from workspaces import kept_face

TITLES = Titles(name="faces", version="1.0.0", date="2026-01-31", licence="CC0-1.0", description="Faces.")
SECRETS = ("s3cret", "bob", "holiday", "Urlaub", "192.168", "token", "/home/")


def face_of(workspace: Workspace, image: Record, seed: int, **columns: object) -> Record:
    """A face with a crop of its own."""
    pixels = np.random.default_rng(seed).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    drawn = kept_face(workspace, pixels, Domain.ANIME, "train")
    own = {"id": f"{image.id}-0-0-64-64", "parent": image.id, "source": image.source}
    more = {"source_id": image.source_id, "source_url": image.source_url, "source_md5": image.source_md5}
    how = {"box_from": BoxFrom.DETECTED, "detector": "f2a-anime-12345678", "crop_rule": str(rule("default"))}
    return replace(drawn, **(own | more | how | columns))


def post(number: int, **columns: object) -> Record:
    row = Record(
        id=f"danbooru-{number}",
        domain=Domain.ANIME,
        source="danbooru",
        source_id=str(number),
        source_url=f"https://bob:s3cret@cdn.example.org/{number}.png?token=s3cret#s3cret",
        source_md5=f"{number:032x}",
        rating="g",
        path=f"images/danbooru/{number}.png",
        sha256=f"{number:064x}",
        group=f"danbooru-{number}",
        tags="1girl",
    )
    return replace(row, **columns)


@pytest.fixture
def full_of_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with something private in every place where there may be something."""
    monkeypatch.setenv("DANBOORU_LOGIN", "bob")
    monkeypatch.setenv("DANBOORU_API_KEY", "s3cret-key")
    workspace = Workspace(tmp_path / "home" / "bob" / "s3cret")
    workspace.create()
    (workspace.root / "f2a.toml").write_text('credentials = "/home/bob/s3cret"')
    (workspace.root / "images" / "danbooru.json").write_text('{"api_key": "s3cret"}')
    journal = workspace.journal / "scrape-danbooru"
    journal.mkdir()
    (journal / "posts.jsonl").write_text('{"file_url": "https://bob:s3cret@192.168.0.1/"}\n')
    own = Record(id="holiday-0123456789ab", domain=Domain.ANIME, source="Urlaub", source_id="bob/holiday.jpg",
                 path="images/holiday/0.png", sha256="5" * 64, group="holiday-0123456789ab")  # fmt: skip
    units = [Unit(own, [face_of(workspace, own, 0)])]
    for number in (1, 2, 3):
        image = post(number)
        units.append(Unit(image, [face_of(workspace, image, number)]))
    best = units[0].faces[0]
    best.decision = Decision.KEEP
    for unit in units[2:]:  # copies of the private face
        unit.faces[0].dup_group = best.id
        unit.faces[0].drop("dedup", Reason.EXACT_COPY, f"of {best.id}")
    broken = post(4, source_url="http://192.168.0.9/4.png")
    broken.fail("detect", Reason.BROKEN_IMAGE, "cannot identify image file '/home/bob/s3cret/images/4.png'")
    gone = post(5)
    gone.drop("remove", Reason.REMOVED, "asked by s3cret@example.org")
    workspace.publish([*units, Unit(broken), Unit(gone)])
    log = Decisions.load(workspace.decisions_log)
    image, face = units[0].image, units[0].faces[0]
    log.append([Entry(id=face.id, source=source_of(image), box=face.box, decision=Decision.KEEP)])
    return workspace


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_nothing_private_gets_out(full_of_secrets: Workspace, tmp_path: Path, name: str) -> None:
    chosen = publish(full_of_secrets, tmp_path / name, TITLES)
    assert (dict(chosen.local), chosen.removed) == ({"Urlaub": 1}, 1)
    files = unpacked(tmp_path / name)
    assert len(files) == 7
    for file, data in files.items():
        found = [secret for secret in (*SECRETS, str(tmp_path)) if secret.encode() in data]
        assert not found, f"{file} has {found}"


def unpacked(out: Path) -> dict[str, bytes]:
    if out.is_dir():
        return {str(path): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_copies_of_a_private_face_stay_together(full_of_secrets: Workspace, tmp_path: Path) -> None:
    publish(full_of_secrets, tmp_path / "out", TITLES)
    faces = {face.parent: face for face in Workspace(tmp_path / "out").faces(Domain.ANIME)}
    group = faces["danbooru-2"].dup_group
    assert group == faces["danbooru-3"].dup_group == faces["danbooru-2"].id
    assert not faces["danbooru-1"].dup_group
    assert faces["danbooru-3"].status is Status.DROP


def test_own_folders_are_published_if_asked_for(full_of_secrets: Workspace, tmp_path: Path) -> None:
    chosen = publish(full_of_secrets, tmp_path / "out", TITLES, with_local=True)
    assert not chosen.local
    assert "bob/holiday.jpg" in {row.source_id for row in Workspace(tmp_path / "out").images()}
    data = b"".join(unpacked(tmp_path / "out").values())
    assert str(tmp_path).encode() not in data
    assert b"s3cret" not in data


def test_a_workspace_of_own_folders_only_is_refused(tmp_path: Path, run_command: Runner) -> None:
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    image = Record(id="own-0123456789ab", domain=Domain.ANIME, source="own", source_id="a.png")
    workspace.publish([Unit(image, [face_of(workspace, image, 1)])])
    done = run_command("f2a-data", "publish", "out")
    assert done.returncode == ExitCode.NO_RESULTS
    assert "1 images are from own folders, --with-local publishes their rows" in done.stderr
    assert not (tmp_path / "out").exists()


def test_decisions_that_are_not_applied_are_not_forgotten(full_of_secrets: Workspace, tmp_path: Path) -> None:
    face = next(face for face in full_of_secrets.faces(Domain.ANIME) if face.parent == "danbooru-1")
    entry = Entry(id=face.id, source=f"{1:064x}", box=face.box, decision=Decision.DROP)
    Decisions.load(full_of_secrets.decisions_log).append([entry])
    with pytest.raises(FatalError, match="run f2a-data review and split"):
        publish(full_of_secrets, tmp_path / "out", TITLES)


@pytest.mark.parametrize(
    ("number", "word", "remedy"),
    [
        (2, {"stands_for": (FaceKey(f"{1:064x}", Box(0, 0, 64, 64)),)}, "run f2a-data dedup"),
        (1, {"tilt": "left"}, "run f2a-data clean"),
    ],
)
def test_words_about_copies_and_tilt_are_not_forgotten(
    full_of_secrets: Workspace, tmp_path: Path, number: int, word: dict[str, Any], remedy: str
) -> None:
    faces = {face.parent: face for face in full_of_secrets.faces(Domain.ANIME)}
    face, other = faces[f"danbooru-{number}"], faces["danbooru-1"]
    assert other.box == Box(0, 0, 64, 64)
    entry = Entry(id=face.id, source=f"{number:064x}", box=face.box, decision=Decision.NONE, **word)
    Decisions.load(full_of_secrets.decisions_log).append([entry])
    with pytest.raises(FatalError, match=remedy):
        publish(full_of_secrets, tmp_path / "out", TITLES)
    assert not (tmp_path / "out").exists()


def test_a_damaged_crop_is_not_published(full_of_secrets: Workspace, tmp_path: Path) -> None:
    face = next(face for face in full_of_secrets.faces(Domain.ANIME) if face.parent == "danbooru-1")
    (full_of_secrets.root / face.path).write_bytes(b"")
    with pytest.raises(FatalError, match="run f2a-data crop again"):
        publish(full_of_secrets, tmp_path / "out", TITLES)
    assert not (tmp_path / "out").exists()


def test_the_same_workspace_gives_the_same_bytes(full_of_secrets: Workspace, tmp_path: Path) -> None:
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    for out in (first, second):
        publish(full_of_secrets, out, TITLES)
    assert first.read_bytes() == second.read_bytes()


def test_something_else_is_not_overwritten(full_of_secrets: Workspace, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("a year's work")
    with pytest.raises(FatalError, match="is something else"):
        publish(full_of_secrets, tmp_path / "thesis", TITLES)
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["chapter.txt"]


def test_an_archive_of_something_else_is_not_overwritten(full_of_secrets: Workspace, tmp_path: Path) -> None:
    photos = tmp_path / "photos.zip"
    with zipfile.ZipFile(photos, "w") as archive:
        archive.writestr("holiday.jpg", "a year's photos")
    before = photos.read_bytes()
    with pytest.raises(FatalError, match="is something else"):
        publish(full_of_secrets, photos, TITLES)
    assert photos.read_bytes() == before


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_earlier_set_is_replaced(full_of_secrets: Workspace, tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    publish(full_of_secrets, out, TITLES)
    before = unpacked(out)
    if out.is_dir():
        (out / "manifests" / "human.csv").write_text("of an earlier set")
        (out / "manifests" / "notes.txt").write_text("mine")
    publish(full_of_secrets, out, TITLES)
    after = unpacked(out)
    assert after.pop(str(out / "manifests" / "notes.txt"), b"mine") == b"mine"
    assert after == before


def test_an_own_folder_called_as_the_booru_is(full_of_secrets: Workspace, tmp_path: Path) -> None:
    units = full_of_secrets.load()
    for row in (units[0].image, *units[0].faces):
        row.source = "danbooru"
    full_of_secrets.publish(units)
    publish(full_of_secrets, tmp_path / "out", TITLES, with_local=True)
    with published(tmp_path / "out") as data_set:
        assert {(each.name, each.kind) for each in data_set.about.sources} == {
            ("danbooru", "local"), ("danbooru", "posts"),
        }  # fmt: skip
        sources = originals(data_set, RebuildOptions(root="https://booru.example.org"))
    posts = next(source.files for source in sources if source.files)
    assert isinstance(posts, Posts)
    assert [row.source_id for row in posts.rows] == ["1", "2", "3"]


def test_a_dry_run_writes_nothing(full_of_secrets: Workspace, tmp_path: Path, run_command: Runner) -> None:
    done = run_command("f2a-data", "publish", "out", "--workspace", full_of_secrets.root, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "4 images with 3 faces" in done.stdout
    assert "left out: 1 images of own folders (Urlaub)" in done.stdout
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://cdn.donmai.us/original/ab/c.png", "https://cdn.donmai.us/original/ab/c.png"),
        ("https://bob:pw@cdn.donmai.us:8443/c.png?key=1#x", "https://cdn.donmai.us:8443/c.png"),
        ("http://127.0.0.1:8000/c.png", ""),
        ("http://192.168.1.4/c.png", ""),
        ("http://[::1]/c.png", ""),
        ("http://nas/c.png", ""),
        ("http://booru.lan/c.png", ""),
        ("file:///home/bob/c.png", ""),
        ("http://a:b:c/", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_addresses_that_are_nobody_elses_business(url: str, public: str) -> None:
    assert public_url(url) == public


def test_the_card_says_what_the_review_has_left(full_of_secrets: Workspace, tmp_path: Path) -> None:
    publish(full_of_secrets, tmp_path / "before", TITLES)
    left = Estimate(unseen=900, sampled=60, bad=0, likely=0, least=0, most=44)
    remaining.write(full_of_secrets, left)
    publish(full_of_secrets, tmp_path / "out", TITLES)
    before, card = [(tmp_path / name / "README.md").read_text() for name in ("before", "out")]
    assert str(left) in card
    assert "undecided" not in before


# --- what others read ---------------------------------------------------------------------------------


def test_the_checksums_are_those_of_sha256sum() -> None:
    program = shutil.which("sha256sum")
    if not program:
        pytest.skip("there is no sha256sum")
    subprocess.run([program, "--check", "--quiet", "--strict", "SHA256SUMS"], cwd=EXAMPLE, check=True)


def test_each_face_has_a_hash_and_the_card_says_of_what(made: Path) -> None:
    card = (made / "README.md").read_text()
    assert "the SHA-256 of each crop's pixels: rows from the top, each pixel red, green, blue" in card
    with (made / "crops.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["id"]: row["pixels_sha256"] for row in rows} == read_table(made / "crops.csv")
    assert len(rows) == len(read(made / "manifests" / "anime.csv"))


def test_mlcroissant_finds_no_fault_and_reads_the_rows() -> None:
    if not find_spec("mlcroissant"):
        pytest.skip("CROISSANT IS NOT CHECKED: pip install mlcroissant")
    program = Path(sys.executable).with_name("mlcroissant")
    done = subprocess.run(
        [str(program), "validate", "--jsonld", "croissant.json"],
        cwd=EXAMPLE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower()
    code = (
        "import mlcroissant\n"
        "records = list(mlcroissant.Dataset('croissant.json').records('anime'))\n"
        "print(len(records), records[0]['anime/id'].decode(), records[0]['anime/box_w'])\n"
    )
    read_back = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=EXAMPLE, capture_output=True, text=True, check=True
    )
    first = Workspace(EXAMPLE).faces(Domain.ANIME)[0]
    assert read_back.stdout.split() == ["16", first.id, str(float(first.box.w))]


def test_croissant_names_every_table_with_its_checksum() -> None:
    described = json.loads((EXAMPLE / "croissant.json").read_text())
    for file in described["distribution"]:
        data = (EXAMPLE / file["contentUrl"]).read_bytes()
        assert file["sha256"] == hashlib.sha256(data).hexdigest()


def test_the_example_is_what_the_demo_draws_and_the_chain_makes(made: Path) -> None:
    """The detector's scores may differ between processors, the pictures may not."""
    one, other = (Workspace(path).images() for path in (EXAMPLE, made))
    assert [(row.id, row.source_md5, row.status) for row in one] == [
        (row.id, row.source_md5, row.status) for row in other
    ]


# --- every machine, every version ---------------------------------------------------------------------


def test_crops_are_the_same_with_every_library_that_is_allowed() -> None:
    """A golden hash: measured with Pillow 11.3 and numpy 1.26, and with Pillow 13 and numpy 2.4."""
    assert probe(64) == "299f1dc56880b9a689b9b6c64b7b1dd574b37a65b082fb2232bf85fdcaeae437"

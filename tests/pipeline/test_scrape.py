"""`scrape`, always with the real gallery-dl against a server of our own."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from f2a_data.sources.danbooru import credentials
from f2a_data.sources.danbooru.gallery_dl import DownloadOutcome
from f2a_data.sources.danbooru.journal import PostJournal
from f2a_data.sources.danbooru.posts import Post as Parsed
from f2a_data.sources.danbooru.query import DANBOORU, counted_terms, search, server_root
from f2a_data.sources.scrape import Scrape
from f2a_data.stages.detect import Detect
from f2a_demo.booru import Booru
from f2a_demo.booru_posts import DemoPost
from f2a_demo.faults import Fault, Kind
from f2a_engine import collect as collecting
from f2a_engine import runner
from f2a_faces.images import encode_png
from f2a_manifests import Domain, ExitCode, FatalError, Reason, Record, Status, Workspace, sha256_file
from f2a_manifests.options import build

linux_only = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
KEY = "s3cret-api-key"


def picture(folder: Path, seed: int, side: int = 20) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 255, (side + 10, side, 3), dtype=np.uint8)
    file = folder / f"{seed}.png"
    file.write_bytes(encode_png(pixels))
    return file


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> list[DemoPost]:
    """Twelve plain posts, 1 to 12."""
    folder = tmp_path_factory.mktemp("posts")
    return [
        DemoPost(id=number, file=picture(folder, number), tags="1girl", artist="painter")
        for number in range(1, 13)
    ]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspace")
    workspace.create()
    return workspace


@pytest.fixture(autouse=True)
def no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(credentials.LOGIN, raising=False)
    monkeypatch.delenv(credentials.API_KEY, raising=False)


def of(booru: Booru, tags: str = "1girl", **options: object) -> Scrape:
    return replace(Scrape(tags=tags, root=booru.url, delay=0), **options)  # type: ignore[arg-type]


def collect(scrape: Scrape, workspace: Workspace) -> tuple[dict[int, Record], FatalError | None]:
    """The rows by post, and how it ended."""
    rows: dict[int, Record] = {}
    try:
        for unit in scrape.collect(workspace):
            assert not unit.faces
            rows[int(unit.image.source_id)] = unit.image
    except FatalError as error:
        return rows, error
    return rows, None


def statuses(rows: dict[int, Record]) -> dict[int, tuple[str, str]]:
    return {number: (row.status.value, row.why) for number, row in rows.items()}


def images(workspace: Workspace) -> set[str]:
    return {file.name for file in (workspace.root / "images").glob("danbooru/*")}


def fetched(booru: Booru) -> Counter[str]:
    """How often each file was given out whole or in part."""
    return Counter(entry.path for entry in booru.downloads() if entry.status < 400)


# --- provenance ---------------------------------------------------------------------------------------


def test_every_post_has_its_provenance(tmp_path: Path, workspace: Workspace) -> None:
    files = [picture(tmp_path, number) for number in (1, 2)]
    posts = [
        DemoPost(id=41, file=files[0], tags="1girl smile", artist="painter", rating="g"),
        DemoPost(id=42, file=files[1], tags="1girl", artist="painter other", rating="s", parent_id=41),
    ]
    with Booru(posts) as booru:
        rows, problem = collect(of(booru, rating="g,s"), workspace)
        url = booru.url
    assert problem is None
    assert rows[42] == Record(
        id="danbooru-42",
        domain=Domain.ANIME,
        source="danbooru",
        source_id="42",
        source_url=url + posts[1].file_path,
        source_md5=posts[1].md5,
        rating="s",
        path="images/danbooru/42.png",
        sha256=sha256_file(files[1]),
        width=20,
        height=30,
        group="danbooru-41",
        artist="painter other",
        tags="1girl other painter",
    )
    assert rows[41].group == "danbooru-41"
    assert (workspace.root / rows[42].path).read_bytes() == files[1].read_bytes()


def test_the_rating_is_general_unless_said_otherwise(posts: list[DemoPost], workspace: Workspace) -> None:
    mixed = [replace(post, rating="gsqe"[post.id % 4]) for post in posts]
    with Booru(mixed) as booru:
        rows, _ = collect(of(booru), workspace)
        assert all("rating:g" in entry.query["tags"].split() for entry in booru.log if entry.query)
    assert {row.rating for row in rows.values()} == {"g"}
    assert sorted(rows) == [4, 8, 12]


def test_a_server_that_ignores_the_rating(posts: list[DemoPost], workspace: Workspace) -> None:
    with Booru([posts[0], replace(posts[1], fields={"rating": "e"})]) as booru:
        rows, _ = collect(of(booru), workspace)
        assert len(booru.downloads()) == 1
    assert statuses(rows)[2] == ("drop", "the post has another rating than the search: e")


def test_another_source_name_for_another_server(posts: list[DemoPost], workspace: Workspace) -> None:
    with Booru(posts[:1]) as booru:
        rows, _ = collect(of(booru, source="mybooru"), workspace)
    assert (rows[1].id, rows[1].path) == ("mybooru-1", "images/mybooru/1.png")


# --- what is asked of the server ----------------------------------------------------------------------


def test_short_pages_do_not_end_the_crawl(posts: list[DemoPost], workspace: Workspace) -> None:
    with Booru(posts, per_page=5) as booru:
        rows, problem = collect(of(booru), workspace)
    assert problem is None
    assert sorted(rows) == list(range(1, 13))
    assert all(row.kept for row in rows.values())


def test_the_limit_counts_images_and_ends_the_crawl(posts: list[DemoPost], workspace: Workspace) -> None:
    banned = [replace(post, banned=post.id in (11, 3)) for post in posts]
    with Booru(banned, per_page=6) as booru:
        rows, problem = collect(of(booru, limit=4), workspace)
        assert [entry.path for entry in booru.log].count("/posts.json") == 1
    assert problem is None
    assert {number: row.status for number, row in rows.items()} == {
        **dict.fromkeys((12, 10, 9, 8), Status.KEEP),
        11: Status.DROP,  # passed on the way; post 3 was never reached
    }


def test_an_honest_name_and_no_hurry(posts: list[DemoPost], workspace: Workspace) -> None:
    with Booru(posts[:3]) as booru:
        collect(of(booru, delay=0.15), workspace)
        log = booru.log
    assert {entry.user_agent.split("/")[0] for entry in log} == {"f2a"}
    assert [entry.path == "/posts.json" for entry in log] == [True, False, False, False, True]
    assert all(later.at - earlier.at >= 0.14 for earlier, later in pairwise(log[:4]))
    assert log[4].at - log[0].at >= 0.14


def test_the_default_is_about_one_request_a_second() -> None:
    assert Scrape(tags="1girl").delay == 1.0
    assert Scrape(tags="1girl").root == DANBOORU


def test_a_persons_own_gallery_dl_configuration_is_left_alone(
    posts: list[DemoPost], workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "home" / "gallery-dl"
    folder.mkdir(parents=True)
    options = {"extractor": {"filename": "mine.{extension}", "archive": str(tmp_path / "mine.sqlite3")}}
    (folder / "config.json").write_text(json.dumps(options))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    with Booru(posts[:2]) as booru:
        collect(of(booru), workspace)
    assert images(workspace) == {"1.png", "2.png"}
    assert not (tmp_path / "mine.sqlite3").exists()


def test_a_server_on_this_machine_needs_no_proxy(
    posts: list[DemoPost], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Booru(posts[:1]) as booru:
        assert "posts that match: 1" in of(booru).dry_run()
        rows, problem = collect(of(booru, retries=0), workspace)
    assert problem is None
    assert rows[1].kept


def test_a_dry_run_asks_for_the_number_only(posts: list[DemoPost], workspace: Workspace) -> None:
    with Booru(posts) as booru:
        plan = of(booru, limit=7, delay=60).dry_run()
        assert [entry.path for entry in booru.log] == ["/counts/posts.json"]
    assert "posts that match: 12" in plan
    assert "at most 7" in plan
    assert "9 minutes" in plan
    assert "not known" in of(booru).dry_run()  # the server is gone
    assert not any((workspace.root / "images").iterdir())


# --- two terms without an account ---------------------------------------------------------------------


def test_danbooru_is_not_asked_for_more_than_it_allows(workspace: Workspace) -> None:
    rows, problem = collect(Scrape(tags="1girl solo smile rating_is_fine score:>5"), workspace)
    assert not rows
    assert problem
    assert problem.code is ExitCode.USAGE
    assert "2 search terms and these are 4: 1girl solo smile rating_is_fine" in str(problem)


def test_a_refused_search_is_explained(posts: list[DemoPost], workspace: Workspace) -> None:
    with Booru(posts) as booru:
        rows, problem = collect(of(booru, "1girl painter -solo"), workspace)
        free, fine = collect(of(booru, "1girl painter id:>6 score:>-5"), workspace)
    assert not rows
    assert problem
    assert problem.code is ExitCode.REMOTE
    assert "2 search terms and these are 3: 1girl painter -solo" in str(problem)
    assert fine is None
    assert sorted(free) == [7, 8, 9, 10, 11, 12]


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("1girl rating:g", ["1girl"]),
        ("-rating:e order:score filetype:png", ["order:score"]),
        ("( a or b ) -c", ["a", "b", "-c"]),
        ("re:zero Score:5", ["re:zero"]),
    ],
)
def test_counting_terms(query: str, terms: list[str]) -> None:
    assert counted_terms(query) == terms


@pytest.mark.parametrize("tags", ["rating:e", "1girl -rating:g", "solo Rating:s"])
def test_the_rating_is_not_among_the_tags(tags: str) -> None:
    with pytest.raises(FatalError, match="--rating"):
        search(tags, "g")


@pytest.mark.parametrize("rating", ["", "x", "g,", "gs", "general"])
def test_unknown_ratings(rating: str) -> None:
    with pytest.raises(FatalError, match="--rating"):
        search("1girl", rating)


@pytest.mark.parametrize(
    "root", ["danbooru", "ftp://x", "file:///etc", "https://me:key@x", "http://", "http://x?a"]
)
def test_addresses_that_are_no_server(root: str, workspace: Workspace) -> None:
    with pytest.raises(FatalError, match="--root") as caught:
        list(Scrape(tags="1girl", root=root).collect(workspace))
    assert caught.value.code is ExitCode.USAGE
    assert "key" not in str(caught.value)
    assert server_root("https://x/booru/") == "https://x/booru"


@pytest.mark.parametrize("options", [{"limit": 0}, {"delay": -1.0}, {"source": "../x"}])
def test_options_that_cannot_work(options: dict[str, object], workspace: Workspace) -> None:
    with pytest.raises(FatalError) as caught:
        list(build(Scrape, {"tags": "1girl", **options}, "scrape").collect(workspace))
    assert caught.value.code is ExitCode.USAGE


# --- posts that give no image -------------------------------------------------------------------------


def test_posts_without_a_file_are_counted(posts: list[DemoPost], workspace: Workspace) -> None:
    some = [replace(post, banned=post.id in (1, 6, 12)) for post in posts]
    with Booru(some, per_page=4) as booru:
        rows, problem = collect(of(booru), workspace)
        url = booru.url
    assert problem is None
    dropped = {number: row for number, row in rows.items() if not row.kept}
    assert sorted(dropped) == [1, 6, 12]
    assert {row.reason for row in dropped.values()} == {Reason.POST_WITHOUT_FILE}
    assert dropped[6].source_url == f"{url}/posts/6"
    assert (dropped[6].tags, dropped[6].stage) == ("1girl painter", "scrape")


def test_nothing_but_posts_without_a_file(posts: list[DemoPost], workspace: Workspace) -> None:
    with Booru([replace(post, banned=True) for post in posts[:3]]) as booru:
        rows, problem = collect(of(booru), workspace)
    assert problem is None
    assert {row.status for row in rows.values()} == {Status.DROP}


def test_no_results(posts: list[DemoPost], workspace: Workspace) -> None:
    with Booru(posts) as booru:
        rows, problem = collect(of(booru, "nobody"), workspace)
    assert not rows
    assert problem
    assert problem.code is ExitCode.NO_RESULTS
    assert "nobody rating:g" in str(problem)


def test_videos_and_archives_are_listed_but_not_fetched(posts: list[DemoPost], workspace: Workspace) -> None:
    names = {1: "/a/x.mp4", 2: "/a/x.zip", 3: "/a/x.swf", 4: "/a/x.avif", 5: "/a/x"}
    odd = [replace(post, fields={"file_url": names[post.id]}) for post in posts[:5]]
    with Booru([*odd, posts[5]]) as booru:
        rows, problem = collect(of(booru, limit=1), workspace)
        assert len(booru.downloads()) == 1
        rows, problem = collect(of(booru), workspace)
    assert problem is None
    assert rows[6].kept
    assert {row.status for number, row in rows.items() if number < 6} == {Status.DROP}
    assert (rows[1].reason, rows[1].detail) == (Reason.NOT_A_STILL_IMAGE, "mp4")
    assert (rows[5].reason, rows[5].detail) == (Reason.NOT_A_STILL_IMAGE, "unknown format")


# --- bad answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/original/", Kind.STATUS, status=429, headers={"Retry-After": "1"}),
        Fault("/original/", Kind.STATUS, status=429),
        Fault("/posts.json", Kind.STATUS, status=429, headers={"Retry-After": "1"}),
        Fault("/posts.json", Kind.STATUS, status=500),
        Fault("/original/", Kind.STATUS, status=503),
        Fault("/original/", Kind.DROP),
        Fault("/posts.json", Kind.DROP),
    ],
    ids=lambda fault: f"{fault.path.strip('/')}-{fault.kind}-{fault.status}",
)
def test_what_passes_is_waited_out(posts: list[DemoPost], workspace: Workspace, fault: Fault) -> None:
    with Booru(posts[:2], faults=[replace(fault)]) as booru:
        rows, problem = collect(of(booru, retries=1), workspace)
    assert problem is None
    assert statuses(rows) == {1: ("keep", ""), 2: ("keep", "")}


def test_an_api_that_fails_ends_the_crawl_but_keeps_what_came(
    posts: list[DemoPost], workspace: Workspace
) -> None:
    with Booru(posts, per_page=5) as booru:
        booru.faults.append(Fault("/posts.json", Kind.SLOW))  # lets the first page through
        booru.faults.append(Fault("/posts.json", Kind.STATUS, times=99, status=500))
        rows, problem = collect(of(booru, retries=0), workspace)
        assert sorted(rows) == [8, 9, 10, 11, 12]
        assert all(row.kept for row in rows.values())
        assert problem
        assert problem.code is ExitCode.REMOTE
        assert "'500 " in str(problem)
        booru.faults.clear()
        rows, problem = collect(of(booru), workspace)
        assert max(fetched(booru).values()) == 1
    assert problem is None
    assert len(rows) == 12


def test_digits_in_the_address_are_no_status(posts: list[DemoPost], workspace: Workspace) -> None:
    with Booru(posts, faults=[Fault("/posts.json", Kind.STATUS, times=99, status=500)]) as booru:
        _, problem = collect(of(booru, tags="id:<422", retries=0), workspace)
    assert "'500 " in str(problem)
    assert "search terms" not in str(problem)


def test_an_html_page_instead_of_the_list(posts: list[DemoPost], workspace: Workspace) -> None:
    with Booru(posts, faults=[Fault("/posts.json", Kind.HTML)]) as booru:
        rows, problem = collect(of(booru), workspace)
    assert not rows
    assert problem
    assert problem.code is ExitCode.REMOTE
    assert "JSON" in str(problem)


def test_a_file_that_is_gone_is_an_error_row(posts: list[DemoPost], workspace: Workspace) -> None:
    gone = replace(posts[0], fields={"file_url": "/original/gone.png"})
    with Booru([gone, posts[1]]) as booru:
        rows, problem = collect(of(booru), workspace)
    assert problem is None  # the crawl itself came to its end
    assert rows[2].kept
    assert rows[1].status is Status.ERROR
    assert (rows[1].reason, rows[1].detail) == (Reason.DOWNLOAD_FAILED, "404 Not Found")
    assert (rows[1].stage, rows[1].path) == ("scrape", "")


def test_an_html_page_instead_of_an_image(posts: list[DemoPost], workspace: Workspace) -> None:
    with Booru(posts[:2], faults=[Fault("/original/", Kind.HTML)]) as booru:
        rows, _ = collect(of(booru), workspace)
        assert statuses(rows) == {1: ("keep", ""), 2: ("error", "the download failed: HTML response")}
        rows, _ = collect(of(booru), workspace)
    assert statuses(rows) == {1: ("keep", ""), 2: ("keep", "")}


def test_an_html_page_that_claims_to_be_an_image(tmp_path: Path, workspace: Workspace) -> None:
    (tmp_path / "page.png").write_text("<!DOCTYPE html><title>Please wait</title>")
    with Booru([DemoPost(id=1, file=tmp_path / "page.png", tags="1girl")]) as booru:
        rows, _ = collect(of(booru), workspace)
    assert statuses(rows) == {1: ("error", "an HTML page, not an image")}


def test_a_wrong_file_is_thrown_away_and_fetched_anew(posts: list[DemoPost], workspace: Workspace) -> None:
    wrong = replace(posts[0], fields={"md5": "0" * 32})
    with Booru([wrong]) as booru:
        rows, _ = collect(of(booru), workspace)
    assert rows[1].status is Status.ERROR
    assert rows[1].reason is Reason.WRONG_MD5
    assert (rows[1].source_md5, rows[1].path) == ("0" * 32, "")
    assert not images(workspace)
    with Booru(posts[:1]) as booru:
        rows, _ = collect(of(booru), workspace)
    assert statuses(rows) == {1: ("keep", "")}


def test_a_torn_download_goes_on_where_it_stopped(tmp_path: Path, workspace: Workspace) -> None:
    file = picture(tmp_path, 1, side=200)
    with Booru([DemoPost(id=1, file=file, tags="1girl")]) as booru:
        booru.faults.append(Fault("/original/", Kind.TRUNCATE))
        rows, _ = collect(of(booru, retries=0), workspace)
        assert rows[1].status is Status.ERROR
        assert not images(workspace)
        rows, _ = collect(of(booru), workspace)
        last = booru.downloads()[-1]
    assert rows[1].kept
    assert last.status == 206
    assert int(re.fullmatch(r"bytes=(\d+)-", last.range)[1]) > 0  # type: ignore[index]
    assert (workspace.root / rows[1].path).read_bytes() == file.read_bytes()


# --- hostile metadata ---------------------------------------------------------------------------------


def test_hostile_metadata(
    posts: list[DemoPost], workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    fields: Sequence[dict[str, object]] = [
        {"tag_string": "1girl\n=cmd|' /C calc'!A0\x00\x1b[31m  \u202esolo" + " x" * 50_000},
        {"tag_string_artist": "two\r\nlines", "parent_id": "1; drop", "md5": ["no"]},
        {"rating": "g\n"},
        {"file_url": "/original/../../../../etc/passwd"},
        {"file_url": "text:hello.png"},
        {"file_url": "ytdl:https://127.0.0.1/x.png"},
        {"file_url": "file:///etc/hostname.png"},
        {"id": True},
        {"id": "../../../outside"},
        {"id": 10**30},
    ]
    odd = [replace(post, fields=bad) for post, bad in zip(posts[1:], fields, strict=False)]
    with Booru([posts[0], *odd]) as booru:
        rows, problem = collect(of(booru), workspace)
    assert problem is None
    assert sorted(rows) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert "3 posts without a usable number" in caplog.text
    assert rows[2].kept
    assert rows[2].tags.isprintable()
    assert rows[2].tags.startswith("1girl =cmd|' /C calc'!A0 [31m solo x")
    assert len(rows[2].tags) <= 20_000
    assert (rows[3].artist, rows[3].group, rows[3].source_md5) == ("two lines", "danbooru-3", "")
    assert statuses(rows)[4] == ("drop", "the post has another rating than the search: unknown")
    assert statuses(rows)[5] == ("drop", "the post is not a still image: unknown format")
    assert {rows[number].status for number in (6, 7, 8)} == {Status.ERROR}
    assert all(row.detail.isprintable() for row in rows.values())
    assert images(workspace) == {"1.png", "2.png", "3.png"}


@pytest.mark.parametrize("raw", [None, [], "post", {}, {"id": None}, {"id": -1}, {"id": 1.0}, {"id": "1"}])
def test_what_is_no_post(raw: object) -> None:
    assert Parsed.parse(raw) is None


def test_torn_and_foreign_lines_in_the_journal(posts: list[DemoPost], workspace: Workspace) -> None:
    with Booru(posts[:3]) as booru:
        collect(of(booru), workspace)
        journal = workspace.journal / "scrape-danbooru" / "posts.jsonl"
        text = journal.read_text()
        journal.write_bytes(b'\xff\xfe\n[1,2]\n"x"\n' + text.encode() + b'{"id": 99, "tag_str')
        rows, problem = collect(of(booru), workspace)
    assert problem is None
    assert sorted(rows) == [1, 2, 3]


# --- resuming -----------------------------------------------------------------------------------------


def test_other_tags_add_rows_and_fetch_nothing_twice(posts: list[DemoPost], workspace: Workspace) -> None:
    tagged = [replace(post, tags="1girl smile" if post.id < 6 else "smile") for post in posts]
    with Booru(tagged) as booru:
        first, _ = collect(of(booru, "1girl"), workspace)
        second, _ = collect(of(booru, "smile"), workspace)
        assert max(fetched(booru).values()) == 1
    assert sorted(first) == list(range(1, 6))
    assert sorted(second) == list(range(1, 13))


def test_what_has_its_row_is_not_remembered_twice(posts: list[DemoPost], workspace: Workspace) -> None:
    """The journal of ten million posts takes minutes; a post in error may be fetched by another search."""
    gone = replace(posts[0], fields={"file_url": "/original/gone.png"})
    with Booru([gone, *posts[1:4]]) as booru:
        collecting.collect(of(booru), workspace)
        before = workspace.images()
        with pytest.raises(FatalError, match="no post"):
            collecting.collect(of(booru, "nobody"), workspace)
    journal = PostJournal(workspace.journal / "scrape-danbooru")
    assert [post.id for post in journal.posts()] == [1]
    assert [row.id for row in workspace.images()] == [row.id for row in before]
    assert {row.id for row in workspace.images() if not row.kept} == {"danbooru-1"}


def test_a_deleted_file_is_fetched_again(posts: list[DemoPost], workspace: Workspace) -> None:
    with Booru(posts[:2]) as booru:
        rows, _ = collect(of(booru), workspace)
        (workspace.root / rows[1].path).unlink()
        rows, _ = collect(of(booru), workspace)
        assert len(booru.downloads()) == 3
    assert rows[1].kept


def processes(booru: Booru) -> list[int]:
    """The gallery-dl processes that speak to this server."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            command = (folder / "cmdline").read_bytes().decode() if folder.name.isdecimal() else ""
        except OSError:
            continue
        if "gallery_dl" in command and booru.url in command:
            found.append(int(folder.name))
    return found


def wait_until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


@contextmanager
def scraping(booru: Booru, workspace: Workspace) -> Iterator["subprocess.Popen[str]"]:
    """A process in the middle of a scrape: some files are there, the next one hangs."""
    code = (
        "import sys; from pathlib import Path\n"
        "from f2a_data.sources.scrape import Scrape; from f2a_manifests import Workspace\n"
        "scrape = Scrape(tags='1girl', root=sys.argv[1], delay=0)\n"
        "print(len(list(scrape.collect(Workspace(Path(sys.argv[2]))))))\n"
    )
    command = [sys.executable, "-c", code, booru.url, str(workspace.root)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        folder = workspace.root / "images" / "danbooru"
        wait_until(lambda: folder.is_dir() and len(list(folder.iterdir())) == 4)
        wait_until(lambda: not booru.faults[0].times)
        yield process


def check_goes_on(booru: Booru, workspace: Workspace) -> None:
    """The same scrape again finishes without asking for anything it has."""
    rows, problem = collect(of(booru), workspace)
    assert problem is None
    assert statuses(rows) == {
        number: ("drop", "the post has no file (banned or restricted)") if number == 11 else ("keep", "")
        for number in range(1, 13)
    }
    assert set(fetched(booru).values()) == {1}
    assert len(fetched(booru)) == 11


@pytest.fixture
def stuck(posts: list[DemoPost]) -> Iterator[Booru]:
    """DemoPost 11, the second, is banned; the fifth file that is asked for, post 7's, will hang once."""
    hang = Fault(posts[6].file_path, Kind.SLOW, seconds=60)
    with Booru([replace(post, banned=post.id == 11) for post in posts], per_page=5, faults=[hang]) as booru:
        yield booru


@linux_only
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_killed_and_run_again(stuck: Booru, workspace: Workspace, number: signal.Signals) -> None:
    with scraping(stuck, workspace) as process:
        assert len(processes(stuck)) == 1
        process.send_signal(number)
        assert process.wait(20) != 0
        wait_until(lambda: not processes(stuck))  # no orphan goes on behind our back
    check_goes_on(stuck, workspace)


@linux_only
def test_detect_follows_a_scrape_that_goes_on(
    stuck: Booru, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four files are there and the fifth one hangs: three of them are in shards, and can be worked on."""
    monkeypatch.setattr(collecting, "_SMALLEST", 3)
    ended: list[Exception] = []

    def crawl() -> None:
        try:
            collecting.collect(of(stuck), workspace)
        except FatalError as error:
            ended.append(error)

    thread = threading.Thread(target=crawl)
    thread.start()
    wait_until(lambda: list(workspace.shards.glob("collect/*.parquet")))
    runner.run(Detect(), workspace)
    assert thread.is_alive()
    assert [image.id for image in workspace.images()] == ["danbooru-12", "danbooru-10", "danbooru-9"]
    first = {path: path.stat().st_mtime_ns for path in workspace.shards.glob("*/*.parquet")}
    assert {path.parent.name for path in first} == {"collect", "detect"}
    for process in processes(stuck):
        os.kill(process, signal.SIGKILL)
    thread.join()
    assert [error.code for error in ended] == [ExitCode.FAILED]
    collecting.collect(of(stuck), workspace)
    runner.run(Detect(), workspace)
    assert {image.id for image in workspace.images()} == {f"danbooru-{number}" for number in range(1, 13)}
    assert {path: path.stat().st_mtime_ns for path in first} == first  # late arrivals are new shards
    assert set(fetched(stuck).values()) == {1}


def test_posts_are_taken_as_they_are_listed(tmp_path: Path) -> None:
    journal = PostJournal(tmp_path)
    journal.prepare()
    journal.file.write_bytes(b'{"id": 1}\n')
    arriving = journal.arriving()
    with journal.file.open("ab", buffering=0) as log:
        log.write(b'{"id": 2}\nno JSON\n{"id": 3')
        assert arriving.take(3) is None
        assert arriving.take(1) is None  # listed before
        log.write(b"}\n")
        assert [post.id for post in map(arriving.take, (3, 2)) if post] == [3, 2]
        assert arriving.take(2) is None


@linux_only
def test_gallery_dl_killed_and_run_again(stuck: Booru, workspace: Workspace) -> None:
    folder = workspace.root / "images" / "danbooru"

    def kill() -> None:
        wait_until(lambda: folder.is_dir() and len(list(folder.iterdir())) == 4)
        wait_until(lambda: not stuck.faults[0].times)
        os.kill(processes(stuck)[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    rows, problem = collect(of(stuck), workspace)
    killer.join()
    assert problem
    assert problem.code is ExitCode.FAILED
    assert "signal 9" in str(problem)
    assert Counter(row.status for row in rows.values()) == {Status.KEEP: 4, Status.DROP: 1, Status.ERROR: 1}
    assert "run the same scrape again" in next(row.why for row in rows.values() if row.status == "error")
    check_goes_on(stuck, workspace)


# --- the exit code and the journal --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "code", "says"),
    [
        (DownloadOutcome(0), None, ""),
        (DownloadOutcome(4, {7: "404"}), None, ""),  # single files: their rows say so
        (DownloadOutcome(4, {}, "'500' for 'x'"), ExitCode.REMOTE, "refused or failed: '500' for 'x'"),
        (DownloadOutcome(1), ExitCode.REMOTE, "an unknown error"),
        (DownloadOutcome(8, {}, "Cloudflare"), ExitCode.REMOTE, "asks for a browser"),
        (DownloadOutcome(16), ExitCode.REMOTE, "login"),
        (DownloadOutcome(32), ExitCode.REMOTE, "configuration"),
        (DownloadOutcome(64), ExitCode.REMOTE, "address"),
        (DownloadOutcome(128), ExitCode.FAILED, "could not be written"),
        (DownloadOutcome(4 | 128), ExitCode.FAILED, "refused or failed; a file could not be written"),
        (DownloadOutcome(-9), ExitCode.FAILED, "signal 9"),
    ],
)
def test_the_exit_code_in_words(outcome: DownloadOutcome, code: ExitCode | None, says: str) -> None:
    problem = outcome.problem()
    assert (problem.code if problem else None) == code
    assert says in str(problem or "")
    assert "\n" not in str(problem)


# --- credentials --------------------------------------------------------------------------------------


@pytest.fixture
def login_file(tmp_path: Path) -> Path:
    file = tmp_path / "danbooru.login"
    file.write_text(f"DANBOORU_LOGIN=somebody\nDANBOORU_API_KEY = {KEY}\n")
    file.chmod(0o600)
    return file


def secrets() -> list[bytes]:
    basic = base64.b64encode(f"somebody:{KEY}".encode())
    return [KEY.encode(), basic]


def check_no_secret_in(text: str) -> None:
    assert not any(secret.decode() in text for secret in secrets())


@linux_only
@pytest.mark.parametrize("accepted", [True, False])
def test_the_login_is_used_and_found_nowhere(
    posts: list[DemoPost],
    workspace: Workspace,
    login_file: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    accepted: bool,  # noqa: FBT001
) -> None:
    caplog.set_level("DEBUG")
    seen: list[str] = []
    accounts = {"somebody": KEY if accepted else "another"}
    slow = Fault("", Kind.SLOW, seconds=0.3)
    with Booru(posts[:2], accounts=accounts, faults=[slow]) as booru:
        scrape = of(booru, "1girl painter -solo", credentials=login_file)
        watcher = threading.Thread(target=lambda: seen.extend(look_at_processes(booru)))
        watcher.start()
        rows, problem = collect(scrape, workspace)
        watcher.join()
        assert booru.log[0].with_login
    assert seen
    assert len(rows) == (2 if accepted else 0)
    assert (problem is None) is accepted
    assert problem is None or (problem.code is ExitCode.REMOTE and "401" in str(problem))
    out, err = capfd.readouterr()
    check_no_secret_in(" ".join([*seen, out, err, caplog.text, str(problem), repr(scrape), repr(rows)]))
    for file in filter(Path.is_file, workspace.root.rglob("*")):
        assert not any(secret in file.read_bytes() for secret in secrets())


def look_at_processes(booru: Booru) -> list[str]:
    """Command line and environment of gallery-dl while it waits for the server."""
    wait_until(lambda: not booru.faults[0].times and processes(booru))
    folders = [Path("/proc") / str(number) for number in processes(booru)]
    return [(folder / name).read_text() for folder in folders for name in ("cmdline", "environ")]


def test_the_environments_login_goes_to_danbooru_only(
    posts: list[DemoPost], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {credentials.LOGIN: "somebody", credentials.API_KEY: KEY}
    found = credentials.find(DANBOORU, None, environ)
    assert found == credentials.Credentials("somebody", KEY)
    assert KEY not in repr(found)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with Booru(posts[:1]) as booru:
        rows, _ = collect(of(booru), workspace)
        assert not any(entry.with_login for entry in booru.log)
    assert rows[1].kept


def test_a_servers_message_with_the_key_in_it_is_redacted() -> None:
    login = credentials.Credentials("somebody", KEY)
    text = f"'401' for 'https://x/?api_key={KEY}' Authorization: Basic {secrets()[1].decode()}"
    assert login.redact(text) == "'401' for 'https://x/?api_key=***' Authorization: Basic ***"


def test_credentials_that_cannot_be_used(tmp_path: Path, login_file: Path) -> None:
    with pytest.raises(FatalError, match="unencrypted"):
        credentials.find("http://example.org", login_file, {})
    with pytest.raises(FatalError, match="both needed"):
        credentials.find(DANBOORU, None, {credentials.LOGIN: "somebody"})
    with pytest.raises(FatalError, match="cannot be read"):
        credentials.find(DANBOORU, tmp_path / "nothing", {})
    login_file.chmod(0o644)
    with pytest.raises(FatalError, match="chmod 600"):
        credentials.find(DANBOORU, login_file, {})
    assert credentials.find(DANBOORU, None, {}) is None

"""The local booru answers as Danbooru does, and fails as it is told to."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from f2a_demo.booru import Booru
from f2a_demo.booru_posts import DemoPost
from f2a_demo.faults import Fault, Kind
from f2a_faces.images import encode_png


def picture(folder: Path, seed: int) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 255, (30, 20, 3), dtype=np.uint8)
    file = folder / f"{seed}.png"
    file.write_bytes(encode_png(pixels))
    return file


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> list[DemoPost]:
    folder = tmp_path_factory.mktemp("posts")
    return [
        DemoPost(
            id=number,
            file=picture(folder, number),
            tags="1girl solo" if number % 2 else "1girl smile",
            rating="e" if number == 9 else "g",
            artist="painter",
            parent_id=2 if number == 3 else None,
            banned=number == 5,
        )
        for number in range(1, 11)
    ]


@pytest.fixture
def booru(posts: list[DemoPost]) -> Iterator[Booru]:
    with Booru(posts, accounts={"me": "key"}) as booru:
        yield booru


def ids(booru: Booru, tags: str, **query: str | int) -> list[int]:
    answer = httpx.get(f"{booru.url}/posts.json", params={"tags": tags, **query})
    assert answer.status_code == 200
    return [post["id"] for post in answer.json()]


def test_a_search_gives_the_newest_first(booru: Booru) -> None:
    assert ids(booru, "smile") == [10, 8, 6, 4, 2]
    assert ids(booru, "smile order:id") == [2, 4, 6, 8, 10]
    assert ids(booru, "-smile painter") == [9, 7, 5, 3, 1]
    assert ids(booru, "solo rating:g") == [7, 5, 3, 1]
    assert ids(booru, "rating:general,explicit id:8..") == [10, 9, 8]
    assert ids(booru, "id:2,>=9,..1") == [10, 9, 2, 1]
    assert ids(booru, "parent:2") == [3, 2]
    assert ids(booru, "nobody") == []


def test_paging_by_number_and_by_id(booru: Booru) -> None:
    assert ids(booru, "", limit=4) == [10, 9, 8, 7]
    assert ids(booru, "", limit=4, page=3) == [2, 1]
    assert ids(booru, "", limit=4, page="b7") == [6, 5, 4, 3]
    assert ids(booru, "", limit=4, page="a2") == [6, 5, 4, 3]
    assert ids(booru, "", limit=4, page="b1") == []


def test_a_post_and_its_file(booru: Booru, posts: list[DemoPost]) -> None:
    raw = httpx.get(f"{booru.url}/posts/3.json").json()
    assert (raw["image_width"], raw["image_height"], raw["parent_id"]) == (20, 30, 2)
    assert raw["tag_string"] == "1girl painter solo"
    answer = httpx.get(raw["file_url"])
    assert answer.content == posts[2].file.read_bytes()
    assert answer.headers["content-type"] == "image/png"
    assert raw["md5"] in raw["file_url"]
    part = httpx.get(raw["file_url"], headers={"Range": "bytes=10-"})
    assert (part.status_code, part.content) == (206, posts[2].file.read_bytes()[10:])


def test_a_banned_post_is_listed_without_its_file(booru: Booru, posts: list[DemoPost]) -> None:
    raw = httpx.get(f"{booru.url}/posts/5.json").json()
    assert not {"file_url", "large_file_url", "md5"} & raw.keys()
    assert httpx.get(booru.url + posts[4].file_path).status_code == 404
    assert httpx.get(f"{booru.url}/posts/77.json").status_code == 404


def test_counts(booru: Booru) -> None:
    answer = httpx.get(f"{booru.url}/counts/posts.json", params={"tags": "smile rating:g"})
    assert answer.json() == {"counts": {"posts": 5}}


def test_two_terms_without_an_account(booru: Booru) -> None:
    address, free = f"{booru.url}/posts.json", "rating:g id:>1 score:>5 limit:3"
    assert httpx.get(address, params={"tags": f"1girl solo {free}"}).status_code == 200
    refused = httpx.get(address, params={"tags": "1girl solo smile"})
    assert refused.status_code == 422
    assert refused.json()["error"] == "PostQuery::TagLimitError"
    assert httpx.get(address, params={"tags": "1girl solo order:score"}).status_code == 422
    three = {"tags": "1girl solo smile"}
    assert httpx.get(address, params=three, auth=("me", "key")).status_code == 200
    assert httpx.get(address, params=three, auth=("me", "wrong")).status_code == 401


def test_short_pages(posts: list[DemoPost]) -> None:
    with Booru(posts, per_page=3) as booru:
        assert ids(booru, "", limit=200) == [10, 9, 8]


def test_the_log_names_client_and_range_but_no_login(booru: Booru) -> None:
    headers = {"User-Agent": "someone/1", "Range": "bytes=5-"}
    httpx.get(f"{booru.url}/posts.json?tags=smile", headers=headers, auth=("me", "key"))
    (entry,) = booru.log
    assert (entry.path, entry.query, entry.status) == ("/posts.json", {"tags": "smile"}, 200)
    assert (entry.user_agent, entry.range, entry.with_login) == ("someone/1", "bytes=5-", True)
    assert "key" not in repr(entry)


def test_faults_strike_as_often_as_they_are_told(booru: Booru) -> None:
    booru.faults.append(Fault("/posts", Kind.STATUS, times=2, status=429, headers={"Retry-After": "7"}))
    answers = [httpx.get(f"{booru.url}/posts.json") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "7"
    booru.faults.append(Fault("/posts", Kind.HTML))
    page = httpx.get(f"{booru.url}/posts.json")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


def received(address: str) -> bytes:
    """What arrives of an answer before the connection breaks."""
    parts: list[bytes] = []
    with httpx.stream("GET", address) as answer, pytest.raises(httpx.RemoteProtocolError):
        parts.extend(answer.iter_raw())
    return b"".join(parts)


@pytest.mark.parametrize("kind", [Kind.DROP, Kind.TRUNCATE])
def test_a_connection_that_breaks(booru: Booru, posts: list[DemoPost], kind: Kind) -> None:
    address, whole = booru.url + posts[0].file_path, posts[0].file.read_bytes()
    booru.faults.append(Fault("/original/", kind))
    assert received(address) == (whole[: len(whole) // 2] if kind is Kind.TRUNCATE else b"")
    assert httpx.get(address).content == whole


def test_a_slow_answer(booru: Booru) -> None:
    booru.faults.append(Fault("/posts", Kind.SLOW, seconds=0.2))
    start = time.monotonic()
    assert len(ids(booru, "")) == 10
    assert time.monotonic() - start >= 0.2

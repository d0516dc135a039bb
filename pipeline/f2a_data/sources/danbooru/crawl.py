"""One search to be fetched, and the configuration of gallery-dl that fetches it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from f2a_data.sources.danbooru.credentials import Credentials
from f2a_data.sources.danbooru.journal import PostJournal
from f2a_data.sources.danbooru.posts import IMAGE_EXTENSIONS, KEYS, LARGEST_ID
from f2a_data.sources.danbooru.query import USER_AGENT, is_local

WAIT_AFTER_429 = 5  # times the delay, doubled at each try; gallery-dl does not read Retry-After
_LOG = "f2a\t{levelname}\t{name}\t{keywords.id}\t{message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawl:
    """One search to be fetched.

    Attributes:
        root: the server, without a trailing slash.
        query: the search as in the site's search box.
        ratings: letters; posts with other ratings are not fetched.
        limit: how many images at most.
        delay: seconds to wait before each image, and at least between two pages of posts.
        retries: how often a failed request is tried again.
        images: the folder for ``ID.EXT``.
        journal: the journal of posts.
        removed: numbers of posts that are never fetched.
        md5s: fetch these files only; empty for any.
    """

    root: str
    query: str
    ratings: tuple[str, ...]
    limit: int
    delay: float
    retries: int
    images: Path
    journal: PostJournal
    credentials: Credentials | None
    removed: tuple[int, ...] = ()
    md5s: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The search's page, which gallery-dl turns into API requests."""
        return f"{self.root}/posts?tags={quote_plus(self.query)}"


def configuration(crawl: Crawl) -> dict[str, Any]:
    """The whole configuration of one run; gallery-dl reads no other."""
    return {
        "extractor": {"modules": ["danbooru"], "Danbooru": _extractor(crawl)},
        "downloader": {
            "filesize-max": "100M",  # Danbooru's own limit
            "adjust-extensions": False,  # the name of a file must follow from its post
            "part-directory": str(crawl.journal.parts),  # images/ holds whole files only
            "progress": None,
            "text": {"enabled": False},  # a hostile file_url may ask for these
            "ytdl": {"enabled": False},
        },
        "cache": {"file": ":memory:"},
        "output": {"mode": "pipe", "colors": {}, "log": {"format": _LOG, "level": "info"}},
    }


def _filter(crawl: Crawl) -> str:
    """Which files are fetched, as gallery-dl evaluates it."""
    only = f" and md5 in {[*crawl.md5s]}" if crawl.md5s else ""
    return (
        f"extension in {IMAGE_EXTENSIONS} and rating in {[*crawl.ratings]}"
        f" and type(id) is int and 0 < id < {LARGEST_ID} and id not in {[*crawl.removed]}{only}"
    )


def _extractor(crawl: Crawl) -> dict[str, Any]:
    login = crawl.credentials
    return {
        "danbooru": {"root": crawl.root},
        **({"username": login.login, "password": login.api_key} if login else {}),
        "user-agent": USER_AGENT,
        "threshold": 1,  # only an empty page is the last one; the default stops at the first short one
        "base-directory": str(crawl.images),
        "directory": [],
        "filename": "{id}.{extension}",
        "image-filter": _filter(crawl),
        "image-range": f"1-{crawl.limit}",
        "retries": crawl.retries,
        "retry-codes": [429],  # without this an image's 429 is final
        "sleep": crawl.delay,
        "sleep-request": crawl.delay,
        "sleep-429": f"exponential={WAIT_AFTER_429 * crawl.delay}" if crawl.delay else 0,
        "input": False,
        "proxy-env": not is_local(crawl.root),
        "write-pages": True,
        "postprocessors": [
            {
                "name": "metadata",
                "event": "post",
                "mode": "jsonl",
                "base-directory": str(crawl.journal.folder),
                "filename": crawl.journal.file.name,
                "include": list(KEYS),
            }
        ],
    }

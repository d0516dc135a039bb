"""``scrape``: illustrations and their provenance from Danbooru, or a server that speaks its API."""

import hashlib
import json
import logging
import math
import os
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote_plus, urljoin

from tqdm import tqdm

from f2a_data.sources.danbooru import credentials, gallery_dl, query
from f2a_data.sources.danbooru.journal import Journal
from f2a_data.sources.danbooru.posts import Post
from f2a_faces.images import ImageError, read_size
from f2a_manifests import Domain, ExitCode, FatalError, Record, Unit, Workspace, sha256_file

_PAGE = 200  # posts an API request brings
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scrape:
    """Fetch a search's newest images with gallery-dl.

    Attributes:
        tags: what you would type into the site's search box, without a rating: ``"1girl solo"``.
        rating: letters joined by commas: g general, s sensitive, q questionable, e explicit.
        limit: how many images at most, newest first; those already fetched count.
        root: the server.
        delay: seconds to wait before each image, and at least between two pages of posts.
        source: the name in the column ``source``, in ids and in ``images/``; give each server its own.
        credentials: a file with lines ``DANBOORU_LOGIN=...`` and ``DANBOORU_API_KEY=...``, mode 600; without
            it the environment variables of those names, for Danbooru only.
        retries: how often a failed request is tried again, with growing pauses.
    """

    name: ClassVar[str] = "scrape"

    tags: str
    rating: str = "g"
    limit: int = 1000
    root: str = query.DANBOORU
    delay: float = 1.0
    source: str = "danbooru"
    credentials: Path | None = None
    retries: int = 4

    def collect(self, workspace: Workspace) -> Iterator[Unit]:
        """Fetch, then give one image row for each post that scrapes of this workspace were told of.

        Rows of earlier scrapes come again, so that those of a killed one are not lost; merge by ``id``.
        Nothing is given before gallery-dl has ended; a kill before that leaves what the next call needs.

        Raises:
            FatalError: before the first row where the options or credentials cannot work (``USAGE``);
                after the last row where the crawl ended early (``REMOTE``; ``FAILED`` if the disk is full
                or gallery-dl was killed) or brought no post at all (``NO_RESULTS``). Keep the rows.
        """
        crawl = self._crawl(workspace)
        journal = crawl.journal
        journal.prepare()
        size = journal.size()
        with tqdm(total=self.limit, desc=self.name, unit=" images", disable=None) as bar:
            outcome = gallery_dl.run(crawl, bar.update)
        listed, unusable = journal.size() > size, journal.unusable()
        listed |= journal.absorb() > 0
        for post in journal.posts():
            yield Unit(self._row(post, workspace, outcome.failures))
        if unusable:
            _log.warning("%d posts without a usable number were left out", unusable)
        if problem := self._problem(crawl, outcome):
            raise problem
        if not listed:
            raise FatalError(f"no post on {crawl.root} matches: {crawl.query}", ExitCode.NO_RESULTS)

    def plan(self) -> str:
        """What `collect` would ask for, in a few lines; asks the server only how many posts there are."""
        root, search = query.server_root(self.root), query.search(self.tags, self.rating)
        posts = _count(root, search)
        images = self.limit if posts is None else min(self.limit, posts)
        requests = images + math.ceil(images / _PAGE) + 1
        return (
            f"{root}: {search}\n"
            f"posts that match: {'not known' if posts is None else posts}\n"
            f"images to fetch: at most {images}\n"
            f"requests: about {requests}, {self.delay:g} s or more between two, "
            f"so {requests * self.delay / 60:.0f} minutes or more"
        )

    def _crawl(self, workspace: Workspace) -> gallery_dl.Crawl:
        """Check every option."""
        if self.limit < 1 or self.delay < 0 or self.retries < 0:
            raise FatalError("--limit must be 1 or more, --delay 0 or more", ExitCode.USAGE)
        if not re.fullmatch(r"[a-z0-9_]{1,40}", self.source):
            raise FatalError("--source: lower-case letters, digits and _ only", ExitCode.USAGE)
        root, search = query.server_root(self.root), query.search(self.tags, self.rating)
        login = credentials.find(root, self.credentials, os.environ)
        if root == query.DANBOORU and not login and len(query.counted_terms(search)) > query.ANONYMOUS_TERMS:
            raise FatalError(query.explain_limit(search), ExitCode.USAGE)
        return gallery_dl.Crawl(
            root=root,
            query=search,
            ratings=tuple(self.rating.split(",")),
            limit=self.limit,
            delay=self.delay,
            retries=self.retries,
            images=workspace.root.resolve() / "images" / self.source,
            journal=Journal(workspace.journal.resolve() / f"scrape-{self.source}"),
            credentials=login,
        )

    def _problem(self, crawl: gallery_dl.Crawl, outcome: gallery_dl.Outcome) -> FatalError | None:
        if "422" in outcome.stopped and not crawl.credentials:
            return FatalError(f"{crawl.root} refused: {query.explain_limit(crawl.query)}", ExitCode.REMOTE)
        return outcome.problem()

    def _row(self, post: Post, workspace: Workspace, failures: dict[int, str]) -> Record:
        record = Record(
            id=f"{self.source}-{post.id}",
            domain=Domain.ANIME,
            source=self.source,
            source_id=str(post.id),
            source_url=_absolute(self.root, post),
            source_md5=post.md5,
            rating=post.rating,
            group=f"{self.source}-{post.parent_id or post.id}",
            artist=post.artist,
            tags=post.tags,
        )
        file = workspace.root / "images" / self.source / f"{post.id}.{post.extension}"
        if not post.file_url:
            record.drop(self.name, "post has no file (banned or restricted)")
        elif not post.is_image:
            record.drop(self.name, f"not a still image: {post.extension or 'unknown format'}")
        elif file.is_file():
            self._examine(record, file, workspace)
        elif post.rating not in self.rating.split(","):
            record.drop(self.name, f"rating {post.rating or 'unknown'} was not asked for")
        else:
            record.fail(self.name, failures.get(post.id, "not fetched yet; run the same scrape again"))
        return record

    def _examine(self, record: Record, file: Path, workspace: Workspace) -> None:
        """Fill in what the file itself says; one that is not the post's is deleted, to be fetched anew."""
        with file.open("rb") as content:
            md5 = hashlib.file_digest(content, "md5").hexdigest()
        if record.source_md5 and md5 != record.source_md5:
            file.unlink()
            record.fail(self.name, f"wrong file: md5 {md5}, the post says otherwise; deleted, scrape again")
            return
        record.path = file.relative_to(workspace.root).as_posix()
        record.sha256 = sha256_file(file)
        try:
            record.width, record.height = read_size(file)
        except ImageError as error:
            record.fail(self.name, str(error))


def _absolute(root: str, post: Post) -> str:
    """The file's address, or the post's page where there is none."""
    if not post.file_url:
        return f"{root}/posts/{post.id}"
    try:
        url = urljoin(f"{root}/", post.file_url)
    except ValueError:
        return ""
    return url if url.startswith(("http://", "https://")) else ""


def _count(root: str, search: str) -> int | None:
    """How many posts match, asked anonymously; None where the server does not say."""
    request = urllib.request.Request(  # noqa: S310 - the root is http(s), see server_root
        f"{root}/counts/posts.json?tags={quote_plus(search)}", headers={"User-Agent": gallery_dl.USER_AGENT}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            count = json.loads(answer.read(10_000))["counts"]["posts"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return count if type(count) is int else None

"""``scrape``: illustrations and their provenance from Danbooru, or a server that speaks its API."""

import logging
import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from msgspec import Meta

from f2a_data.sources.danbooru import credentials, gallery_dl, query
from f2a_data.sources.danbooru.crawl import Crawl
from f2a_data.sources.danbooru.journal import PostJournal
from f2a_data.sources.danbooru.posts import Post
from f2a_data.sources.danbooru.rows import STAGE, PostRows
from f2a_engine.known import Known, removed_posts
from f2a_engine.sources import SourceOrigin
from f2a_manifests import ExitCode, FatalError, Record, Status, Unit, Workspace
from f2a_manifests.options import ExistingFile
from f2a_manifests.progress import progress_bar

_SOURCE = "danbooru"
_PAGE = 200  # posts per API request
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scrape:
    """Collect illustrations from Danbooru.

    With their metadata, by gallery-dl, newest first. New images are added to the workspace; nothing is
    downloaded twice. Without an account a search may have two tags; the rating and a few more terms are
    free. See docs/scrape.md.

    Example: f2a-data scrape --tags "1girl solo" --limit 200

    Attributes:
        tags: as in the site's search box: "1girl solo".
        rating: the letter g, s, q or e, or several: g,s.
        limit: most images to have.
        root: the server.
        delay: seconds between requests.
        source: name in ids; one for each server.
        credentials: file with login and API key; otherwise the environment's.
        retries: how often a failed request is repeated, with increasing pauses.
    """

    name: ClassVar[str] = STAGE

    tags: str
    rating: str = "g"
    limit: Annotated[int, Meta(ge=1)] = 1000
    root: str = query.DANBOORU
    delay: Annotated[float, Meta(ge=0)] = 1.0
    source: str = _SOURCE
    credentials: ExistingFile | None = None
    retries: Annotated[int, Meta(ge=0)] = 4

    @property
    def origin(self) -> SourceOrigin:
        """See `f2a_engine.sources.Source`."""
        host = urlsplit(query.server_root(self.root)).hostname or ""  # whatever port it answers at
        return SourceOrigin(label=self.source, place=host, named=self.source != _SOURCE)

    def collect(self, workspace: Workspace) -> Iterator[Unit]:
        """Fetch, and give one image row for each post that is listed, or was listed by a killed scrape.

        A post with a file is given as soon as the file is there, all others after the crawl.

        Raises:
            FatalError: before the first row if the options or credentials are invalid (``USAGE``);
                after the last row if the crawl ended early (``REMOTE``; ``FAILED`` if the disk is full
                or gallery-dl was killed) or found no post (``NO_RESULTS``). Keep the rows.
        """
        crawl = self._crawl(workspace)
        journal = crawl.journal
        known = Known.of(workspace, self.source)
        journal.prepare(lambda post: _is_settled(known.image(f"{self.source}-{post}")))
        size, outcome = journal.size(), gallery_dl.DownloadOutcome()
        rows = PostRows(workspace, self.source, crawl.root, crawl.ratings, outcome.failures, known.image)
        given: set[int] = set()
        for post in _fetched(crawl, outcome):
            given.add(post.id)
            yield Unit(rows.row(post))
        listed, unusable = journal.size() > size, journal.unusable()
        listed |= journal.absorb() > 0
        yield from (Unit(rows.row(post)) for post in journal.posts(lambda post: post not in given))
        if unusable:
            _log.warning("%d posts without a usable number were left out", unusable)
        if problem := self._problem(crawl, outcome):
            raise problem
        if not listed:
            raise FatalError(f"no post on {crawl.root} matches: {crawl.query}", ExitCode.NO_RESULTS)

    def dry_run(self) -> str:
        """Show the request and how many posts match, and stop."""
        root, search = query.server_root(self.root), query.search(self.tags, self.rating)
        posts = query.count_posts(root, search)
        images = self.limit if posts is None else min(self.limit, posts)
        requests = images + math.ceil(images / _PAGE) + 1
        return (
            f"{root}: {search}\n"
            f"posts that match: {'not known' if posts is None else posts}\n"
            f"images to fetch: at most {images}\n"
            f"requests: about {requests}, {self.delay:g} s or more between two, "
            f"so {requests * self.delay / 60:.0f} minutes or more"
        )

    def _crawl(self, workspace: Workspace) -> Crawl:
        """Check every option."""
        if not re.fullmatch(r"[a-z0-9_]{1,40}", self.source):
            raise FatalError("--source: lower-case letters, digits and _ only", ExitCode.USAGE)
        root, search = query.server_root(self.root), query.search(self.tags, self.rating)
        login = credentials.find(root, self.credentials, os.environ)
        if root == query.DANBOORU and not login and len(query.counted_terms(search)) > query.ANONYMOUS_TERMS:
            raise FatalError(query.explain_limit(search), ExitCode.USAGE)
        return Crawl(
            root=root,
            query=search,
            ratings=tuple(self.rating.split(",")),
            limit=self.limit,
            delay=self.delay,
            retries=self.retries,
            images=workspace.root.resolve() / "images" / self.source,
            journal=PostJournal(workspace.journal.resolve() / f"scrape-{self.source}"),
            credentials=login,
            removed=removed_posts(workspace, self.source),
        )

    @staticmethod
    def _problem(crawl: Crawl, outcome: gallery_dl.DownloadOutcome) -> FatalError | None:
        if outcome.search_refused and not crawl.credentials:
            return FatalError(f"{crawl.root} refused: {query.explain_limit(crawl.query)}", ExitCode.REMOTE)
        return outcome.problem()


def _is_settled(row: tuple[Record, float] | None) -> bool:
    """Whether a post has its row, and nothing that could be fetched later."""
    return row is not None and row[0].status is not Status.ERROR


def _fetched(crawl: Crawl, outcome: gallery_dl.DownloadOutcome) -> Iterator[Post]:
    """Yield the posts whose files are complete, while gallery-dl fetches the next ones."""
    arriving = crawl.journal.arriving()
    with progress_bar("fetch", crawl.limit) as bar:
        for number in gallery_dl.run(crawl, outcome):
            bar.update()
            if post := arriving.take(number):
                yield post

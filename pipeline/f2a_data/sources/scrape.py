"""``scrape``: illustrations and their provenance from Danbooru, or a server that speaks its API."""

import logging
import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from f2a_data.sources.danbooru import credentials, gallery_dl, query
from f2a_data.sources.danbooru.crawl import Crawl
from f2a_data.sources.danbooru.journal import PostJournal
from f2a_data.sources.danbooru.rows import STAGE, PostRows
from f2a_data.sources.removed import removed_posts
from f2a_data.stages.base import SourceOrigin
from f2a_manifests import ExitCode, FatalError, Unit, Workspace
from f2a_manifests.progress import progress_bar

_SOURCE = "danbooru"
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

    name: ClassVar[str] = STAGE

    tags: str
    rating: str = "g"
    limit: int = 1000
    root: str = query.DANBOORU
    delay: float = 1.0
    source: str = _SOURCE
    credentials: Path | None = None
    retries: int = 4

    @property
    def origin(self) -> SourceOrigin:
        """See `f2a_data.stages.base.Source`."""
        host = urlsplit(query.server_root(self.root)).hostname or ""  # whatever port it answers at
        return SourceOrigin(label=self.source, place=host, named=self.source != _SOURCE)

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
        with progress_bar("fetch", self.limit) as bar:
            outcome = gallery_dl.run(crawl, bar.update)
        listed, unusable = journal.size() > size, journal.unusable()
        listed |= journal.absorb() > 0
        rows = PostRows.of(workspace, self.source, crawl.root, crawl.ratings, outcome.failures)
        for post in journal.posts():
            yield Unit(rows.row(post))
        if unusable:
            _log.warning("%d posts without a usable number were left out", unusable)
        if problem := self._problem(crawl, outcome):
            raise problem
        if not listed:
            raise FatalError(f"no post on {crawl.root} matches: {crawl.query}", ExitCode.NO_RESULTS)

    def dry_run(self) -> str:
        """What `collect` would ask for, in a few lines; asks the server only how many posts there are."""
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
        if self.limit < 1 or self.delay < 0 or self.retries < 0:
            raise FatalError("--limit must be 1 or more, --delay 0 or more", ExitCode.USAGE)
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
        if "422" in outcome.stopped and not crawl.credentials:
            return FatalError(f"{crawl.root} refused: {query.explain_limit(crawl.query)}", ExitCode.REMOTE)
        return outcome.problem()

"""Fetch posts by number; like `f2a_data.sources.scrape`, with a list instead of a search."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from f2a_data.sources.danbooru import credentials, gallery_dl
from f2a_data.sources.danbooru.crawl import Crawl
from f2a_data.sources.danbooru.journal import PostJournal
from f2a_data.sources.danbooru.query import RATINGS, server_root
from f2a_data.sources.danbooru.rows import STAGE, PostRows
from f2a_engine.known import Known, removed_posts
from f2a_engine.sources import SourceOrigin
from f2a_manifests import Record, Unit, Workspace
from f2a_manifests.progress import progress_bar

BATCH = 100
"""Posts of one search; a longer list of numbers makes too long an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """Fetch the files of published posts that are still what they were.

    A post whose rating or file has changed is listed but not fetched. Existing files are not requested.

    Attributes:
        rows: the published image rows of one source.
        source: its name.
        root: the server.
        delay: seconds between requests.
        login: a file with a login, as of ``scrape --credentials``.
        retries: how often a failed request is tried again.
    """

    name: ClassVar[str] = STAGE

    rows: Sequence[Record]
    source: str
    root: str
    delay: float = 1.0
    login: Path | None = None
    retries: int = 4

    @property
    def origin(self) -> SourceOrigin:
        """See `f2a_engine.sources.Source`."""
        place = urlsplit(self.root).hostname or ""  # as `Scrape`, which may go on from here
        return SourceOrigin(label=self.source, place=place, named=True)

    def collect(self, workspace: Workspace) -> Iterator[Unit]:
        """Fetch what is missing, then give an image row for each post that the server has.

        Raises:
            FatalError: the server refused or failed, after the last row; run it again to continue.
        """
        outcome = gallery_dl.DownloadOutcome()
        failures: dict[int, str] = {}
        crawls = list(self._crawls(workspace))
        journal = self._journal(workspace)
        journal.prepare()
        with progress_bar("fetch", sum(crawl.limit for crawl in crawls)) as bar:
            for crawl in crawls:
                outcome = gallery_dl.DownloadOutcome()
                for _ in gallery_dl.run(crawl, outcome):
                    bar.update()
                journal.absorb()
                failures |= outcome.failures
                if outcome.problem():
                    break
        known = Known.of(workspace, self.source).image
        rows = PostRows(workspace, self.source, self.root, tuple(RATINGS), failures, known)
        wanted = {int(row.source_id) for row in self.rows}
        yield from (Unit(rows.row(post)) for post in journal.posts(wanted.__contains__))
        if problem := outcome.problem():
            raise problem

    def requests(self, workspace: Workspace) -> tuple[int, int]:
        """How many files are to be fetched, and in about how many requests."""
        batches = self._batches(workspace)
        files = sum(map(len, batches))
        return files, files + 2 * len(batches)  # each list is followed by an empty page

    def _crawls(self, workspace: Workspace) -> Iterator[Crawl]:
        root = server_root(self.root)
        login = credentials.find(root, self.login, os.environ)
        for batch in self._batches(workspace):
            yield Crawl(
                root=root,
                query=f"id:{','.join(row.source_id for row in batch)} status:any",
                ratings=(batch[0].rating,),
                limit=len(batch),
                delay=self.delay,
                retries=self.retries,
                images=workspace.root.resolve() / "images" / self.source,
                journal=self._journal(workspace),
                credentials=login,
                md5s=tuple(row.source_md5 for row in batch if row.source_md5),
            )

    def _batches(self, workspace: Workspace) -> list[list[Record]]:
        """The posts without a file, in lists of one rating, either all with an md5 or all without."""
        kinds = defaultdict(list)
        removed = {f"{self.source}-{number}" for number in removed_posts(workspace, self.source)}
        for row in self.rows:
            if row.id not in removed and not (workspace.root / row.path).is_file():
                kinds[row.rating, bool(row.source_md5)].append(row)
        return [rows[at : at + BATCH] for rows in kinds.values() for at in range(0, len(rows), BATCH)]

    def _journal(self, workspace: Workspace) -> PostJournal:
        return PostJournal(workspace.journal.resolve() / f"scrape-{self.source}")

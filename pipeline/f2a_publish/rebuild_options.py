"""The user's options for the images of a published set."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from f2a_data.sources.danbooru.query import server_root
from f2a_data.sources.origins import CELEBA, FBP5500, POSTS, Origin
from f2a_engine.sources import Source
from f2a_manifests import Record
from f2a_publish.groups import by_source
from f2a_publish.named import NamedCelebA, NamedFbp5500
from f2a_publish.original import Original
from f2a_publish.posts import Posts
from f2a_publish.published import Published


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildOptions:
    """The options of ``rebuild``.

    Attributes:
        celeba: the folder of CelebA.
        fbp5500: the folder of SCUT-FBP5500.
        root: the server of posts, for sources whose address the set does not give, or for the only one.
        delay: seconds between requests.
        credentials: a file with a login, as of ``scrape``.
    """

    celeba: Path | None = None
    fbp5500: Path | None = None
    root: str = ""
    delay: float = 1.0
    credentials: Path | None = None


def originals(published: Published, options: RebuildOptions) -> list[Original]:
    """The sources of the set, each with where its files come from."""
    made = []
    for (name, origin), units in by_source(published.units).items():
        needed = [unit.image for unit in units if published.needed(unit)]
        files = _files(published, name, origin, needed, options) if needed else None
        made.append(Original(published, name, units, files))
    return made


def _files(
    published: Published, name: str, origin: Origin, images: Sequence[Record], options: RebuildOptions
) -> Source | None:
    stems = frozenset(image.source_id.removesuffix(".jpg") for image in images)
    if origin is CELEBA and options.celeba:
        return NamedCelebA(options.celeba, stems=stems)
    if origin is FBP5500 and options.fbp5500:
        return NamedFbp5500(options.fbp5500, stems=stems)
    if origin is POSTS and (root := _root(published, name, options)):
        return Posts(rows=images, source=name, root=root, delay=options.delay, login=options.credentials)
    return None


def _root(published: Published, name: str, options: RebuildOptions) -> str:
    known = published.root(name)
    only = sum(source.kind == POSTS.kind for source in published.about.sources) == 1
    return server_root(options.root) if options.root and (only or not known) else known

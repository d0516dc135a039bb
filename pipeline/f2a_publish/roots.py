"""The address of the booru that posts came from, where it is public and the workspace knows it."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from f2a_data.sources.danbooru.query import DANBOORU
from f2a_engine.source_names import SourceNames
from f2a_engine.sources import SourceOrigin
from f2a_manifests import Unit, Workspace


def root_of(workspace: Workspace, source: str, units: Iterable[Unit]) -> str:
    """The root of a source of posts; empty for other sources and where it cannot be known.

    Rows hold the addresses of files, which may lie on another server. The workspace holds a hash of the
    root's name, so that a candidate can be checked.
    """
    names = SourceNames(workspace)
    for root in (DANBOORU, *_servers(units)):
        place = urlsplit(root).hostname or ""
        if names.has_only(SourceOrigin(label=source, place=place)):
            return root
    return ""


def _servers(units: Iterable[Unit]) -> list[str]:
    """The servers of the files, which are public: see `f2a_publish.addresses.public_url`."""
    addresses = (urlsplit(unit.image.source_url) for unit in units if unit.image.source_url)
    return sorted({f"{parts.scheme}://{parts.netloc}" for parts in addresses})

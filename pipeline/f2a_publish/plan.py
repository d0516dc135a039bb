"""What a rebuild would do, in a few lines, without any request."""

from collections.abc import Iterable, Iterator

from f2a_manifests import Workspace
from f2a_publish.original import Original
from f2a_publish.posts import Posts
from f2a_publish.published import Published


def plan(published: Published, workspace: Workspace, sources: Iterable[Original]) -> str:
    """For ``rebuild --dry-run``."""
    about = published.about
    lines = [f"{about.name} {about.version}: {about.images} images, {len(published.crops)} crops"]
    return "\n".join([*lines, *_sources(published, workspace, sources)])


def _sources(published: Published, workspace: Workspace, sources: Iterable[Original]) -> Iterator[str]:
    for source in sources:
        count = sum(map(published.needed, source.units))
        if isinstance(source.files, Posts):
            files, requests = source.files.requests(workspace)
            seconds = requests * source.files.delay
            yield (
                f"{source.source}: {count} posts of {source.files.root}, {files} to fetch "
                f"in about {requests} requests, {seconds / 60:.0f} minutes or more"
            )
        elif source.files:
            yield f"{source.source}: {count} images from {source.files!r}"
        elif count:
            yield f"{source.source}: {count} images that cannot be fetched: nothing was given for them"

"""README.md of a published set: its data set card."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from f2a_data.sources.origins import CELEBA, FBP5500, POSTS
from f2a_manifests import Domain, Subset, Unit
from f2a_publish.about import About, Source
from f2a_queue.remaining import Estimate

_OPTIONS = {CELEBA.kind: "--celeba DIR", FBP5500.kind: "--fbp5500 DIR"}


def card(about: About, units: Sequence[Unit], left: Estimate | None = None) -> str:
    """The card's text, Markdown with the header that data set hubs read.

    Args:
        about: the data set.
        units: what is published.
        left: what the review says about faces that nobody has looked at.
    """
    environment = Environment(  # noqa: S701 -- Markdown; names of sources are letters and digits
        loader=PackageLoader("f2a_publish"), undefined=StrictUndefined, keep_trailing_newline=True
    )
    domains = list(_domains(units))
    return environment.get_template("card.md").render(
        about=about, domains=domains, options=list(_options(about.sources)), left=left
    )


def _options(sources: Iterable[Source]) -> Iterator[str]:
    """The options that `rebuild` needs."""
    for source in sources:
        if source.kind in _OPTIONS:
            yield _OPTIONS[source.kind]
        elif source.kind == POSTS.kind and not source.root:
            yield "--root URL"


def _domains(units: Sequence[Unit]) -> Iterator[dict[str, object]]:
    for domain in Domain:
        own = [unit for unit in units if unit.image.domain is domain]
        faces = [face for unit in own for face in unit.faces]
        splits = Counter(face.split for face in faces if face.kept)
        if own:
            yield {
                "name": domain.value,
                "images": len(own),
                "faces": len(faces),
                "kept": sum(face.kept for face in faces),
                **{split.value: splits[split] for split in Subset if split},
            }

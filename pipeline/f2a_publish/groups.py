"""The images of a set by source."""

from collections.abc import Iterable

from f2a_data.sources.origins import Origin, origin_of
from f2a_manifests import Unit

Groups = dict[tuple[str, Origin], list[Unit]]


def by_source(units: Iterable[Unit]) -> Groups:
    """The images by the name of their source and its kind: an own folder may be called as a booru is."""
    found: Groups = {}
    for unit in units:
        found.setdefault((unit.image.source, origin_of(unit.image)), []).append(unit)
    return found

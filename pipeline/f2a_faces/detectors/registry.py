"""Look up detectors by name."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from f2a_faces.detectors.protocol import Detector
from f2a_manifests import ExitCode, FatalError

GROUP = "f2a.detectors"


def names() -> list[str]:
    """The names of all installed detectors, sorted."""
    return sorted(_points())


def load(name: str, **options: Any) -> Detector:  # noqa: ANN401 -- each detector has its own
    """Create a detector and prepare it.

    Args:
        name: one of `names`.
        options: fields of that detector's class.

    Raises:
        FatalError: there is no detector of that name, it refuses the options, or it does not work here.
    """
    points = _points()
    if name not in points:
        raise FatalError(f"no detector named {name!r}; installed: {', '.join(names())}", ExitCode.USAGE)
    try:
        detector: Detector = points[name].load()(**options)
    except TypeError as error:
        raise FatalError(f"detector {name}: {error}", ExitCode.USAGE) from None
    detector.prepare()
    return detector


@cache
def _points() -> dict[str, EntryPoint]:
    """Read once, because it opens a file of every installed package."""
    return {point.name: point for point in entry_points(group=GROUP)}

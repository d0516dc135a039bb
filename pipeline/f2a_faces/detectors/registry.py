"""Look up detectors by name, in the entry-point group ``f2a.detectors``."""

from pathlib import Path
from typing import Any, Self

from f2a_faces.detectors.protocol import Detector
from f2a_manifests.options import build, hints, kind_of
from f2a_manifests.registry import Registry

DETECTORS = Registry[Detector]("f2a.detectors", "detector")
names = DETECTORS.names


class DetectorText(str):
    """A detector and its options, as on the command line: ``f2a`` or ``f2a:kind=human,threshold=0.3``."""

    __slots__ = ()
    METAVAR = "NAME[:OPTION=VALUE,...]"
    names = staticmethod(names)

    @classmethod
    def read(cls, text: str, folder: Path) -> Self:
        """The same with paths that are relative to a folder made absolute.

        Raises:
            FatalError: there is no detector of that name.
        """
        name, options = parsed(text)
        kinds = hints(DETECTORS.load(name))
        for key, value in options.items():
            if kind_of(kinds.get(key)) is Path:
                options[key] = str(folder.absolute() / Path(value).expanduser())
        pairs = ",".join(f"{key}={value}" for key, value in options.items())
        return cls(f"{name}:{pairs}" if pairs else name)


F2A = DetectorText("f2a")
"""The default everywhere."""


def parsed(text: str) -> tuple[str, dict[str, str]]:
    """A detector's name and its options, from ``name:option=value,option=value``."""
    name, _, rest = text.partition(":")
    pairs = (part.partition("=") for part in rest.split(",") if part)
    return name, {key.strip(): value for key, _, value in pairs}


def load(text: str, **options: Any) -> Detector:  # noqa: ANN401 -- each detector has its own
    """Create a detector and prepare it.

    Args:
        text: one of `names`, with options or without, see `DetectorText`.
        options: more fields of that detector's class; those in the text come first.

    Raises:
        FatalError: there is no detector of that name, it refuses the options, or it does not work here.
    """
    name, given = parsed(text)
    detector = build(DETECTORS.load(name), options | given, f"detector {name}", strict=False)
    detector.prepare()
    return detector

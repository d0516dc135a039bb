"""The content of dataset.toml."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from f2a_data.sources.origins import POSTS
from f2a_engine import state
from f2a_engine.stages import order_names
from f2a_faces.crop import parse_rule
from f2a_manifests import BoxFrom, ExitCode, FatalError, Record, Unit, Workspace
from f2a_publish import about, pixels
from f2a_publish.groups import by_source
from f2a_publish.roots import root_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Titles:
    """What the publisher says about the set.

    Attributes:
        name: letters, digits, ``-`` and ``_``.
        version: three numbers joined by dots.
        date: of publication, YYYY-MM-DD.
        licence: of the manifests, an SPDX identifier.
        description: a sentence or more.
    """

    name: str
    version: str
    date: str
    licence: str
    description: str


def describe(workspace: Workspace, units: Sequence[Unit], titles: Titles) -> about.About:
    """The content of dataset.toml."""
    faces = [face for unit in units for face in unit.faces]
    rule = crop_rule(faces)
    size = parse_rule(rule).size
    done = state.read(workspace)
    found = Counter(face.detector for face in faces if face.box_from is BoxFrom.DETECTED)
    return about.About(
        name=titles.name,
        version=titles.version,
        date=titles.date,
        description=titles.description,
        licence=titles.licence,
        images=len(units),
        faces=len(faces),
        kept=sum(face.kept for face in faces),
        stages=[name for name in order_names() if name in done],
        crop=about.Crop(rule=rule, size=size, probe_sha256=pixels.probe(size)),
        tool=about.tool(),
        detectors=[about.Detector(name=name, faces=found[name]) for name in sorted(found)],
        sources=list(_sources(workspace, units)),
    )


def crop_rule(faces: Iterable[Record]) -> str:
    """The text of the crop rule of the faces; that of imported crops only if there are no others.

    Raises:
        FatalError: there are several, or none.
    """
    found = {face.crop_rule: face.box_from is BoxFrom.WHOLE for face in faces if face.crop_rule}
    others = sorted(rule for rule, whole in found.items() if not whole)
    rules = others or sorted(found)
    if len(rules) != 1:
        raise FatalError(f"the faces have {len(rules)} crop rules; run f2a-data crop again", ExitCode.USAGE)
    return rules[0]


def _sources(workspace: Workspace, units: Iterable[Unit]) -> Iterator[about.Source]:
    for (name, origin), own in sorted(by_source(units).items(), key=lambda group: group[0][0]):
        yield about.Source(
            name=name,
            kind=origin.kind,
            images=len(own),
            faces=sum(len(unit.faces) for unit in own),
            home=origin.home,
            root=root_of(workspace, name, own) if origin is POSTS else "",
            terms=origin.terms,
        )

"""What the page shows of one domain, and of the whole."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from f2a_engine.counts import Counts
from f2a_inspect.funnel import Funnel, funnel
from f2a_inspect.report import sheets
from f2a_inspect.report.boxes import SourceImage, illustrations
from f2a_inspect.report.copies import CopySheet, copy_sheets
from f2a_inspect.report.histograms import Bin, Histogram, score_histograms, shares, size_histogram
from f2a_inspect.report.pictures import Album
from f2a_manifests import Decision, Domain, Record, Status, Unit
from f2a_page.text import shorten

ERRORS = 200
_RATINGS = {"g": "general", "s": "sensitive", "q": "questionable", "e": "explicit"}


@dataclass(frozen=True, slots=True)
class Section:
    """One domain's part of the page.

    Attributes:
        domain: which.
        funnel: its rows from source image to training face.
        reviewed: faces that a person has decided on.
        sources: its face rows by source.
        ratings: its image rows by rating; empty where no source has any.
        histograms: of its faces.
        illustrations: source images with boxes.
        missed: images that were dropped, by reason.
        kept: faces by split.
        flagged: faces by flag.
        copies: dropped faces beside the one that was kept.
        dropped: the other dropped faces, by reason.
        made_by: detectors and crop rules, with the faces that each gave.
    """

    domain: Domain
    funnel: Funnel
    reviewed: int
    sources: list[Bin]
    ratings: list[Bin]
    histograms: list[Histogram]
    illustrations: list[SourceImage]
    missed: list[sheets.Sheet]
    kept: list[sheets.Sheet]
    flagged: list[sheets.Sheet]
    copies: list[CopySheet]
    dropped: list[sheets.Sheet]
    made_by: dict[str, list[Bin]]


@dataclass(frozen=True, slots=True)
class Failure:
    """A row in error."""

    file: str
    stage: str
    reason: str


def section(units: Sequence[Unit], counts: Counts, domain: Domain, album: Album) -> Section:
    """Count and illustrate one domain."""
    mine = [unit for unit in units if unit.image.domain is domain]
    faces_in_images = sheets.faces_in_images(mine)
    faces = [each.face for each in faces_in_images]
    images = [unit.image for unit in mine]
    return Section(
        domain=domain,
        illustrations=illustrations(mine, album),  # first, so that there is room for them
        funnel=funnel(counts, domain),
        reviewed=sum(face.decision is not Decision.NONE for face in faces),
        sources=shares(faces or images, lambda row: row.source),
        ratings=shares(images, lambda image: _RATINGS.get(image.rating, image.rating or "none given"))
        if any(image.rating for image in images)
        else [],
        histograms=[*score_histograms(faces), *_some(size_histogram(faces))],
        missed=sheets.missed_sheets(images, album),
        kept=sheets.kept_sheets(faces_in_images, album),
        flagged=sheets.flagged_sheets(faces_in_images, album),
        copies=copy_sheets(faces_in_images, album),
        dropped=sheets.dropped_sheets(faces_in_images, album),
        made_by=_made_by(faces),
    )


def failures(units: Iterable[Unit]) -> tuple[list[Failure], int]:
    """The first rows in error, and how many there are; an image's faces do not repeat its error."""
    rows = [row for unit in units for row in _failed(unit)]
    return [
        Failure(sheets.name_of(row), shorten(row.stage, 40), shorten(row.why, 300)) for row in rows[:ERRORS]
    ], len(rows)


def _failed(unit: Unit) -> list[Record]:
    if unit.image.status is Status.ERROR:
        return [unit.image]
    return [face for face in unit.faces if face.status is Status.ERROR]


def _made_by(faces: Sequence[Record]) -> dict[str, list[Bin]]:
    columns: dict[str, Callable[[Record], str]] = {
        "detector": lambda face: face.detector,
        "crop rule": lambda face: face.crop_rule,
    }
    return {name: shares([face for face in faces if key(face)], key) for name, key in columns.items()}


def _some(histogram: Histogram | None) -> list[Histogram]:
    return [] if histogram is None else [histogram]

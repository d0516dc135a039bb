"""Upgrade manifests of earlier versions.

Only this module knows the old format: reasons were sentences, the detector column contained the origin of the
box, and boxes of drawn faces were 1.2 times as large as the face.
"""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from f2a_engine.edited import import_rows
from f2a_engine.lock import everything_locked, locked
from f2a_engine.manifests import Published, publish
from f2a_faces.crop import parse_rule, square
from f2a_manifests import COLUMNS, BoxFrom, Domain, FatalError, ManifestError, Reason, Record, Unit, Workspace
from f2a_manifests.table import ADDED, read, read_cells, records_of

_STATE = "state.json"
_FRAMED = ("f2a-anime", "animeface")
_FRAME = 1.2
_SOURCE = "source:"
_WHOLE_SENTENCES = {
    "the file is missing": Reason.FILE_MISSING,
    "no permission to read the file": Reason.NO_PERMISSION,
    "not a regular file": Reason.NOT_A_FILE,
    "the file is empty": Reason.FILE_EMPTY,
    "an HTML page, not an image": Reason.HTML_PAGE,
    "not an image of a known format": Reason.UNKNOWN_FORMAT,
    "too large for this machine's memory": Reason.OUT_OF_MEMORY,
    "not fetched yet; run the same scrape again": Reason.NOT_FETCHED,
    "no longer in the folder": Reason.GONE,
}
# Sentences, their reason, and the part that becomes the detail.
_SENTENCES = [
    (re.compile(pattern), reason, detail)
    for pattern, reason, detail in (
        (r"removed: (.*)", Reason.REMOVED, r"\1"),
        (r"dropped in review", Reason.DROPPED_IN_REVIEW, ""),
        (r"exact copy (of .*)", Reason.EXACT_COPY, r"\1"),
        (r"near copy of \S+ \((.*)\)", Reason.NEAR_COPY, r"\1"),
        (r"mirrored near copy of \S+ \((.*)\)", Reason.MIRRORED_COPY, r"\1"),
        (r"no face found", Reason.NO_FACE, ""),
        (r"too small: the face has (.*)", Reason.TOO_SMALL, r"\1"),
        (r"too small: (.*)", Reason.TOO_SMALL, r"\1"),
        (r"the box (.*) is not in the (\w+) image", Reason.BOX_OUTSIDE, r"\1 in \2 pixels"),
        (r"(\w+) is not aligned like the official (\w+)", Reason.NOT_ALIGNED, r"\1 pixels for \2"),
        (r"(phash .* is not 16 hex digits)", Reason.BAD_ROW, r"\1"),
        (r"(more than \d+ million pixels)", Reason.TOO_MANY_PIXELS, r"\1"),
        (r"larger than (\d+ MiB)", Reason.FILE_TOO_LARGE, r"more than \1"),
        (r"cannot be decoded: (.*)", Reason.BROKEN_IMAGE, r"\1"),
        (r"cannot be read: (.*)", Reason.FILE_UNREADABLE, r"\1"),
        (r"has grown while it was read", Reason.FILE_CHANGED, ""),
        (r"an (AVIF|HEIC) image that cannot be read: (.*)", Reason.UNSUPPORTED_FORMAT, r"\1: \2"),
        (r"a (JPEG XL) image, which is not read: (.*)", Reason.UNSUPPORTED_FORMAT, r"\1: \2"),
        (r"damaged in the archive: (.*)", Reason.MEMBER_DAMAGED, r"\1"),
        (r"(encrypted|a link, not a file|compression method .*)", Reason.MEMBER_REFUSED, r"\1"),
        (r"(it has no name in the archive|its name in the archive .*)", Reason.MEMBER_REFUSED, r"\1"),
        (r"post has no file \(banned or restricted\)", Reason.POST_WITHOUT_FILE, ""),
        (r"not a still image: (.*)", Reason.NOT_A_STILL_IMAGE, r"\1"),
        (r"rating (\w+) was not asked for", Reason.OTHER_RATING, r"\1"),
        (r"not fetched: (.*)", Reason.DOWNLOAD_FAILED, r"\1"),
        (r"not the post's file \((.*)\); deleted, scrape again", Reason.WRONG_MD5, r"\1"),
        (r"its worker process was killed \(twice\)", Reason.WORKER_DIED, ""),
        (r"(\w+(?:Error|Exception): .*)", Reason.STAGE_FAILED, r"\1"),
    )
]


def upgrade(workspace: Workspace) -> list[str]:
    """Convert an earlier version's manifests to shards; decisions and files stay as they are.

    Returns:
        The names of the manifests that were upgraded.

    Raises:
        ManifestError: a manifest is invalid; nothing is changed.
        FatalError: there is no manifest.
    """
    faces = [workspace.faces_csv(domain) for domain in Domain]
    manifests = [path for path in (*faces, workspace.images_csv) if path.exists()]
    if not manifests:
        raise FatalError(f"there is no manifest in {workspace.manifests}")
    old = {path for path in manifests if is_old(path)}
    if workspace.shards.exists() and not old and not (workspace.journal / _STATE).exists():
        return []
    workspace.create()
    with locked(workspace, "upgrade"), everything_locked(workspace, "upgrade"):
        images = {image.id: Unit(image) for image in _records(workspace.images_csv)}
        for source, face in ((path, face) for path in faces for face in _records(path)):
            if face.parent not in images:
                raise ManifestError(f"{workspace.manifests}: face {face.id} names no row of images.csv")
            unit = images[face.parent]
            unit.faces.append(_placed(face, unit.image) if source in old else face)
        shutil.rmtree(workspace.shards)  # of an upgrade that was killed
        workspace.create()
        import_rows(workspace, list(images.values()), _identities(workspace))
        Published.of(workspace).write(workspace)
        publish(workspace, whatever_size=True)
        for leftover in (*workspace.journal.glob("*.jsonl"), workspace.journal / _STATE):
            leftover.unlink(missing_ok=True)
    return [path.name for path in manifests]


def _identities(workspace: Workspace) -> dict[str, str]:
    """The stages that were done, from the earlier version's journal; "" for one that must run again."""
    path = workspace.journal / _STATE
    if not path.exists():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except msgspec.DecodeError as error:
        raise ManifestError(f"{path} is damaged ({error}); delete it and run the stages again") from None


def is_old(path: Path) -> bool:
    """Whether an earlier version wrote the manifest."""
    cells = read_cells(path)
    return not ADDED & cells.keys() and set(COLUMNS) == ADDED | cells.keys()


def _records(path: Path) -> list[Record]:
    """Read a manifest of either version, without converting boxes and crops."""
    if not path.exists():
        return []
    if not is_old(path):
        return read(path)
    cells = read_cells(path)
    sentences = cells["reason"]
    empty = [""] * len(sentences)
    records = records_of(path, cells | dict.fromkeys((*ADDED, "reason"), empty))
    for record, sentence in zip(records, sentences, strict=True):
        record.reason, record.detail = reason_of(sentence)
    return records


def reason_of(sentence: str) -> tuple[Reason, str]:
    """Convert a sentence to a reason and its detail; an unknown sentence becomes the detail."""
    if not sentence:
        return Reason.NONE, ""
    if sentence in _WHOLE_SENTENCES:
        return _WHOLE_SENTENCES[sentence], ""
    for pattern, reason, detail in _SENTENCES:
        if found := pattern.fullmatch(sentence):
            return reason, found.expand(detail)
    return Reason.OTHER, sentence


def _placed(record: Record, image: Record) -> Record:
    """Convert a face's box, and fill in its origin and the crop's square."""
    if record.detector.startswith(_FRAMED) and record.box_w is not None:
        record.box_x, record.box_y, record.box_w, record.box_h = record.box.scaled(1 / _FRAME)
    record.box_from, record.detector = _origin(record.detector)
    if image.width and image.height and record.sha256 and record.box_w is not None:
        _add_square(record, image.width, image.height)
    return record


def _origin(detector: str) -> tuple[BoxFrom, str]:
    if not detector.startswith(_SOURCE):
        return (BoxFrom.DETECTED, detector)
    name = detector.removeprefix(_SOURCE)
    return (BoxFrom.WHOLE, "") if name == "whole" else (BoxFrom.GIVEN, name)


def _add_square(record: Record, width: int, height: int) -> None:
    try:
        how = parse_rule(record.crop_rule)
    except ValueError:  # another program's crops, in an unknown format
        return
    record.crop_x, record.crop_y, record.crop_side = square(record.box, width, height, how)


def counted(manifests: Sequence[str]) -> str:
    """A summary in one line."""
    names = ", ".join(manifests)
    return f"upgrade: {names} upgraded" if names else "upgrade: nothing to do"

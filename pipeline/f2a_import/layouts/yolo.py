"""A folder of images with YOLO labels, ``images/...`` and ``labels/...``, whose boxes become faces."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from f2a_faces.archive import Member, open_members
from f2a_faces.images import ImageError
from f2a_faces.magic import SUFFIXES
from f2a_import.found import Found, Rectangle, split_of
from f2a_import.layouts.coco import chosen
from f2a_manifests import ExitCode, FatalError
from f2a_manifests.places import Place

_LARGEST = 2**20


def fits(root: Place) -> bool:
    """Whether there is a folder of labels."""
    return root.is_dir() and any((folder / "labels").is_dir() for folder in (root, *root.iterdir()))


def read(root: Place, category: str) -> Iterator[Found]:
    """The images under ``images/``; one without labels has no face."""
    names = _class_names(root)
    faces = chosen(root, names, category) if names else None
    with open_members(root) as members:
        labels = {member.name: member for member in members if member.name.endswith(".txt")}
        for member in members:
            path = PurePosixPath(member.name)
            if path.suffix.lower() in SUFFIXES and "images" in path.parts:
                label = labels.get(_label_of(path))
                yield Found(member, list(_boxes(label, faces)) if label else [], split_of(member.name))


def _label_of(path: PurePosixPath) -> str:
    """The last folder called ``images`` becomes ``labels``, as Ultralytics does it."""
    parts = list(path.with_suffix(".txt").parts)
    parts[len(parts) - 1 - parts[::-1].index("images")] = "labels"
    return "/".join(parts)


def _boxes(label: Member, faces: set[int] | None) -> Iterator[Rectangle]:
    """Of each line ``class x y w h``, or of a polygon's corners.

    Raises:
        FatalError: a line is something else.
    """
    try:
        text = label.read().decode() if label.size <= _LARGEST else ""
        for line in text.splitlines():
            kind, *values = line.split() or [""]
            if values and (faces is None or int(kind) in faces):
                yield _rectangle([float(value) for value in values])
    except (ImageError, ValueError) as error:
        raise FatalError(f"{label.name} is not a YOLO label: {error}", ExitCode.USAGE) from None


def _rectangle(values: list[float]) -> Rectangle:
    if len(values) in (4, 5):  # the fifth is a score
        x, y, w, h = values[:4]
        return Rectangle(x - w / 2, y - h / 2, w, h, relative=True)
    if len(values) < 6 or len(values) % 2:
        raise ValueError(f"{len(values)} numbers")
    xs, ys = values[::2], values[1::2]
    return Rectangle(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys), relative=True)


def _class_names(root: Place) -> dict[int, str]:
    """The classes of ``data.yaml``; none without it."""
    for path in sorted((*root.glob("*.yaml"), *root.glob("*.yml"))):
        if path.is_file() and path.stat().st_size <= _LARGEST:
            lines = path.read_text("utf-8", "replace").splitlines()
            starts = [number for number, line in enumerate(lines) if line.startswith("names:")]
            if starts:
                return _names(lines[starts[0] :])
    return {}


def _names(lines: list[str]) -> dict[int, str]:
    """``names: [a, b]``, or a list or numbered names in the lines below: all the YAML needed here."""
    text = "\n".join(lines)
    if lines[0].partition(":")[2].strip().startswith("["):
        inside = text.partition("[")[2].partition("]")[0]
        return dict(enumerate(map(_unquoted, inside.split(","))))
    names: dict[int, str] = {}
    for line in lines[1:]:
        entry, number = line.partition("#")[0].strip(), line.partition(":")[0].strip()
        if entry.startswith("-"):
            names[len(names)] = _unquoted(entry[1:])
        elif number.isdecimal():
            names[int(number)] = _unquoted(entry.partition(":")[2])
        elif entry:
            break
    return names


def _unquoted(text: str) -> str:
    return text.strip(" \t\n'\"")

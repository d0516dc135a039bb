"""Lists the files below a folder in a fixed order, and what was skipped and why."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from f2a_manifests import FatalError

_SYSTEM = frozenset(
    {"#recycle", "$RECYCLE.BIN", "@eaDir", ".ipynb_checkpoints", ".thumbnails", "System Volume Information"}
)
_APPLE = "__MACOSX"  # extra files of macOS: not images, though named .jpg
_LINKED = "links to folders"
_NAMED = 3  # files of each kind that are named


@dataclass(slots=True)
class Walk:
    """The contents of a folder.

    Attributes:
        files: regular files and links to them, a folder's own before those of its subfolders.
        skipped: paths below the folder, by kind.
    """

    files: list[Path] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=dict)

    def notes(self, *, can_follow: bool = True) -> Iterator[str]:
        """A line for each kind of skipped paths.

        Args:
            can_follow: whether the command has ``--follow-links``.
        """
        for kind, names in self.skipped.items():
            what = kind + (" (--follow-links reads them)" if kind == _LINKED and can_follow else "")
            some = ", ".join(repr(name)[1:-1] for name in names[:_NAMED])
            yield f"skipped {len(names)} {what}: {some}{', ...' if len(names) > _NAMED else ''}"


def walk(root: Path, *, follow_links: bool = False) -> Walk:
    """List the files below a folder.

    Links to files in the folder are followed; links to folders or to files elsewhere only on request.

    Args:
        root: the folder.
        follow_links: whether links may lead anywhere; each folder is visited once.

    Raises:
        FatalError: the folder itself cannot be listed.
    """
    found = Walk()
    waiting, seen = [root], {os.path.realpath(root)}
    while waiting:
        entries = _entries(waiting.pop(), root, found)
        waiting += reversed(
            [Path(entry) for entry in entries if _is_folder(entry, root, found, seen, follow=follow_links)]
        )
    return found


def is_junk(name: str) -> bool:
    """Whether a file is one of macOS's extra files; its path has forward slashes."""
    folders = name.split("/")
    return folders[-1].startswith("._") or _APPLE in folders


def in_system_folder(name: str) -> bool:
    """Whether a path leads through a folder such as a trash."""
    return any(map(_is_system, PurePosixPath(name).parts[:-1]))


def _is_system(name: str) -> bool:
    return name in _SYSTEM or name.startswith(".Trash")


def _entries(folder: Path, root: Path, found: Walk) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: os.path.normcase(entry.name))
    except OSError as error:
        if folder == root:
            raise FatalError(f"cannot list the folder {root}: {error.strerror}") from error
        _skip(found, "folders that cannot be opened", folder, root)
        return []


def _is_folder(entry: os.DirEntry[str], root: Path, found: Walk, seen: set[str], *, follow: bool) -> bool:
    """Whether a path is a folder to visit; files are added, anything else is noted."""
    path = Path(entry)
    try:
        kind, is_link = entry.stat().st_mode, entry.is_symlink()
        is_folder, is_file = stat.S_ISDIR(kind), stat.S_ISREG(kind)
        target = path.resolve(strict=True) if is_link or is_folder else path
    except (OSError, RuntimeError):  # the latter is a link to itself, up to Python 3.12
        _skip(found, "dead links", path, root)
        return False
    if is_link and is_folder and not follow:
        _skip(found, _LINKED, path, root)
    elif is_folder and _is_system(path.name):
        _skip(found, "system folders (trash, thumbnails)", path, root)
    elif is_folder and str(target) in seen:
        _skip(found, "links to a folder that is already read", path, root)
    elif is_folder:
        seen.add(str(target))
        return path.name != _APPLE
    elif not is_file:
        _skip(found, "special files (pipes, sockets, devices)", path, root)
    elif is_link and not follow and not target.is_relative_to(root.resolve()):
        _skip(found, "links that lead out of the folder", path, root)
    elif not is_junk(path.relative_to(root).as_posix()):
        found.files.append(path)
    return False


def _skip(found: Walk, what: str, path: Path, root: Path) -> None:
    found.skipped.setdefault(what, []).append(path.relative_to(root).as_posix())

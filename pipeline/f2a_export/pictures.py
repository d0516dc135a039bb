"""The pictures that are exported: files of the workspace as they are, or cut again."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from f2a_export.item import Item
from f2a_faces.crop import cut, parse_rule
from f2a_faces.images import Pixels, decode, encode_png, plain_suffix, read_size
from f2a_faces.magic import image_suffix
from f2a_manifests import Reason, Record, Square, Unusable, Workspace


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded image.

    Attributes:
        content: its bytes, or the file that holds them.
        suffix: of its format, without a dot.
        sha256: of its bytes.
        width: pixels, as any program shows it.
        height: likewise.
    """

    content: bytes | Path
    suffix: str
    sha256: str
    width: int
    height: int

    def read(self) -> bytes:
        """Its bytes.

        Raises:
            Unusable: the file cannot be read any more.
        """
        if isinstance(self.content, bytes):
            return self.content
        try:
            return self.content.read_bytes()
        except OSError as error:
            raise Unusable(Reason.FILE_UNREADABLE, error.strerror or str(error)) from None


class PictureReader(Protocol):
    """Gives an item's picture. Must survive pickling.

    Attributes:
        slow: whether pictures take so long that several processes should make them.
    """

    slow: ClassVar[bool]

    def __call__(self, item: Item) -> Picture:
        """The picture.

        Raises:
            Unusable: there is none, with the reason.
        """


@dataclass(frozen=True, slots=True)
class Crops:
    """The crops, as they are in the workspace."""

    slow: ClassVar[bool] = False

    workspace: Workspace

    def __call__(self, item: Item) -> Picture:
        """See `PictureReader`."""
        path = self.workspace.intact_file(item.row)
        return Picture(path, "png", item.row.sha256, item.row.width or 0, item.row.height or 0)


class Recut:
    """The same squares of the source images, cut at another size.

    Args:
        workspace: with its images.
        size: side in pixels.
    """

    slow: ClassVar[bool] = True

    def __init__(self, workspace: Workspace, size: int) -> None:
        self._workspace, self._size = workspace, size
        self._last: tuple[str, Pixels] | None = None  # faces of one image follow each other

    def __call__(self, item: Item) -> Picture:
        """See `PictureReader`."""
        square = item.row.square
        if square is None:
            raise Unusable(Reason.BAD_ROW, "it does not say what was cropped; run f2a-data crop again")
        _check_enlargement(item.row, square, self._size)
        pixels = self._pixels(item.image)
        _check_inside(square, *pixels.shape[:2])
        return made(cut(pixels, square, self._size))

    def _pixels(self, image: Record) -> Pixels:
        if self._last is None or self._last[0] != image.id:
            self._last = None  # never two of them in memory
            self._last = image.id, decode(self._workspace.intact_file(image)).pixels
        return self._last[1]


@dataclass(frozen=True, slots=True)
class Sources:
    """The source images: as they are where any program shows them upright, otherwise converted to PNG."""

    slow: ClassVar[bool] = True

    workspace: Workspace

    def __call__(self, item: Item) -> Picture:
        """See `PictureReader`."""
        path = self.workspace.intact_file(item.row)
        if suffix := plain_suffix(path):
            return Picture(path, suffix, item.row.sha256, *read_size(path))
        return made(decode(path).pixels)


def made(pixels: Pixels) -> Picture:
    """Pixels (uint8, height x width x 3) as a new PNG."""
    data = encode_png(pixels)
    height, width = pixels.shape[:2]
    return Picture(data, image_suffix(data), hashlib.sha256(data).hexdigest(), width, height)


def _check_enlargement(face: Record, square: Square, size: int) -> None:
    """Keep the limit of the rule that the face was cropped by."""
    try:
        limit = parse_rule(face.crop_rule).max_upscale
    except ValueError:
        raise Unusable(Reason.BAD_ROW, f"crop_rule: {face.crop_rule[:40]!r}") from None
    if size > square.side * limit:
        detail = f"{square.side:.0f} px would be enlarged {size / max(square.side, 1e-6):.1f} times"
        raise Unusable(Reason.TOO_SMALL, detail)


def _check_inside(square: Square, height: int, width: int) -> None:
    x, y, side = square
    if x < 0 or y < 0 or side <= 0 or x + side > width + 1e-3 or y + side > height + 1e-3:
        raise Unusable(Reason.BOX_OUTSIDE, f"{tuple(square)} in {width}x{height} pixels")

import io
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from f2a_faces.images import MAX_PIXELS, ImageError, Pixels, check, decode, encode_crop, encode_png
from f2a_faces.plain import plain

ROW = 1 + 3 * 40  # bytes of a PNG's row: its filter, then the pixels


def picture(mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> Image.Image:
    noise = np.random.default_rng(7).integers(0, 256, (*size[::-1], 4), dtype=np.uint8)
    return Image.fromarray(noise).convert(mode)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def opened(data: bytes) -> Pixels:
    """The pixels as Pillow reads them by itself."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def raises(reads: Callable[[], object]) -> bool:
    try:
        reads()
    except Exception:  # noqa: BLE001 -- Pillow raises anything
        return True
    return False


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def png(rows: bytes) -> bytes:
    """A file of 40 x 30 pixels with these rows, all of whose checksums are right."""
    header = (40).to_bytes(4) + (30).to_bytes(4) + bytes((8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


PLAIN = {
    "baseline": saved(picture(), "JPEG", quality=80),
    "progressive": saved(picture(size=(37, 51)), "JPEG", progressive=True),
    "no subsampling": saved(picture(), "JPEG", quality=95, subsampling=0),
    "optimised": saved(picture(size=(8, 9)), "JPEG", optimize=True, comment=b"a comment"),
    "crop": encode_crop(np.asarray(picture(size=(64, 64)))),
    "level 6": encode_png(np.asarray(picture())),
    "several parts": encode_png(np.asarray(picture(size=(300, 300)))),
}
TEXT = PngImagePlugin.PngInfo()
TEXT.add_text("Software", "none")
NOT_PLAIN = {
    "grey JPEG": saved(picture("L"), "JPEG"),
    "four colours": saved(picture("CMYK"), "JPEG"),
    "EXIF": saved(picture(), "JPEG", exif=Image.Exif()),
    "profile": saved(picture(), "JPEG", icc_profile=b"none"),
    "transparent": saved(picture("RGBA"), "PNG"),
    "palette": saved(picture("P"), "PNG"),
    "16 bits": saved(Image.new("I;16", (4, 4)), "PNG"),
    "text": saved(picture(), "PNG", pnginfo=TEXT),
    "turned": saved(picture(), "PNG", exif=b"Exif\0\0MM\0*"),
    "WebP": saved(picture(), "WEBP"),
    "nothing": b"",
    "signature": b"\x89PNG\r\n\x1a\n",
    "end alone": b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""),
    "JPEG's ends": b"\xff\xd8\xff\xd9",
    "with garbage": PLAIN["crop"] + b"\0",
}


@pytest.mark.parametrize("data", PLAIN.values(), ids=PLAIN)
def test_a_plain_file_has_the_pixels_that_pillow_opens(data: bytes) -> None:
    found = plain(data, MAX_PIXELS)
    expected = opened(data)
    assert found
    assert found.size == expected.shape[1::-1]
    assert found.is_intact()
    assert np.array_equal(np.asarray(found.image()), expected)
    assert np.array_equal(decode(data).pixels, expected)


@pytest.mark.parametrize("data", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_any_other_file_is_left_to_the_usual_way(data: bytes) -> None:
    assert plain(data, MAX_PIXELS) is None


def test_a_file_with_too_many_pixels_is_not_plain() -> None:
    assert plain(PLAIN["baseline"], 40 * 30)
    assert plain(PLAIN["baseline"], 40 * 30 - 1) is None


@pytest.mark.parametrize("name", ["baseline", "progressive", "crop", "several parts"])
def test_a_changed_byte_never_gives_other_pixels(name: str) -> None:
    """Whatever byte changes, the quick way gives the usual way's pixels or none."""
    data = PLAIN[name]
    for at in range(0, len(data), max(1, len(data) // 150)):
        damaged = data[:at] + bytes((data[at] ^ 0x55,)) + data[at + 1 :]
        found = plain(damaged, MAX_PIXELS)
        image = found and found.image()
        if image:
            assert np.array_equal(np.asarray(image), opened(damaged))


@pytest.mark.parametrize("name", ["crop", "several parts"])
def test_a_changed_byte_in_a_png_is_never_intact(name: str) -> None:
    data = PLAIN[name]
    for at in range(0, len(data), max(1, len(data) // 150)):
        found = plain(data[:at] + bytes((data[at] ^ 0x55,)) + data[at + 1 :], MAX_PIXELS)
        assert not (found and found.is_intact())


@pytest.mark.parametrize(
    "rows",
    [bytes(30 * ROW - 1), bytes(29 * ROW), bytes(29 * ROW) + b"\x05" + bytes(ROW - 1), b""],
    ids=["a byte short", "a row short", "unknown filter", "empty"],
)
def test_of_a_png_that_lacks_pixels_pillow_decides(rows: bytes) -> None:
    found = plain(png(rows), MAX_PIXELS)
    assert found
    assert not found.is_intact()
    assert raises(lambda: check(png(rows))) == raises(lambda: opened(png(rows)))


def test_a_whole_png_is_intact() -> None:
    rows = png(bytes(30 * ROW))
    check(rows)
    assert not decode(rows).pixels.any()


@pytest.mark.parametrize("name", PLAIN)
def test_a_file_that_ends_early_is_broken(name: str) -> None:
    with pytest.raises(ImageError):
        check(PLAIN[name][: len(PLAIN[name]) // 2])

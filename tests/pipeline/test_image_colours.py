"""Colours by what a file says they are, upright sizes in every format, pictures that only seem broken."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from f2a_faces.images import ImageError, Pixels, decode, read_size
from f2a_faces.magic import image_suffix

CARD = np.array([[200, 60, 40], [60, 180, 80], [50, 70, 200], [128, 128, 128]], np.uint8)


def card() -> Pixels:
    return np.repeat(np.repeat(CARD.reshape(2, 2, 3), 32, 0), 48, 1)


def saved(kind: str = "PNG", pixels: Pixels | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(card() if pixels is None else pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def corners(data: bytes) -> Pixels:
    pixels = decode(data).pixels
    height, width = pixels.shape[0] // 4, pixels.shape[1] // 4
    return np.stack([pixels[y, x] for y in (height, 3 * height) for x in (width, 3 * width)])


def chunk(kind: bytes, content: bytes, *, broken: bool = False) -> bytes:
    check = zlib.crc32(kind + content) ^ broken
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def with_chunks(*chunks: bytes, png: bytes | None = None) -> bytes:
    """Put behind the header, where colours and texts stand."""
    png = png or saved()
    return png[:33] + b"".join(chunks) + png[33:]


def linear_profile(name: str) -> bytes:
    """SRGB's primaries with a straight curve, under any name of the same length."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    curve = profile.index(b"para")
    profile[curve : curve + 12] = b"curv" + bytes(8)  # a curve of no entries is the identity
    return bytes(profile).replace(b"sRGB", name.encode().ljust(4)[:4])


def test_a_profile_is_what_it_does_and_not_what_it_is_called() -> None:
    wide = decode(saved(icc_profile=linear_profile("sRGB"))).pixels
    plain = decode(
        saved(icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    ).pixels
    assert np.array_equal(plain, card())
    assert np.array_equal(wide, decode(saved(icc_profile=linear_profile("none"))).pixels)
    assert wide[-1, -1].min() > 170  # half the light is far from half the value


def test_a_pngs_gamma_is_undone_as_browsers_do() -> None:
    grey = np.full((8, 8, 3), 146, np.uint8)
    data = with_chunks(chunk(b"gAMA", struct.pack(">I", 55_100)), png=saved(pixels=grey))
    expected = 255 * (1.055 * ((146 / 255) ** (1 / 0.551)) ** (1 / 2.4) - 0.055)
    assert decode(data).pixels[0, 0] == pytest.approx(expected, abs=1)
    usual = with_chunks(chunk(b"gAMA", struct.pack(">I", 45_455)))
    assert np.array_equal(decode(usual).pixels, card())


def test_an_srgb_chunk_outdoes_the_gamma() -> None:
    data = with_chunks(chunk(b"sRGB", b"\0"), chunk(b"gAMA", struct.pack(">I", 100_000)))
    assert np.array_equal(decode(data).pixels, card())


def test_a_pngs_primaries_are_taken_in() -> None:
    p3 = (31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000)
    data = with_chunks(chunk(b"cHRM", struct.pack(">8I", *p3)), chunk(b"gAMA", struct.pack(">I", 45_455)))
    found = corners(data).astype(int)
    assert found[0, 0] > 210  # a red of wider primaries is redder in sRGB
    assert found[1, 1] > 180
    assert abs(found[3] - 128).max() <= 1  # grey is grey
    own = (31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000)
    assert np.array_equal(decode(with_chunks(chunk(b"cHRM", struct.pack(">8I", *own)))).pixels, card())


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_senseless_chunks_are_ignored_or_used_but_end_nothing(primaries: bytes, gamma: int) -> None:
    data = with_chunks(chunk(b"cHRM", primaries), chunk(b"gAMA", struct.pack(">I", gamma)))
    assert decode(data).pixels.shape == (64, 96, 3)


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_size_is_upright_in_every_format(kind: str) -> None:
    data = saved(kind, exif=turned().tobytes())
    whole = decode(data)
    assert read_size(data) == (whole.width, whole.height) == (64, 96)
    assert whole.pixels.shape == (96, 64, 3)


def test_a_png_may_say_behind_its_pixels_that_it_lies_on_its_side() -> None:
    png = saved()
    data = png[:-12] + chunk(b"eXIf", turned().tobytes()[6:]) + png[-12:]
    assert read_size(data) == (64, 96)
    assert decode(data).pixels.shape == (96, 64, 3)


@pytest.mark.parametrize(
    "side",
    [
        chunk(b"tEXt", b"Comment\0painted", broken=True),
        chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(200)), broken=True),
        chunk(b"zTXt", b"parameters\0\0" + zlib.compress(bytes(20 * 2**20))),
        chunk(b"vpAg", b"123456789", broken=True),
    ],
)
def test_what_is_wrong_beside_the_pixels_costs_nothing(side: bytes) -> None:
    data = with_chunks(side)
    assert decode(data).repaired
    assert np.array_equal(decode(data).pixels, card())
    assert read_size(data) == (96, 64)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
@pytest.mark.parametrize("blanks", [b"\n", b"\r\n\r\n", b" \t\n"])
def test_blank_lines_in_front_are_taken_off(kind: str, blanks: bytes) -> None:
    whole = saved(kind)
    assert not decode(whole).repaired
    found = decode(blanks + whole)
    assert found.repaired
    assert np.array_equal(found.pixels, decode(whole).pixels)
    assert image_suffix(blanks + whole) == image_suffix(whole)


def animated(frames: list[Pixels], **options: object) -> bytes:
    first, *others = map(Image.fromarray, frames)
    buffer = io.BytesIO()
    first.save(buffer, "PNG", save_all=True, append_images=others, **options)
    return buffer.getvalue()


def test_an_animation_shows_what_a_browser_shows_first() -> None:
    other = 255 - card()
    assert np.array_equal(decode(animated([card(), other])).pixels, card())
    hidden = animated([other, card(), other], default_image=True)
    assert np.array_equal(decode(hidden).pixels, card())
    assert read_size(hidden) == (96, 64)


def test_of_a_broken_animation_the_still_picture_is_left() -> None:
    data = animated([card(), 255 - card()], default_image=True)
    cut = data[: data.rindex(b"fcTL") - 4] + chunk(b"IEND", b"")
    found = decode(cut)
    assert found.repaired
    assert np.array_equal(found.pixels, card())


@pytest.mark.parametrize("most", [1, 255, 65535])
def test_grey_in_floating_point_is_scaled_by_its_range(most: int) -> None:
    values = np.tile(np.linspace(0, 1, 96, dtype=np.float32), (64, 1)) * most
    values[0, 0] = np.nan
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "TIFF")
    for side in (None, 48):
        found = decode(buffer.getvalue(), side).pixels
        row = np.linspace(0, 255, found.shape[1])
        assert np.abs(found[-1, :, 1] - row).max() <= 4


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
    b'tiff:Orientation="6"/></x:xmpmeta>'
)


def with_xmp(kind: str) -> bytes:
    if kind == "late PNG":
        return saved()[:-12] + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP) + saved()[-12:]
    if kind == "PNG":
        return with_chunks(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP))
    if kind == "TIFF":
        return saved(kind, tiffinfo={700: XMP})
    return saved(kind, xmp=XMP)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "late PNG", "WEBP", "TIFF"])
def test_xmp_turns_nothing_as_in_browsers(kind: str) -> None:
    data = with_xmp(kind)
    assert b"tiff:Orientation" in data
    assert read_size(data) == (96, 64)
    assert decode(data).pixels.shape == (64, 96, 3)


@pytest.mark.parametrize(
    ("value", "turns"), [(b"6\0", True), (b"6", True), (b"66\0", False), (b"x\0", False)]
)
def test_an_orientation_may_be_written_as_text(value: bytes, *, turns: bool) -> None:
    entry = struct.pack("<HHI4s", 0x0112, 2, len(value), value)
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    data = saved("JPEG", exif=exif)
    assert read_size(data) == ((64, 96) if turns else (96, 64))
    assert decode(data).pixels.shape[:2] == read_size(data)[::-1]


@pytest.mark.parametrize("cut", [1, 2])
def test_a_jpeg_without_its_last_bytes_is_whole(cut: int) -> None:
    whole = saved("JPEG")
    assert not decode(whole).repaired
    found = decode(whole[:-cut])
    assert found.repaired
    assert np.array_equal(found.pixels, decode(whole).pixels)


@pytest.mark.parametrize("cut", [3, 30, 300])
def test_a_jpeg_that_lacks_rows_stays_an_error(cut: int) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    with pytest.raises(ImageError, match="truncated"):
        decode(saved("JPEG", noise)[:-cut])


def test_a_png_that_lacks_rows_stays_an_error() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = with_chunks(chunk(b"tEXt", b"a\0b", broken=True), png=saved(pixels=noise))
    with pytest.raises(ImageError):
        decode(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("kind", "options"), [("AVIF", {"quality": 95}), ("JPEG2000", {}), ("HEIF", {"quality": 95})]
)
def test_newer_formats_are_read_where_their_decoders_are(kind: str, options: dict[str, int]) -> None:
    if kind == "HEIF":
        pillow_heif = pytest.importorskip("pillow_heif")
        pillow_heif.register_heif_opener()
    try:
        data = saved(kind, **options)
    except (KeyError, OSError, ValueError):
        pytest.skip(f"this Pillow does not write {kind}")
    assert np.abs(corners(data).astype(int) - CARD).max() < 12
    assert read_size(data) == (96, 64)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"\xff\x0a", "cannot be read here: JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "cannot be read here: JPEG XL"),
        (b"\0\0\0\x18ftypheic", "cannot be read here: HEIC|cannot be decoded"),
        (b"\0\0\0\x18ftypavif", "cannot be read here: AVIF"),
    ],
)
def test_what_cannot_be_read_is_called_by_its_name(head: bytes, reason: str) -> None:
    with pytest.raises(ImageError, match=reason):
        decode(head + b"0" * 200)

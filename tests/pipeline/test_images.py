"""Decoding: right colours, upright, on white, whatever the file is; and clear reasons for the rest."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from f2a_faces.crop import SIZES
from f2a_faces.images import ImageError, Pixels, decode, encode_crop, encode_png, plain_suffix, read_size


def _bytes(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_transparency_lies_on_white_whatever_colour_it_hides() -> None:
    image = Image.new("RGBA", (4, 4), (255, 0, 0, 0))  # invisible, and red underneath
    image.putpixel((0, 0), (0, 0, 255, 255))
    pixels = decode(_bytes(image)).pixels
    assert pixels[0, 0].tolist() == [0, 0, 255]
    assert (pixels[1:, 1:] == 255).all()


def test_a_palette_with_a_transparent_colour_lies_on_white() -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 10, 200, 30])
    image.putpixel((0, 0), 0)
    pixels = decode(_bytes(image, transparency=0)).pixels
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[2, 2].tolist() == [10, 200, 30]


def test_plain_images_are_those_that_any_program_shows_alike(bad_images: dict[str, Path]) -> None:
    plain = {name: plain_suffix(bad_images[name]) for name in ("cmyk.jpg", "palette with alpha.png")}
    assert plain == {"cmyk.jpg": "jpg", "palette with alpha.png": "png"}
    for name in ("turned.jpg", "animated.gif", "animated.webp", "truncated header.jpg", "html.jpg"):
        assert plain_suffix(bad_images[name]) == ""


def test_a_png_that_says_after_its_pixels_how_it_is_turned_is_not_plain() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = _bytes(Image.new("RGB", (60, 40)), exif=exif)
    start = data.index(b"eXIf") - 4
    chunk = data[start : start + 12 + int.from_bytes(data[start : start + 4], "big")]
    late = data.replace(chunk, b"").replace(b"\x00\x00\x00\x00IEND", chunk + b"\x00\x00\x00\x00IEND")
    assert read_size(late) == (40, 60)
    assert plain_suffix(late) == ""


def test_exif_orientation_turns_pixels_and_size() -> None:
    image = Image.new("RGB", (60, 40), "black")
    image.paste((255, 255, 255), (0, 0, 30, 40))  # the left half is white
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees clockwise: the left becomes the top
    data = _bytes(image, "JPEG", exif=exif, quality=95)
    decoded = decode(data)
    assert (decoded.width, decoded.height) == read_size(data) == (40, 60)
    assert decoded.pixels.shape == (60, 40, 3)
    assert decoded.pixels[5, 20].mean() > 240
    assert decoded.pixels[55, 20].mean() < 15
    reduced = decode(data, max_side=30)
    assert reduced.pixels.shape == (30, 20, 3)
    assert reduced.pixels[2, 10].mean() > 240
    assert reduced.scale == 2.0


def test_sixteen_bit_grey_keeps_its_brightness() -> None:
    values = np.full((4, 4), 32768, np.uint16)
    pixels = decode(_bytes(Image.fromarray(values))).pixels
    assert abs(int(pixels[0, 0, 0]) - 128) <= 1


def test_cmyk_becomes_rgb() -> None:
    pixels = decode(_bytes(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95)).pixels
    red, green, blue = pixels[4, 4].tolist()
    assert red > 200
    assert green < 60
    assert blue < 60


def test_a_colour_profile_is_applied() -> None:
    """In a profile with linear response, the middle value is much brighter than in sRGB."""
    grey = Image.new("RGB", (4, 4), (128, 128, 128))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert decode(_bytes(grey, icc_profile=srgb)).pixels[0, 0].tolist() == [128, 128, 128]
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert decode(_bytes(grey, icc_profile=lab)).pixels[0, 0].tolist() == [128, 128, 128]  # unusable: ignored
    assert decode(_bytes(grey, icc_profile=b"junk")).pixels[0, 0].tolist() == [128, 128, 128]
    linear = _linear_profile(srgb)
    assert decode(_bytes(grey, icc_profile=linear)).pixels[0, 0, 0] > 180


def _linear_profile(srgb: bytes) -> bytes:
    """An sRGB profile whose tone curves are replaced by the identity curve, under another name."""
    data = bytearray(srgb)
    for number in range(struct.unpack_from(">I", data, 128)[0]):
        tag, offset, size = struct.unpack_from(">4sII", data, 132 + 12 * number)
        if tag in (b"rTRC", b"gTRC", b"bTRC"):
            data[offset : offset + 12] = b"curv" + bytes(8)  # no points: the identity
        if tag == b"desc":
            data[offset + 8 : offset + size] = (
                bytes(data[offset + 8 : offset + size])
                .replace("sRGB".encode("utf-16-be"), "line".encode("utf-16-be"))
                .replace(b"sRGB", b"line")
            )
    return bytes(data)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_the_first_frame_of_an_animation_counts(kind: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("white", "black")]
    pixels = decode(_bytes(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)).pixels
    assert pixels.min() > 240


def test_a_bomb_is_refused_from_its_header() -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(60_001))) + chunk(b"IEND", b"")
    with pytest.raises(ImageError, match="more than 100 million pixels"):
        decode(bomb)
    with pytest.raises(ImageError, match="more than 100 million pixels"):
        read_size(bomb)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "an HTML page, not an image"),
        (b"hello", "not an image of a known format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image of a known format"),
        (_bytes(Image.effect_noise((200, 200), 50), "JPEG")[:2000], "truncated"),
    ],
)
def test_what_is_no_image_gets_its_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(ImageError, match=reason):
        decode(data)
    path = tmp_path / "x.jpg"
    path.write_bytes(data)
    with pytest.raises(ImageError, match=reason):
        decode(path)


def test_a_missing_file_and_a_folder_get_their_reasons(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="the file is missing"):
        decode(tmp_path / "x.png")
    with pytest.raises(ImageError, match="not a regular file"):
        decode(tmp_path)


@given(
    data=st.binary(max_size=300),
    head=st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF"]),
)
def test_junk_never_raises_anything_else(data: bytes, head: bytes) -> None:
    with pytest.raises(ImageError):
        decode(head + data)


@pytest.mark.parametrize("encode", [encode_png, encode_crop])
def test_png_bytes_depend_on_the_pixels_alone(encode: Callable[[Pixels], bytes]) -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    assert encode(pixels) == encode(pixels.copy())
    assert (decode(encode(pixels)).pixels == pixels).all()


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), levels=st.integers(1, 256), size=st.sampled_from(SIZES))
def test_a_crop_keeps_its_pixels(seed: int, levels: int, size: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, levels, (size, size, 3), np.uint8)
    assert (decode(encode_crop(pixels)).pixels == pixels).all()

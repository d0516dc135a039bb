"""Images for the pipeline's tests, drawn here: good ones of any size, and all the bad kinds met outside."""

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from f2a_manifests import Workspace
from s3_server import S3, s3_server

MakeImage = Callable[..., bytes]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace."""
    made = Workspace(tmp_path / "workspace")
    made.create()
    return made


@pytest.fixture(scope="session")
def s3_of_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """One server for all tests; each has a prefix of its own."""
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3(s3_of_session: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """The server, as the environment has it."""
    for name, value in s3_of_session.environment.items():
        monkeypatch.setenv(name, value)
    s3_of_session.fetched()
    return s3_of_session


@pytest.fixture(scope="session")
def make_image() -> MakeImage:
    """``make_image(seed, width=178, height=218, kind="JPEG")``: an encoded image, another for each seed."""
    return _image


@pytest.fixture(scope="session")
def bad_images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One file of each kind that breaks careless programs, by its name; do not change them."""
    folder = tmp_path_factory.mktemp("bad")
    files = {**_broken(), **_unusual(), **_oddly_named()}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return {name: folder / name for name in files}


def _image(seed: int, width: int = 178, height: int = 218, kind: str = "JPEG") -> bytes:
    pixels = random.Random(seed).randbytes(12 * 12 * 3)
    picture = Image.frombytes("RGB", (12, 12), pixels).resize((width, height))
    return _encoded(picture, kind)


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _broken() -> dict[str, bytes]:
    whole = _image(1)
    return {
        "truncated.jpg": whole[: len(whole) * 2 // 3],
        "truncated header.jpg": whole[:20],
        "truncated.png": _image(2, kind="PNG")[:2000],
        "zero.jpg": b"",
        "html.jpg": b"<!DOCTYPE html>\n<html><body>429 Too Many Requests</body></html>",
        "noise.png": b"\x89PNG\r\n\x1a\n" + random.Random(3).randbytes(500),
        "bomb.png": _bomb(20_000),
        "notes.txt": b"not an image at all",
    }


def _unusual() -> dict[str, bytes]:
    base = Image.open(io.BytesIO(_image(4, 60, 80, "PNG")))
    frames = [Image.open(io.BytesIO(_image(seed, 60, 80, "PNG"))) for seed in (5, 6)]
    palette = base.quantize(16)
    turned = Image.Exif()
    turned[0x0112] = 6  # a quarter turn: 60x80 becomes 80x60
    return {
        "cmyk.jpg": _encoded(base.convert("CMYK"), "JPEG"),
        "deep.png": _encoded(base.convert("L").convert("I;16"), "PNG"),
        "palette with alpha.png": _encoded(palette, "PNG", transparency=3),
        "animated.gif": _encoded(base, "GIF", save_all=True, append_images=frames),
        "animated.webp": _encoded(base, "WEBP", save_all=True, append_images=frames),
        "turned.jpg": _encoded(base, "JPEG", exif=turned),
    }


def _oddly_named() -> dict[str, bytes]:
    names: tuple[str, ...] = (
        "name with  spaces.png",
        "new\nline.png",
        "return\r.png",
        "emoji 😀 猫.png",
        'quo"te, comma.png',
    )
    undecodable = b"caf\xe9.png".decode("utf-8", "surrogateescape")
    names = (*names, "no suffix", "SHOUT.PNG", "x" * 240 + ".png", undecodable)
    return {name: _image(10 + number, 60, 80, "PNG") for number, name in enumerate(names)}


def _bomb(side: int) -> bytes:
    """A small PNG file, one bit a pixel, that is large when decoded."""
    row = bytes(1 + (side + 7) // 8)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * side, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@pytest.fixture
def make_pictures(tmp_path: Path, make_image: Callable[..., bytes]) -> Callable[[str, int], Path]:
    """Make a folder of so many different images of 64 pixels, ``0.jpg`` onwards."""

    def make(name: str, count: int) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.jpg").write_bytes(make_image(number, 64, 64))
        return folder

    return make

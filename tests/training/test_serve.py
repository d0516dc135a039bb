"""The server of the page: what it answers, whom it refuses, and that nothing is left behind."""

import asyncio
import base64
import io
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import skimage.data
from PIL import Image
from serving import PHOTO, Serving

from f2a_faces.detectors import Detection, SingleScale
from f2a_faces.detectors.self_check import plain_face
from f2a_faces.images import Pixels, decode, encode_png
from f2a_manifests import Box
from f2a_train.generators import load
from f2a_train.generators.export import export
from f2a_translate.in_place import patch
from f2a_translate.serve.app import MAX_BYTES, MAX_FACES, build

ASTRONAUT = encode_png(skimage.data.astronaut())
PATHS = ("/", "/static/page.js", "/static/page.css", "/static/icon.svg", "/nowhere")
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def server(tiny_onnx: Path) -> Iterator[Serving]:
    with Serving(tiny_onnx) as serving:
        yield serving


@pytest.fixture
def client(server: Serving) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def image(text: str) -> Pixels:
    return decode(base64.b64decode(text)).pixels


def test_a_face_comes_back_with_its_box_its_crop_and_its_translation(
    client: httpx.Client, tiny_onnx: Path
) -> None:
    photo, done = lines(client.post("/api/translate", content=ASTRONAUT))
    assert (photo["width"], photo["height"]) == (512, 512)
    [face] = photo["faces"]
    x, y, w, h = face["box"]
    assert x < 225 < x + w  # the astronaut's nose
    assert y < 125 < y + h
    assert done["face"] == 0
    source, result = image(done["source"]), image(done["result"])
    assert source.shape == (64, 64, 3)
    assert np.array_equal(load(tiny_onnx)(source[None])[0], result)
    left, top, side = face["square"]
    assert left < x < x + w < left + side
    assert top < y < y + h < top + side
    with Image.open(io.BytesIO(base64.b64decode(done["patch"]))) as faded:
        assert np.array_equal(np.asarray(faded), patch(result))


def test_whole_takes_the_centre_where_no_face_is_found(client: httpx.Client) -> None:
    wide = np.zeros((80, 200, 3), np.uint8)
    wide[:, 60:140] = (0, 200, 0)
    [photo] = lines(client.post("/api/translate", content=encode_png(wide)))
    assert photo["faces"] == []
    photo, done = lines(client.post("/api/translate?whole=1", content=encode_png(wide)))
    assert photo["faces"] == [{"box": [60, 0, 80, 80], "square": [60, 0, 80], "problem": ""}]
    assert (image(done["source"])[:, 2:-2] == (0, 200, 0)).all()


@dataclass(frozen=True)
class Given(SingleScale):
    """A detector that finds what it is told."""

    boxes: tuple[Box, ...]
    max_side: int = 512

    def prepare(self) -> None: ...

    def find(self, _pixels: Pixels) -> list[Detection]:
        return [Detection(box, 0.9) for box in self.boxes]


def answer_with(generator: Path, *boxes: Box) -> list[dict[str, Any]]:
    """What the application answers in this process when these boxes are found."""
    app = build(load(generator), [Given(()), Given(boxes)], 8765)

    async def ask() -> httpx.Response:
        base = "http://127.0.0.1:8765"
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=base, headers=PHOTO) as client:
            return await client.post("/api/translate", content=ASTRONAUT, headers={"Origin": base})

    with ThreadPoolExecutor() as elsewhere:  # Playwright leaves a running loop in the main thread
        return lines(elsewhere.submit(lambda: asyncio.run(ask())).result())


def test_a_face_that_cannot_be_cut_is_named_and_the_others_are_translated(tiny_onnx: Path) -> None:
    photo, *done = answer_with(tiny_onnx, Box(9, 9, 80, 80), Box(300, 300, 9, 9), Box(200, 90, 60, 70))
    problems = [face["problem"] for face in photo["faces"]]
    assert problems[::2] == ["", ""]
    assert problems[1].startswith("the face is too small")
    assert [line["face"] for line in done] == [0, 2]


def test_a_crowd_is_cut_to_its_surest_faces(tiny_onnx: Path) -> None:
    photo, *done = answer_with(tiny_onnx, *(Box(5 * number, 40, 60, 60) for number in range(MAX_FACES + 9)))
    assert [face["box"][0] for face in photo["faces"]] == [5 * number for number in range(MAX_FACES)]
    assert len(done) == MAX_FACES


def test_drawings_for_the_other_direction(tiny_run: Path, tmp_path: Path) -> None:
    export(tiny_run, tmp_path / "back.onnx", "anime2human")
    with Serving(tmp_path / "back.onnx") as server, server.client() as client:
        assert "Every face in it becomes <strong>a human face</strong>" in client.get("/").text
        photo, _ = lines(client.post("/api/translate", content=encode_png(plain_face())))
        assert len(photo["faces"]) == 1


BROKEN = {
    b"": (400, "the file is empty"),
    b"hello": (422, "not an image of a known format"),
    b"<html>404</html>": (422, "an HTML page, not an image"),
    ASTRONAUT[:9000]: (422, "the image cannot be decoded"),
    b"%PDF-1.7" + bytes(100): (422, "not an image of a known format"),
}


def test_what_is_no_photo_gets_its_reason(client: httpx.Client) -> None:
    for content, (code, reason) in BROKEN.items():
        for whole in ("", "?whole=1"):
            answer = client.post(f"/api/translate{whole}", content=content)
            assert (answer.status_code, answer.text.startswith(reason)) == (code, True), answer.text
            assert answer.headers["content-type"].startswith("text/plain")


def test_a_decompression_bomb_is_refused_before_it_is_decoded(client: httpx.Client) -> None:
    header = encode_png(np.zeros((4, 4, 3), np.uint8))
    bomb = header[:16] + (60_000).to_bytes(4, "big") * 2 + header[24:]
    answer = client.post("/api/translate", content=bomb)
    assert answer.status_code == 422


def test_a_photo_that_is_too_large_is_refused_while_it_comes_in(
    server: Serving, client: httpx.Client
) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 10 * MAX_BYTES:
            sent += 2**20
            yield bytes(2**20)

    with suppress(httpx.TransportError):  # the server hangs up before all is sent
        assert client.post("/api/translate", content=endless()).status_code == 413
    assert sent < 2 * MAX_BYTES
    assert _announcing(server, 10**12).startswith("HTTP/1.1 413")
    assert client.get("/").status_code == 200


def _announcing(server: Serving, length: int) -> str:
    """The answer to a request that says how long it is and sends nothing."""
    host = server.base.removeprefix("http://")
    head = f"POST /api/translate HTTP/1.1\r\nHost: {host}\r\nOrigin: {server.base}\r\n"
    with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2])), timeout=30) as link:
        more = f"Content-Type: application/octet-stream\r\nContent-Length: {length}\r\n\r\n"
        link.sendall((head + more).encode())
        return link.recv(4096).decode()


def test_another_host_name_is_refused(client: httpx.Client) -> None:
    for host in ("evil.example", "127.0.0.1", "127.0.0.1.evil.example:80", "localhost", ""):
        for path in PATHS:
            assert client.get(path, headers={"Host": host}).status_code in (400, 421)
        headers = {"Host": host, "Origin": f"http://{host}"}
        assert client.post("/api/translate", content=ASTRONAUT, headers=headers).status_code in (400, 421)


def test_another_origin_is_refused(server: Serving) -> None:
    port = server.base.rpartition(":")[2]
    origins = [None, "null", "http://evil.example", "http://127.0.0.1:1", f"https://127.0.0.1:{port}"]
    origins.append(f"http://localhost:{port}")  # it is the page's own under that name only
    for origin in origins:
        headers = {"Content-Type": "application/octet-stream"} | ({"Origin": origin} if origin else {})
        answer = httpx.post(f"{server.base}/api/translate", content=ASTRONAUT, headers=headers)
        assert answer.status_code == 403, origin


def test_what_a_form_of_another_site_can_send_is_refused(client: httpx.Client) -> None:
    for kind in (
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "image/png",
    ):
        headers = {"Content-Type": kind}
        assert client.post("/api/translate", content=ASTRONAUT, headers=headers).status_code == 415
    assert client.options("/api/translate").status_code in (403, 405, 415)
    assert client.get("/api/translate").status_code == 405


def test_every_answer_carries_the_security_headers(client: httpx.Client) -> None:
    answers = [client.get(path) for path in PATHS]
    answers += [client.post("/api/translate", content=content) for content in (b"", ASTRONAUT)]
    answers.append(client.get("/", headers={"Host": "evil.example"}))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers


def test_no_path_leads_to_another_file(client: httpx.Client) -> None:
    for path in ("/static/index.html", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static/", "/app.py"):
        assert client.get(path).status_code == 404, path


def test_the_page_needs_nothing_from_elsewhere(client: httpx.Client) -> None:
    for path in PATHS[:-1]:
        text = client.get(path).text.replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text, path
        assert "https:" not in text, path
        assert "//cdn" not in text, path


def test_nothing_is_written(client: httpx.Client, server: Serving) -> None:
    before = _files(server)
    assert len(lines(client.post("/api/translate", content=ASTRONAUT))) == 2
    assert _files(server) == before


def _files(server: Serving) -> list[str]:
    """What the process has open to write, but for its output and its sockets."""
    links = Path(f"/proc/{server.process.pid}/fd")
    if not links.is_dir():
        pytest.skip("no /proc here")
    targets = [str(link.readlink()) for link in links.iterdir()]
    return sorted(target for target in targets if target.startswith("/") and not target.startswith("/dev"))


def test_the_page_answers_while_a_photo_is_being_translated(server: Serving) -> None:
    large = np.tile(skimage.data.astronaut(), (3, 3, 1))  # 2 million pixels
    data = encode_png(large)
    answers: list[httpx.Response] = []

    def send() -> None:
        with server.client() as client:
            answers.append(client.post("/api/translate", content=data, timeout=120))

    workers = [threading.Thread(target=send) for _ in range(2)]
    for worker in workers:
        worker.start()
    waits = []
    with server.client() as client:
        while any(worker.is_alive() for worker in workers):
            began = time.perf_counter()
            assert client.get("/").status_code == 200
            waits.append(time.perf_counter() - began)
    for worker in workers:
        worker.join()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(waits) > 3
    assert np.median(waits) < 0.5


def test_a_port_in_use_is_said_with_what_to_do(f2a_train: Start, server: Serving, tiny_onnx: Path) -> None:
    port = server.base.rpartition(":")[2]
    process = f2a_train("serve", "--checkpoint", tiny_onnx, "--port", port, "--no-browser")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors == f"f2a-train: port {port} is in use; use --port 0 for any free port\n"


def test_it_listens_on_this_machine_alone(server: Serving) -> None:
    port = int(server.base.rpartition(":")[2])
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("no /proc here")
    rows = [line.split()[1] for line in table.read_text().splitlines()[1:] if line.split()[3] == "0A"]
    assert f"0100007F:{port:04X}" in rows
    assert f"00000000:{port:04X}" not in rows

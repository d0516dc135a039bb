"""Workspaces to review, and the review server as a real process."""

import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import numpy as np

from f2a_faces.images import encode_png
from f2a_manifests import Box, Domain, Record, Unit, Workspace, sha256_file

SERVE = """
import sys
from pathlib import Path
from f2a_manifests import FatalError, Workspace
from f2a_ui.server import serve
try:
    serve(Workspace(Path(sys.argv[1])), port=int(sys.argv[2]), open_browser=False, name=sys.argv[3])
except FatalError as error:
    sys.exit(f"{error.code.value}: {error}")
"""


def picture(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (64, 64)) -> str:
    """Write one plain colour as PNG; give its hash."""
    path.write_bytes(encode_png(np.full((size[1], size[0], 3), colour, np.uint8)))
    return sha256_file(path)


def small(root: Path) -> Workspace:
    """Five images with a flagged face each, and a second, unflagged face in the first."""
    workspace = Workspace(root)
    workspace.create()
    units = [unit(workspace, number, [Box(10, 20, 64, 64)]) for number in range(5)]
    units[0] = unit(workspace, 0, [Box(10, 20, 64, 64), Box(150, 100, 80, 80)])
    units[0].faces[1].flags = ()
    workspace.publish(units)
    return workspace


def unit(workspace: Workspace, number: int, boxes: list[Box], domain: Domain = Domain.ANIME) -> Unit:
    """An image with a face for each box, all files in place; ``faceN0`` is sure of itself by 0.1 * N."""
    path = f"images/image{number}.png"
    sha256 = picture(workspace.root / path, (40, 40, 10 + number), (320, 240))
    size = {"width": 320, "height": 240}
    image = Record(id=f"image{number}", domain=domain, source="drawn", path=path, sha256=sha256, **size)
    faces = [_face(workspace, image, f"face{number}{place}", box) for place, box in enumerate(boxes)]
    for face in faces:
        face.score = number / 10
    return Unit(image, faces)


def _face(workspace: Workspace, image: Record, identifier: str, box: Box) -> Record:
    path = f"crops/{identifier}.png"
    sha256 = picture(workspace.root / path, (200, 120, sum(box) % 256))
    where = {"box_x": box.x, "box_y": box.y, "box_w": box.w, "box_h": box.h}
    face = Record(id=identifier, domain=image.domain, source="drawn", path=path, sha256=sha256, **where)
    face.parent, face.flags, face.width, face.height = image.id, ("blurred",), 64, 64
    return face


class Running:
    """A review server in a process of its own."""

    def __init__(self, workspace: Workspace, port: int = 0, name: str = "") -> None:
        command = [sys.executable, "-c", SERVE, str(workspace.root), str(port), name]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8")
        assert self.process.stdout
        self.url = next((url for line in self.process.stdout if (url := _address(line))), "")
        assert self.url, self.process.communicate()[1]
        self.workspace = workspace
        self.base = self.url.partition("/?")[0]
        self._clients: list[httpx.Client] = []

    def client(self) -> httpx.Client:
        """A client that has come in by the printed address, as the page's own script would talk."""
        client = httpx.Client(base_url=self.base, follow_redirects=True)
        self._clients.append(client)
        page = client.get(self.url).text
        found = re.search(r'name="page-token" content="([^"]+)"', page)
        assert found
        client.headers.update({"X-Page-Token": found[1], "Origin": self.base})
        return client

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.communicate()

    def interrupt(self) -> str:
        """Ctrl-C; gives what the command said then."""
        self.process.send_signal(signal.SIGINT)
        output, errors = self.process.communicate(timeout=30)
        assert not errors
        return output

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            client.close()
        if self.process.returncode is None:
            self.kill()


def _address(line: str) -> str:
    found = re.search(r"http://\S+", line)
    return found[0] if found else ""


def large(root: Path, count: int, pictures: int = 24) -> Workspace:
    """Many images with a flagged face each; their rows share a few files."""
    workspace = Workspace(root)
    workspace.create()
    few = [unit(workspace, number, [Box(100, 60, 96, 96)]) for number in range(pictures)]
    workspace.publish([_copied(few[number % pictures], number, count) for number in range(count)])
    return workspace


def _copied(like: Unit, number: int, count: int) -> Unit:
    image = replace(like.image, id=f"post{number}", source_id=str(number), sha256=f"{number:064x}")
    image.source_url, image.artist = f"https://booru.example/posts/{number}", f"artist{number % 50}"
    image.tags = f"1girl solo number_{number}" if number % 2 else "2girls"
    face = replace(like.faces[0], id=f"crop{number}", parent=image.id, score=number / count)
    return Unit(image, [face])

"""Boxes drawn on the page: over HTTP, in the stage `crop`, and back."""

import hashlib
import io
from collections.abc import Callable

import httpx
import numpy as np
import pytest
from PIL import Image
from reviewing import Running

from commands import Runner
from f2a_data.stages.crop import Crop
from f2a_engine import runner
from f2a_faces.images import encode_png
from f2a_manifests import BoxFrom, Domain, Reason, Record, Workspace, sha256_file

Start = Callable[..., Running]
MENDED, MISSED = [40, 40, 96, 96], [200, 90, 80, 80]
ID = "image0-40-40-96-96-manual"


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    """The small one, whose first image is no plain colour."""
    pixels = np.random.default_rng(7).integers(0, 256, (240, 320, 3), np.uint8)
    (workspace.root / "images" / "image0.png").write_bytes(encode_png(pixels))
    units = workspace.load()
    for unit in units:
        unit.image.sha256 = sha256_file(workspace.file(unit.image))
    workspace.publish(units)
    runner.run(Crop(), workspace)
    return workspace


def draw(client: httpx.Client, face: int, box: object, *, redraw: bool) -> httpx.Response:
    return client.post("/api/boxes", json={"face": face, "box": box, "redraw": redraw})


def shown(client: httpx.Client) -> list[int]:
    return [
        value // 4 for value in np.frombuffer(client.get("/api/view?order=manifest").content, "<u4").tolist()
    ]


def faces(workspace: Workspace) -> dict[str, Record]:
    return {face.id: face for face in workspace.faces(Domain.ANIME)}


def pixels(data: bytes) -> str:
    return hashlib.sha256(np.asarray(Image.open(io.BytesIO(data))).tobytes()).hexdigest()


def test_the_crop_is_the_one_that_the_stage_cuts_then(workspace: Workspace, start: Start) -> None:
    client = start(workspace).client()
    answer = draw(client, 0, MENDED, redraw=True).json()
    assert answer["number"] == 6
    crops = [client.get(f"/crops/{ID}").content]
    draw(client, 1, MISSED, redraw=False)
    crops.append(client.get("/crops/image0-200-90-80-80-manual").content)
    runner.run(Crop(), workspace)
    rows = faces(workspace)
    drawn = [face for face in rows.values() if face.box_from is BoxFrom.MANUAL]
    assert [list(face.box) for face in drawn] == [MENDED, MISSED]
    assert [pixels(workspace.file(face).read_bytes()) for face in drawn] == list(map(pixels, crops))
    assert (rows["face00"].reason, rows["face00"].detail, rows["face00"].path) == (Reason.REDRAWN, ID, "")
    assert start(workspace).client().get(f"/crops/{ID}").status_code == 200


def test_undo_brings_the_old_face_back_also_when_the_new_one_was_cropped(
    workspace: Workspace, start: Start
) -> None:
    client = start(workspace).client()
    before = faces(workspace)
    draw(client, 0, MENDED, redraw=True)
    draw(client, 6, [44, 44, 90, 90], redraw=True)
    assert 6 not in shown(client)
    runner.run(Crop(), workspace)
    client = start(workspace).client()
    old = client.get("/api/tiles?faces=0").json()[0]
    assert (old["id"], old["instead"]) == ("face00", 2)
    client.post("/api/undo")
    assert client.get("/api/tiles?faces=2").json()[0]["instead"] == 7
    client.post("/api/undo")
    assert 0 in shown(client)
    assert len(shown(client)) == 6
    runner.run(Crop(), workspace)
    assert faces(workspace) == before


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ([0, 0, 9, 9], "too small"),
        ([900, 900, 50, 50], "not in the image"),
        ([-1, 0, 50, 50], "not a box"),
        ([0, 0, 0, 50], "not a box"),
        ([0, 0, 50], "not a box"),
        ("x", "not a box"),
        ([0, 0, 1e300, 50], "not a box"),
    ],
)
def test_a_box_that_makes_no_sense_is_refused(
    workspace: Workspace, start: Start, box: object, reason: str
) -> None:
    client = start(workspace).client()
    answer = draw(client, 0, box, redraw=True)
    assert (answer.status_code, reason in answer.text) == (400, True), answer.text
    assert draw(client, 99, MENDED, redraw=True).status_code == 404
    client.headers.pop("X-Page-Token")
    assert draw(client, 0, MENDED, redraw=True).status_code == 403
    assert not workspace.decisions_log.exists()


def test_a_crop_rule_from_outside_is_not_followed(workspace: Workspace, start: Start) -> None:
    units = workspace.load()
    for face in (face for unit in units for face in unit.faces):
        face.crop_rule = "default size=1000000 padding=1e9 lift=0 min_box=0 max_upscale=1e9"
    units[0].faces[0].crop_rule = "<script>"
    workspace.publish(units)
    client = start(workspace).client()
    assert draw(client, 0, MENDED, redraw=True).status_code == 200
    assert Image.open(io.BytesIO(client.get(f"/crops/{ID}").content)).size == (64, 64)
    assert client.get("/api/faces/face00").json()["rule"]["size"] == 64


def test_the_commands_say_what_is_to_be_run(workspace: Workspace, start: Start, run_command: Runner) -> None:
    server = start(workspace)
    draw(server.client(), 0, MENDED, redraw=True)
    assert server.interrupt().splitlines()[-1].endswith("Next: f2a-data crop, which cuts the faces you drew")
    done = run_command("f2a-data", "review", "--workspace", workspace.root)
    assert "1 images have boxes that were drawn in the review and must be cropped" in done.stderr
    assert "run f2a-data crop first" in run_command("f2a-data", "split", "--workspace", workspace.root).stderr


def test_a_face_whose_box_was_redrawn_has_been_seen(workspace: Workspace, start: Start) -> None:
    server = start(workspace)
    client = server.client()
    draw(client, 0, MENDED, redraw=True)
    assert client.get("/api/queue").json()["unseen"] == 5
    server.kill()
    again = start(workspace).client()
    assert again.get("/api/queue").json()["unseen"] == 5
    again.post("/api/undo").raise_for_status()
    assert again.get("/api/queue").json()["unseen"] == 6

"""Copies side by side on the page: over HTTP, in the log, in `dedup`, and in a fresh workspace."""

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from reviewing import Running, unit

from commands import Runner
from f2a_data.stages.dedup import Dedup
from f2a_engine import runner
from f2a_faces.images import encode_png
from f2a_manifests import Box, Domain, Reason, Record, Workspace, sha256_file

Start = Callable[..., Running]
SIDES = (96, 80, 64)


@pytest.fixture
def copies(tmp_path: Path) -> Workspace:
    """Three copies of one drawing, another drawing with an exact copy, and `dedup` done."""
    return grouped(tmp_path / "copies")


def grouped(root: Path) -> Workspace:
    workspace = Workspace(root)
    workspace.create()
    units = [
        unit(workspace, number, [Box(10, 20, side, side)]) for number, side in enumerate((*SIDES, 70, 50))
    ]
    for number, one in enumerate(units):
        face = one.faces[0]
        (workspace.root / face.path).write_bytes(drawing(number))
        face.sha256 = sha256_file(workspace.root / face.path)
    workspace.publish(units)
    runner.run(Dedup(), workspace)
    return workspace


def drawing(number: int) -> bytes:
    """The first three are alike, and so are the others, byte by byte."""
    large = np.random.default_rng(number > 2).integers(30, 220, (6, 6, 3), np.uint8)
    smooth = np.asarray(Image.fromarray(large).resize((64, 64), Image.Resampling.BICUBIC))
    return encode_png(
        np.clip(smooth.astype(int) + 2 * (number % 3 if number < 3 else 0), 0, 255).astype(np.uint8)
    )


def faces(workspace: Workspace) -> dict[str, Record]:
    return {face.id: face for face in workspace.faces(Domain.ANIME)}


def states(client: httpx.Client) -> list[dict[str, str]]:
    groups = client.get("/api/copies").raise_for_status().json()["groups"]
    return [{member["id"]: member["state"] for member in group["members"]} for group in groups]


def say(client: httpx.Client, word: str, face: str = "", group: str = "face00") -> httpx.Response:
    return client.post("/api/copies", json={"group": group, "face": face, "word": word})


def test_a_group_is_shown_with_reasons_and_sizes_and_its_crops(copies: Workspace, start: Start) -> None:
    client = start(copies).client()
    answer = client.get("/api/copies").json()
    (group,) = answer["groups"]
    assert (answer["count"], group["name"]) == (1, "face00")
    assert [member["size"] for member in group["members"]] == [[side, side] for side in SIDES]
    assert [member["state"] for member in group["members"]] == ["kept", "copy", "copy"]
    assert [member["reason"] for member in group["members"]] == ["", "near_copy", "near_copy"]
    assert "smaller face 80x80 px < 96x96 px" in group["members"][1]["detail"]
    assert client.get("/crops/face10").content == (copies.root / "crops" / "face10.png").read_bytes()
    assert len(client.get("/api/view?order=manifest").content) == 2 * 4  # copies are nowhere else
    assert client.get("/api/copies?first=7").json()["groups"] == []


def test_words_about_a_group_and_undo(copies: Workspace, start: Start) -> None:
    server = start(copies)
    client = server.client()
    assert say(client, "choose", "face20").json()["members"][2]["state"] == "kept"
    assert states(client) == [{"face00": "copy", "face10": "copy", "face20": "kept"}]
    say(client, "part", "face00")
    assert states(client) == [{"face00": "apart", "face10": "copy", "face20": "kept"}]
    say(client, "dissolve")
    assert states(client) == [dict.fromkeys(("face00", "face10", "face20"), "apart")]
    server.kill()
    client = start(copies).client()
    for wanted in (("apart", "copy", "kept"), ("copy", "copy", "kept"), ("kept", "copy", "copy")):
        client.post("/api/undo").raise_for_status()
        assert list(states(client)[0].values()) == list(wanted)
    assert client.post("/api/undo").json() == {"changed": None}


def test_the_word_of_another_person_is_seen_and_the_last_one_counts(copies: Workspace, start: Start) -> None:
    anna, ben = (start(copies, name=name).client() for name in ("anna", "ben"))
    say(anna, "choose", "face10")
    assert states(ben) == [{"face00": "copy", "face10": "kept", "face20": "copy"}]
    say(ben, "choose", "face20")
    assert states(anna) == [{"face00": "copy", "face10": "copy", "face20": "kept"}]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"group": "face00", "face": "face30", "word": "choose"}, 404),
        ({"group": "face30", "face": "face30", "word": "part"}, 404),
        ({"group": "x", "face": "", "word": "dissolve"}, 404),
        ({"group": "face00", "face": "", "word": "choose"}, 404),
        ({"group": "face00", "face": "face10", "word": "members"}, 400),
        ({"group": 1, "face": "face10", "word": "part"}, 400),
        ([], 400),
    ],
)
def test_what_makes_no_sense_is_refused(copies: Workspace, start: Start, body: object, status: int) -> None:
    client = start(copies).client()
    assert client.post("/api/copies", json=body).status_code == status
    client.headers.pop("X-Page-Token")
    assert say(client, "dissolve").status_code == 403
    assert not copies.decisions_log.exists()


def test_dedup_does_what_was_said_every_time_and_a_replay_gives_the_same_bytes(
    copies: Workspace, start: Start, run_command: Runner, tmp_path: Path
) -> None:
    shutil.copytree(copies.root, tmp_path / "fresh")
    server = start(copies)
    client = server.client()
    say(client, "choose", "face20")
    say(client, "part", "face00")
    assert server.interrupt().splitlines()[-1].endswith("Next: f2a-data review, which applies them")
    for place, stage in enumerate(("review", "dedup", "clean", "review")):
        done = run_command("f2a-data", stage, "--workspace", copies.root)
        assert done.returncode == 0, done.stderr
        assert ("2 faces were chosen among copies, or told apart" in done.stderr) == (place == 0)
    assert {name: (row.kept, row.dup_group) for name, row in faces(copies).items()} == {
        "face00": (True, ""), "face10": (False, "face20"), "face20": (True, "face20"),
        "face30": (True, "face30"), "face40": (False, "face30"),
    }  # fmt: skip
    assert faces(copies)["face10"].reason is Reason.NEAR_COPY
    before = copies.faces_csv(Domain.ANIME).read_bytes()
    runner.run(Dedup(radius=5), copies)
    runner.run(Dedup(), copies)
    fresh = Workspace(tmp_path / "fresh")
    replay = ("review", "--replay", copies.decisions_log)
    for words in (replay, ("dedup",), ("clean",), ("review",)):
        assert run_command("f2a-data", words[0], "--workspace", fresh.root, *words[1:]).returncode == 0
    assert fresh.faces_csv(Domain.ANIME).read_bytes() == before
    assert states(start(fresh).client()) == [{"face20": "kept", "face10": "copy"}]

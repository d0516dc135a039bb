"""Copies side by side on the page: over HTTP, in the log, in `dedup`, and in a fresh workspace."""

import shutil
from collections.abc import Callable
from dataclasses import replace
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
from f2a_manifests import Box, Decision, Domain, Reason, Record, Unit, Workspace, sha256_file
from f2a_manifests.decisions import Decisions, Entry, FaceKey, source_of
from f2a_manifests.regrouping import unsettled

Start = Callable[..., Running]
SIDES = (96, 80, 64)


@pytest.fixture
def copies(tmp_path: Path) -> Workspace:
    """Three copies of one drawing, another drawing with an exact copy, and `dedup` done."""
    return grouped(tmp_path / "copies")


def grouped(root: Path) -> Workspace:
    workspace = Workspace(root)
    workspace.create()
    sides = (*SIDES, 70, 50)
    workspace.publish([one(workspace, number, side, drawing(number)) for number, side in enumerate(sides)])
    runner.run(Dedup(), workspace)
    return workspace


def one(workspace: Workspace, number: int, side: int, crop: bytes) -> Unit:
    """An image with one face."""
    made = unit(workspace, number, [Box(10, 20, side, side)])
    face = made.faces[0]
    (workspace.root / face.path).write_bytes(crop)
    face.sha256 = sha256_file(workspace.root / face.path)
    return made


def drawing(number: int) -> bytes:
    """The first three are alike, and so are the others, byte by byte."""
    large = np.random.default_rng(number > 2).integers(30, 220, (6, 6, 3), np.uint8)
    smooth = np.asarray(Image.fromarray(large).resize((64, 64), Image.Resampling.BICUBIC))
    return encode_png(
        np.clip(smooth.astype(int) + 2 * (number if number < 3 else 0), 0, 255).astype(np.uint8)
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
    [told] = [line for line in server.interrupt().splitlines() if line.startswith("This review")]
    assert "1 kept, 2 decisions about copies or tilt; " in told
    assert told.endswith("Next: f2a-data review, which applies them")
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


def kept(workspace: Workspace) -> dict[str, tuple[bool, str]]:
    """After `dedup`, with nothing left to do for it."""
    runner.run(Dedup(), workspace)
    assert unsettled(workspace.load(), Decisions.load(workspace.decisions_log)) == 0
    return {
        name: (row.kept, row.dup_group) for name, row in list(faces(workspace).items()) if name[4] not in "34"
    }


def test_a_face_removed_from_its_group_is_kept_and_shown_beside_a_copy_in_another(
    copies: Workspace, start: Start
) -> None:
    server = start(copies)
    say(server.client(), "part", "face20")
    server.kill()
    assert kept(copies)["face20"] == (True, "")
    copies.publish([*copies.load(), one(copies, 5, 110, drawing(-1))])  # a better copy of all three
    assert kept(copies) == {
        "face00": (False, "face50"), "face10": (False, "face50"),
        "face20": (True, "face50"), "face50": (True, "face50"),
    }  # fmt: skip
    client = start(copies).client()
    (shown,) = states(client)
    assert shown == {"face50": "kept", "face00": "copy", "face10": "copy", "face20": "alike"}
    say(client, "choose", "face50", "face50")
    assert states(client)[0]["face20"] == "copy"
    assert kept(copies)["face20"] == (False, "face50")


def test_a_dissolved_group_is_whole_again_when_one_of_its_faces_is_chosen(
    copies: Workspace, start: Start
) -> None:
    client = start(copies).client()
    say(client, "dissolve")
    say(client, "choose", "face10")
    assert states(client) == [{"face00": "copy", "face10": "kept", "face20": "copy"}]
    rest = {name: (name == "face10", "face10") for name in ("face00", "face10", "face20")}
    assert kept(copies) == rest


def test_faces_removed_one_by_one_stay_removed_when_another_is_chosen(
    copies: Workspace, start: Start
) -> None:
    client = start(copies).client()
    say(client, "part", "face00")
    say(client, "choose", "face10")
    assert states(client) == [{"face00": "apart", "face10": "kept", "face20": "copy"}]
    assert kept(copies)["face00"] == (True, "")


def test_choices_in_a_circle_have_one_result(copies: Workspace) -> None:
    keys = {row.id: FaceKey(source_of(one.image), row.box) for one in copies.load() for row in one.faces}
    log = Decisions.load(copies.decisions_log)
    for best, other in (("face00", "face10"), ("face10", "face20"), ("face20", "face00")):
        entry = Entry(id=best, source=keys[best].source, box=keys[best].box, decision=Decision.KEEP)
        log.append([replace(entry, stands_for=(keys[other],))])
    wanted = {"face00": (False, "face20"), "face10": (False, "face20"), "face20": (True, "face20")}
    assert kept(copies) == wanted  # the newest choice wins

"""The queue over HTTP: what it offers, what it says is left, and what it knows after a restart."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import httpx
import numpy as np
import pytest
from reviewing import Running, unit

from commands import Runner
from f2a_manifests import Box, Workspace
from f2a_queue import remaining

Start = Callable[..., Running]


@pytest.fixture
def many(tmp_path: Path) -> Workspace:
    """40 faces in one image."""
    workspace = Workspace(tmp_path / "many")
    workspace.create()
    boxes = [Box(x, y, 8, 8) for x in range(0, 160, 16) for y in range(0, 64, 16)]
    workspace.publish([unit(workspace, 0, boxes)])
    return workspace


def order(client: httpx.Client) -> list[int]:
    packed = np.frombuffer(client.get("/api/view?order=queue").content, "<u4").tolist()
    return [value // 4 for value in packed if value % 4 == 0]


def decide(client: httpx.Client, faces: list[int], decision: str) -> None:
    answer = client.post("/api/decisions", json={"faces": faces, "decision": decision})
    answer.raise_for_status()


def ready(client: httpx.Client) -> dict[str, int]:
    """The estimate, once every crop has been looked at."""
    for _ in range(600):
        answer: dict[str, int] = client.get("/api/queue").json()
        if answer["ready"]:
            return answer
        time.sleep(0.1)
    raise AssertionError(answer)


def test_every_face_is_in_the_queue_until_it_is_decided(workspace: Workspace, start: Start) -> None:
    client = start(workspace).client()
    ready(client)
    faces = order(client)
    assert sorted(faces) == list(range(6))
    decide(client, faces[:2], "keep")
    assert sorted(order(client)) == sorted(faces[2:])
    client.post("/api/undo", json={})
    assert sorted(order(client)) == sorted(faces)
    assert any(workspace.embeddings_cache.rglob("*.npy"))


def test_faces_like_a_dropped_one_are_offered_and_no_others(workspace: Workspace, start: Start) -> None:
    client = start(workspace).client()
    ready(client)
    decide(client, [0], "drop")
    offered = client.get("/api/alike?faces=0").json()
    assert set(offered) <= set(range(1, 6))
    decide(client, [*range(1, 6)], "keep")
    assert client.get("/api/alike?faces=0").json() == []
    assert client.get("/api/alike?faces=99").json() == []
    assert client.get("/api/alike?faces=x").status_code == 400


def keep(client: httpx.Client, count: int) -> dict[str, int]:
    """Keep faces one by one, in the order of the queue; the estimate after that."""
    for number in order(client)[:count]:
        decide(client, [number], "keep")
        estimate: dict[str, int] = client.get("/api/queue").json()
    return estimate


def test_random_faces_count_and_are_known_after_a_kill(many: Workspace, start: Start) -> None:
    server = start(many)
    client = server.client()
    ready(client)
    before = keep(client, 30)
    server.kill()
    assert ready(start(many).client()) == before
    assert before["unseen"] == 10
    assert before["sampled"] > 0


def test_the_estimate_is_said_and_written_at_the_end_until_something_is_decided(
    many: Workspace, start: Start, run_command: Runner
) -> None:
    server = start(many)
    client = server.client()
    ready(client)
    estimate = keep(client, 30)
    said = server.interrupt()
    written = remaining.read(many)
    assert written
    assert str(written) in said
    assert {"ready": True, **asdict(written)} == estimate
    assert run_command("f2a-data", "review", "--workspace", many.root).returncode == 0
    published = json.loads(many.review_summary.read_text())
    assert published == {"kept": 30, "dropped": 0, "left": asdict(written)}
    with many.decisions_log.open("a") as log:
        log.write("\n")
    assert remaining.read(many) is None


def test_a_damaged_estimate_is_none(workspace: Workspace) -> None:
    assert remaining.read(workspace) is None
    workspace.review_estimate.write_text('{"log_bytes": 0, "estimate": {}}')
    assert remaining.read(workspace) is None


def test_the_faces_most_like_one_come_first_and_the_filter_counts(many: Workspace, start: Start) -> None:
    client = start(many).client()
    packed = np.frombuffer(client.get("/api/view?near=5").content, "<u4") // 4
    assert sorted(packed.tolist()) == list(range(40))
    assert not client.get("/api/view?near=5&flag=small").content
    assert client.get("/api/view?near=40").status_code == 404
    assert client.get("/api/view?near=-1").status_code == 400

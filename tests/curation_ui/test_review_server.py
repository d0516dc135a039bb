"""The review server over HTTP: who may talk to it, what it says, and what is on disk when it says so."""

import json
import os
import socket
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from reviewing import Running

from f2a_manifests import Decision, Reason, Record, Workspace
from f2a_manifests.decisions import Decisions

Start = Callable[..., Running]
PATHS = (
    "/",
    "/static/review.js",
    "/api/about",
    "/api/view",
    "/api/tiles?faces=0",
    "/api/changes",
    "/api/faces/face00",
    "/crops/face00",
    "/sources/face00",
)


def decide(client: httpx.Client, ids: list[str], decision: str = "drop") -> httpx.Response:
    numbers = {tile["id"]: tile["number"] for tile in tiles(client, view(client, ""))}
    faces = [numbers[identifier] for identifier in ids]
    return client.post("/api/decisions", json={"faces": faces, "decision": decision})


def view(client: httpx.Client, query: str) -> list[tuple[int, str]]:
    """The numbers and decisions of the faces of a view."""
    packed = np.frombuffer(client.get(f"/api/view?{query}").content, "<u4").tolist()
    return [(value // 4, ("", "keep", "drop")[value % 4]) for value in packed]


def tiles(client: httpx.Client, faces: list[tuple[int, str]]) -> list[dict[str, Any]]:
    numbers = ",".join(str(number) for number, _ in faces)
    found: list[dict[str, Any]] = client.get(f"/api/tiles?faces={numbers}").json() if faces else []
    return found


def shown(client: httpx.Client, query: str = "flag=*") -> list[str]:
    return [tile["id"] for tile in tiles(client, view(client, query))]


def counts(client: httpx.Client, query: str = "flag=*") -> dict[str, int]:
    return Counter(decision for _, decision in view(client, query))


def changed(client: httpx.Client, answer: httpx.Response) -> dict[str, str]:
    """The decisions of an answer, by id."""
    found = answer.json()["changed"]
    ids = {tile["number"]: tile["id"] for tile in tiles(client, [(one["number"], "") for one in found])}
    return {ids[one["number"]]: one["decision"] for one in found}


def log_lines(workspace: Workspace) -> list[dict[str, object]]:
    log = workspace.decisions_log
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def test_nothing_is_shown_without_the_token(idle: Running) -> None:
    for path in (*PATHS, "/?token=wrong", "/?token=%C3%A9", "/nowhere"):
        assert httpx.get(idle.base + path).status_code == 401, path
    answer = httpx.get(idle.url)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    port = idle.base.rpartition(":")[2]
    assert httpx.get(idle.base, cookies={f"f2a_review_{port}": "wrong"}).status_code == 401


def test_the_address_token_is_neither_in_the_page_nor_good_for_a_change(idle: Running) -> None:
    token = idle.url.partition("token=")[2]
    client = idle.client()
    assert token not in client.get("/").text
    client.headers["X-Page-Token"] = token
    assert decide(client, ["face00"]).status_code == 403


def test_another_host_name_is_refused_even_with_the_cookie(idle: Running) -> None:
    client = idle.client()
    for host in ("evil.example", "127.0.0.1", "127.0.0.1.evil.example:80", ""):
        for path in PATHS:
            assert client.get(path, headers={"Host": host}).status_code in (400, 421)


def test_a_change_from_another_origin_is_refused(idle: Running) -> None:
    client = idle.client()
    client.headers.pop("Origin")
    for origin in (
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ):
        client.headers.update(origin)
        assert decide(client, ["face00"]).status_code == 403
        assert client.post("/api/undo", json={}).status_code == 403
    assert log_lines(idle.workspace) == []


def test_a_change_without_the_pages_own_token_is_refused(idle: Running) -> None:
    client = idle.client()
    client.headers.pop("X-Page-Token")
    assert decide(client, ["face00"]).status_code == 403
    assert log_lines(idle.workspace) == []


def test_every_answer_carries_the_security_headers(idle: Running) -> None:
    client = idle.client()
    for path in (*PATHS, "/nowhere", "/api/view?state=odd"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] in ("no-store", "private, max-age=3600")


FORBIDDEN = (
    "/static/..%2fidle.py",
    "/static/%2e%2e/idle.py",
    "/static/index.html",
    "/static/",
    "/crops/..%2f..%2fmanifests%2fimages.csv",
    "/crops/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/sources/..%2fimages%2fimage0.png",
    "/crops/image0",
    "/crops/unknown",
    "/sources/unknown",
    "/api/faces/unknown",
    "/manifests/images.csv",
)


def test_no_path_leads_to_a_file_that_is_not_a_faces_own(idle: Running) -> None:
    client = idle.client()
    assert {path: client.get(path).status_code for path in FORBIDDEN} == dict.fromkeys(FORBIDDEN, 404)


def test_a_decision_is_on_disk_when_the_answer_comes(workspace: Workspace, start: Start) -> None:
    server = start(workspace)
    client = server.client()
    answer = decide(client, ["face00", "face10"])
    told = changed(client, answer)
    server.kill()
    assert told == {"face00": "drop", "face10": "drop"}
    assert [(line["id"], line["decision"]) for line in log_lines(workspace)] == [
        ("face00", "drop"),
        ("face10", "drop"),
    ]


def test_after_a_kill_decisions_are_shown_and_can_be_undone(workspace: Workspace, start: Start) -> None:
    server = start(workspace)
    decide(server.client(), ["face00"], "keep")
    decide(server.client(), ["face00", "face30"])
    server.kill()
    with workspace.decisions_log.open("a") as file:
        file.write('{"time": "2025-')  # as a kill in the middle of a write leaves it
    client = start(workspace).client()
    assert set(shown(client, "state=drop")) == {"face00", "face30"}
    assert changed(client, client.post("/api/undo")) == {"face00": "keep", "face30": ""}
    client.post("/api/undo")
    assert client.post("/api/undo").json() == {"changed": None}
    assert counts(client) == {"": 5}


NONSENSE = {
    '{"faces": [0, 6], "decision": "drop"}': 404,
    '{"faces": [-1], "decision": "drop"}': 400,
    '{"faces": [0], "decision": ""}': 400,
    '{"faces": [0], "decision": "eat"}': 400,
    '{"faces": [], "decision": "drop"}': 400,
    '{"faces": ["face00"], "decision": "drop"}': 400,
    '{"faces": 0, "decision": "drop"}': 400,
    "[0]": 400,
    "[" * 20_000: 400,
    "no json": 400,
    "x" * 3_000_000: 413,
}


def test_a_request_that_makes_no_sense_decides_nothing(idle: Running) -> None:
    client = idle.client()
    answers = {body: client.post("/api/decisions", content=body).status_code for body in NONSENSE}
    assert answers == NONSENSE
    assert log_lines(idle.workspace) == []


def test_a_view_has_undecided_faces_first_and_then_its_order(workspace: Workspace, start: Start) -> None:
    client = start(workspace).client()
    order = ["face00", "face10", "face20", "face30", "face40"]  # by score
    assert shown(client) == order
    decide(client, ["face10"], "keep")
    decide(client, ["face00"])
    assert shown(client) == ["face20", "face30", "face40", "face00", "face10"]
    units = workspace.load()
    units[0].faces[0].score = 0.99
    workspace.publish(units)
    client = start(workspace).client()
    assert shown(client, "flag=*&state=decided") == ["face10", "face00"]
    assert shown(client, "flag=*&state=decided&order=manifest") == ["face00", "face10"]
    assert client.get("/api/view?order=odd").status_code == 400


def test_filters(workspace: Workspace, start: Start) -> None:
    client = start(workspace).client()
    decide(client, ["face10"], "keep")
    decide(client, ["face20"])
    assert len(shown(client, "")) == 6
    assert "face01" in shown(client, "")
    assert "face01" not in shown(client, "flag=blurred")
    assert shown(client, "flag=unheard-of") == []
    assert shown(client, "state=keep") == ["face10"]
    assert shown(client, "state=drop") == ["face20"]
    assert shown(client, "state=decided") == ["face10", "face20"]
    assert shown(client, "state=undecided&flag=*") == ["face00", "face30", "face40"]
    assert shown(client, "domain=human") == []
    for odd in ("view?state=odd", "view?least=nan", "view?most=x", "tiles?faces=-1", "tiles?faces="):
        assert client.get(f"/api/{odd}").status_code == 400, odd
    assert client.get("/api/tiles?faces=6").status_code == 404
    assert client.get("/api/changes?since=x").status_code == 400


def test_filters_by_score_source_tags_and_text(workspace: Workspace, start: Start) -> None:
    units = workspace.load()
    units[1].image.source = "danbooru"
    units[2].image.tags, units[3].image.tags = "1girl solo", "1girl solo_focus"
    units[3].image.artist = "Ärtist <b>"
    units[4].faces[0].score = None
    workspace.publish(units)
    client = start(workspace).client()
    assert shown(client, "flag=*&least=0.1&most=0.2") == ["face10", "face20"]
    assert shown(client, "flag=*&most=9") == ["face00", "face10", "face20", "face30"]
    assert shown(client, "source=danbooru") == ["face10"]
    assert shown(client, "tags=1girl") == ["face20", "face30"]
    assert shown(client, "tags=solo 1girl") == ["face20"]
    assert shown(client, "text=äRTIST <b") == ["face30"]
    assert shown(client, "text=IMAGE4.png") == ["face40"]
    assert shown(client, "text=BLURred&state=drop") == []
    assert client.get("/api/about").json()["sources"] == ["danbooru", "drawn"]


def test_only_faces_that_a_person_may_still_decide_about_are_shown(
    workspace: Workspace, start: Start
) -> None:
    units = workspace.load()
    units[1].faces[0].drop("dedup", Reason.EXACT_COPY)
    units[2].faces[0].drop("review", Reason.DROPPED_IN_REVIEW)
    units[3].faces[0].fail("crop", Reason.BROKEN_IMAGE)
    workspace.publish(units)
    assert shown(start(workspace).client()) == ["face00", "face20", "face40"]


def test_the_manifests_are_only_read(workspace: Workspace, start: Start) -> None:
    before = {path: path.read_bytes() for path in workspace.manifests.rglob("*") if path.is_file()}
    decide(start(workspace).client(), ["face00"])
    assert {path: path.read_bytes() for path in workspace.manifests.rglob("*") if path.is_file()} == before


def test_a_second_copy_of_an_image_is_decided_with_the_first(workspace: Workspace, start: Start) -> None:
    units = workspace.load()
    units[1].image.sha256 = units[0].image.sha256
    workspace.publish(units)
    client = start(workspace).client()
    assert changed(client, decide(client, ["face00"])).keys() == {"face00", "face10"}


def test_crops_come_as_they_are_and_broken_ones_with_the_reason(workspace: Workspace, start: Start) -> None:
    crops = workspace.root / "crops"
    secret = workspace.root.parent / "secret.png"
    (crops / "face20.png").rename(secret)
    (crops / "face20.png").symlink_to(secret)
    (crops / "face10.png").unlink()
    (crops / "face30.png").write_bytes((crops / "face30.png").read_bytes()[:-20])
    (crops / "face40.png").unlink()
    os.mkfifo(crops / "face40.png")
    client = start(workspace).client()
    answer = client.get("/crops/face00")
    assert answer.content == (crops / "face00.png").read_bytes()
    assert answer.headers["content-type"] == "image/png"
    reasons = {
        "face10": "missing",
        "face20": "leads out",
        "face30": "not a complete PNG",
        "face40": "missing",
    }
    for name, reason in reasons.items():
        answer = client.get(f"/crops/{name}")
        assert answer.status_code == 404
        assert reason in answer.text
        assert answer.headers["content-type"].startswith("text/plain")


def test_a_hostile_file_name_is_an_answer_and_no_crash(workspace: Workspace, start: Start) -> None:
    units = workspace.load()
    units[0].faces[0].path = "crops/" + "x" * 900
    (workspace.root / "crops" / "round").symlink_to("round")
    units[1].faces[0].path = "crops/round"
    units[2].faces[0].path = ""
    units[3].image.path = "images/" + "y" * 900
    workspace.publish(units)
    client = start(workspace).client()
    for path in ("/crops/face00", "/crops/face10", "/crops/face20", "/sources/face30"):
        assert client.get(path).status_code == 404


def test_a_source_is_reduced_and_encoded_again(workspace: Workspace, start: Start, tmp_path: Path) -> None:
    file = workspace.root / "images" / "image0.png"
    Image.new("RGB", (3000, 1500), "teal").save(file, "JPEG", comment=b"private note")
    client = start(workspace).client()
    answer = client.get("/sources/face00")
    assert (answer.headers["x-full-width"], answer.headers["x-full-height"]) == ("3000", "1500")
    assert answer.headers["cache-control"].startswith("private")
    assert b"private note" not in answer.content
    (tmp_path / "shown.jpg").write_bytes(answer.content)
    with Image.open(tmp_path / "shown.jpg") as image:
        assert image.size == (1200, 600)
        assert np.abs(np.asarray(image)[300, 600].astype(int) - (0, 128, 128)).max() < 4


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"<!DOCTYPE html><script>alert(1)</script>", "HTML"), (None, "missing")],
)
def test_a_source_that_cannot_be_shown_says_why(
    workspace: Workspace, start: Start, content: bytes | None, reason: str
) -> None:
    file = workspace.root / "images" / "image0.png"
    file.unlink() if content is None else file.write_bytes(content)
    answer = start(workspace).client().get("/sources/face00")
    assert answer.status_code == 404
    assert reason in answer.text
    assert "<script" not in answer.text


def test_a_log_that_cannot_be_written_decides_nothing(workspace: Workspace, start: Start) -> None:
    client = start(workspace).client()
    (workspace.root / "review").rename(workspace.root / "elsewhere")
    answer = decide(client, ["face00"])
    assert answer.status_code == 507
    assert "disappeared" in answer.text
    assert counts(client) == {"": 5}


def test_many_at_once_all_arrive(workspace: Workspace, start: Start) -> None:
    client = start(workspace).client()
    ids = [f"face{number}0" for number in range(5)]
    jobs = [threading.Thread(target=decide, args=(client, [one], "keep")) for one in ids]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert sorted(str(line["id"]) for line in log_lines(workspace)) == ids
    assert sorted(int(str(line["action"])) for line in log_lines(workspace)) == [1, 2, 3, 4, 5]
    assert Decisions.load(workspace.decisions_log).counts()[Decision.KEEP] == 5


def test_ctrl_c_ends_it_with_the_number_of_decisions(workspace: Workspace, start: Start) -> None:
    server = start(workspace)
    client = server.client()
    decide(client, ["face00", "face10"])
    decide(client, ["face20"], "keep")
    output = server.interrupt()
    assert server.process.returncode == 0
    last = output.splitlines()[-1]
    assert f"1 kept, 2 dropped; 3 decisions in {workspace.decisions_log}. Next: f2a-data review" in last


def refusal(workspace: Workspace, port: int = 0) -> str:
    with pytest.raises(AssertionError) as caught:
        Running(workspace, port)
    return str(caught.value)


def test_a_port_in_use_is_said(workspace: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"2: port {port} is in use; use --port 0 for any free port" in refusal(workspace, port)
    assert "2: 99999 is not a port number" in refusal(workspace, 99999)


def test_two_reviews_of_one_workspace_see_each_other(workspace: Workspace, start: Start) -> None:
    anna, ben = (start(workspace, name=name).client() for name in ("anna", "ben"))
    decide(anna, ["face00", "face10"])
    decide(ben, ["face00", "face20"], "keep")
    for client in (anna, ben):
        answer = client.get("/api/changes?since=0").json()
        assert changed(client, client.get("/api/changes?since=0")) == {
            "face00": "keep",
            "face10": "drop",
            "face20": "keep",
        }
        assert {one["by"] for one in answer["changed"]} == {"anna", "ben"}
        assert client.get(f"/api/changes?since={answer['version']}").json()["changed"] == []
    assert [(line["id"], line["was"], line["by"]) for line in log_lines(workspace)] == [
        ("face00", "", "anna"),
        ("face10", "", "anna"),
        ("face00", "drop", "ben"),
        ("face20", "", "ben"),
    ]


def test_undo_takes_back_ones_own_and_leaves_what_others_said_since(
    workspace: Workspace, start: Start
) -> None:
    anna, ben = (start(workspace, name=name).client() for name in ("anna", "ben"))
    decide(anna, ["face00", "face10"])
    decide(ben, ["face00"], "keep")
    assert changed(anna, anna.post("/api/undo")) == {"face10": ""}
    assert anna.post("/api/undo").json() == {"changed": None}
    assert changed(ben, ben.post("/api/undo")) == {"face00": "drop"}


def test_nothing_to_review_is_said_and_makes_no_folder(tmp_path: Path) -> None:
    assert "5: there are no faces to review" in refusal(Workspace(tmp_path / "typo"))
    assert not (tmp_path / "typo").exists()


def test_hostile_text_comes_as_data(workspace: Workspace, start: Start) -> None:
    units = workspace.load()
    flag = "</script><img src=x onerror=alert(1)>"
    units[0].faces[0].flags = (flag,)
    units[0].image = hostile(units[0].image)
    workspace.publish(units)
    client = start(workspace).client()
    answer = client.get("/api/faces/face00")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["artist"] == "<b>x</b>"
    assert client.get("/api/about").json()["flags"][1] == {"name": flag, "count": 1}


def hostile(image: Record) -> Record:
    image.artist, image.source_url = "<b>x</b>", "javascript:alert(1)"
    return image

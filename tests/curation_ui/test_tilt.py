"""Faces marked as tilted: on the page, in the log, and as flags in the manifest."""

import json
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Browser, expect
from reviewing import Running

from commands import Runner
from f2a_manifests import Domain, Workspace

Start = Callable[..., Running]


def mark(client: httpx.Client, tilt: object, *faces: int) -> httpx.Response:
    return client.post("/api/tilts", json={"faces": faces, "tilt": tilt})


def shown(client: httpx.Client) -> list[str]:
    return [tile["tilt"] for tile in client.get("/api/tiles?faces=0,1,2").json()]


def test_a_tilt_is_shown_undone_and_no_decision(workspace: Workspace, start: Start) -> None:
    server = start(workspace)
    client = server.client()
    client.post("/api/decisions", json={"faces": [0], "decision": "drop"})
    assert [one["tilt"] for one in mark(client, "left", 0, 2).json()["changed"]] == ["left", "left"]
    mark(client, "right", 2)
    assert shown(client) == ["left", "", "right"]
    assert client.get("/api/tiles?faces=0").json()[0]["decision"] == "drop"
    server.kill()
    client = start(workspace).client()
    for wanted in (["left", "", "left"], ["", "", ""]):
        client.post("/api/undo").raise_for_status()
        assert shown(client) == wanted
    assert client.get("/api/tiles?faces=0").json()[0]["decision"] == "drop"
    assert [mark(client, tilt, 0).status_code for tilt in ("up", 1, None)] == [400] * 3
    assert mark(client, "left", 99).status_code == 404


def test_the_flag_stands_in_the_manifest_after_clean_and_goes_with_the_undo(
    workspace: Workspace, start: Start, run_command: Runner
) -> None:
    server = start(workspace)
    client = server.client()

    def flags() -> list[str]:
        return [flag for face in workspace.faces(Domain.ANIME) for flag in face.flags if "tilted" in flag]

    def run(stage: str) -> str:
        done = run_command("f2a-data", stage, "--workspace", workspace.root)
        assert done.returncode == 0, done.stderr
        return done.stderr

    run("clean")
    mark(client, "left", 0)
    mark(client, "right", 3)
    assert "2 faces were marked as tilted" in run("review")
    run("clean")
    assert "tilted" not in run("review")
    assert flags() == ["tilted_left", "tilted_right"]
    client.post("/api/undo").raise_for_status()
    assert "1 faces were marked as tilted, or as not tilted" in run("review")
    run("clean")
    assert flags() == ["tilted_left"]


@pytest.mark.browser
def test_keys_mark_and_unmark(workspace: Workspace, start: Start, browser: Browser) -> None:
    server = start(workspace)
    page = browser.new_page()
    page.goto(f"{server.url}#flag=*&order=score")
    first = page.locator(".tile").first
    expect(first).to_be_visible()
    page.keyboard.press("<")
    expect(first.locator(".tilt")).to_have_text("↖ tilted")
    expect(first).to_have_accessible_name("undecided, tilted left, blurred, score 0.00")
    page.keyboard.press(">")
    expect(first.locator(".tilt")).to_have_text("tilted ↗")
    page.keyboard.press(">")
    expect(first.locator(".tilt")).to_have_text("")
    page.keyboard.press("o")
    page.get_by_role("button", name="Tilted left").click()
    expect(page.locator("#status")).to_have_text("tilted to the left: 1 face")
    lines = [json.loads(line) for line in workspace.decisions_log.read_text().splitlines()]
    assert [(line["tilt"], line["decision"]) for line in lines] == [
        (tilt, "") for tilt in ("left", "right", "", "left")
    ]
    page.close()

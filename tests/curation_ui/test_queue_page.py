"""The queue in a real browser: what is offered after a drop, and the number of bad faces that are left."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from reviewing import Running, unit

from f2a_faces.images import encode_png
from f2a_manifests import Box, Workspace, sha256_file

pytestmark = pytest.mark.browser
Start = Callable[..., Running]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on which any script error fails the test."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    problems: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def server(tmp_path: Path, start: Start) -> Running:
    """37 crops that look the same and 3 that are noise, each looked at by the detector."""
    workspace = Workspace(tmp_path / "w")
    workspace.create()
    boxes = [Box(x, y, 8, 8) for x in range(0, 160, 16) for y in range(0, 64, 16)]
    image = unit(workspace, 0, boxes)
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    for number, face in enumerate(image.faces[10:13]):
        noise[0, 0] = number
        (workspace.root / face.path).write_bytes(encode_png(noise))
        face.sha256 = sha256_file(workspace.root / face.path)
    workspace.publish([image])
    server = start(workspace)
    client = server.client()
    for _ in range(600):
        if client.get("/api/queue").json()["ready"]:
            break
        time.sleep(0.1)
    return server


def dropped(page: Page) -> int:
    return int(page.locator("#counts").inner_text().split(" · ")[2].split()[0])


def test_faces_like_the_dropped_one_are_dropped_with_one_key_and_come_back_with_one(
    server: Running, page: Page
) -> None:
    page.goto(server.url)
    expect(page.locator("select[name=order]")).to_have_value("queue")
    expect(page.locator(".tile").first).to_be_visible()
    offer = page.locator("#alike")
    expect(offer).to_be_hidden()
    page.keyboard.press("d")
    expect(offer).to_contain_text("as well?")
    count = offer.locator("img").count()
    assert count > 0
    expect(offer.locator("button")).to_contain_text(f"Drop these {count} as well?")
    page.keyboard.press("x")
    expect(page.locator("#counts")).to_contain_text(f"{1 + count} dropped")
    page.keyboard.press("u")
    expect(page.locator("#counts")).to_contain_text(" 1 dropped")
    expect(offer).to_be_hidden()
    assert dropped(page) == 1


def test_the_rest_is_kept_and_the_header_says_what_is_left(server: Running, page: Page) -> None:
    page.goto(server.url)
    expect(page.locator(".tile").first).to_be_visible()
    expect(page.locator("#left")).to_be_hidden()
    page.set_viewport_size({"width": 700, "height": 500})
    page.keyboard.press("Shift+K")
    expect(page.locator("#left")).to_contain_text("bad left (0 to ")


def test_more_like_this_until_the_list_is_refreshed(server: Running, page: Page) -> None:
    page.goto(server.url)
    expect(page.locator(".tile").first).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("l")
    expect(page.locator("#status")).to_contain_text("most like this face first")
    expect(page).to_have_url(re.compile("near="))
    page.reload()
    expect(page.locator(".tile").first).to_be_visible()
    expect(page).to_have_url(re.compile("near="))
    page.keyboard.press("r")
    expect(page).not_to_have_url(re.compile("near="))
    expect(page.locator(".tile").first).to_be_visible()

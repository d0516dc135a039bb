"""Copies side by side in a real browser: by keyboard alone, with axe in both themes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from reviewing import Running, unit

from f2a_manifests import Box, Reason, Workspace

pytestmark = pytest.mark.browser
Start = Callable[..., Running]


@pytest.fixture
def server(tmp_path: Path, start: Start) -> Running:
    """25 groups of three faces: the best, a copy, and a variant."""
    workspace = Workspace(tmp_path / "w")
    workspace.create()
    boxes = [Box(x, y, 8, 8) for x in range(0, 160, 16) for y in range(0, 128, 16)][:75]
    image = unit(workspace, 0, boxes)
    for number, face in enumerate(image.faces):
        face.dup_group = image.faces[number - number % 3].id
        if number % 3 == 1:
            face.drop("dedup", Reason.NEAR_COPY, "0.3% differs, smaller face 8x8 px < 9x9 px")
    workspace.publish([image])
    return start(workspace)


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page on which any script error fails the test."""
    context = browser.new_context(
        viewport={"width": 900, "height": 700}, color_scheme=request.param, bypass_csp=True
    )
    problems: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def expect_states(page: Page, group: int, *wanted: str) -> None:
    tiles = page.locator(".copies").nth(group).locator(".copy")
    expect(tiles).to_have_count(len(wanted))
    for place, state in enumerate(wanted):
        expect(tiles.nth(place)).to_have_attribute("data-state", state)


def findings(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


def test_groups_are_judged_by_keyboard_and_undone(server: Running, page: Page) -> None:
    page.goto(server.url)
    expect(page.locator(".tile").first).to_be_visible()
    press(page, "c")
    expect(page.locator("#counts")).to_have_text("25 groups of copies and variants")
    expect(page.get_by_role("listbox", name="Groups of copies")).to_be_focused()
    expect(page.locator("#grid")).to_be_hidden()
    expect_states(page, 0, "kept", "copy", "variant")
    first = page.locator(".copy").nth(1)
    expect(first).to_contain_text("near copy: 0.3% differs, smaller face 8x8 px < 9x9 px")
    expect(first).to_contain_text("8 × 8 px")
    press(page, "ArrowRight", "k")  # another one is kept, and on to the next group
    expect_states(page, 0, "copy", "kept", "variant")
    expect(page.locator("#place")).to_have_text("group 2 of 25")
    press(page, "ArrowRight", "t")
    expect_states(page, 1, "kept", "apart", "variant")
    press(page, "ArrowDown", "Shift+T")
    expect_states(page, 2, "apart", "apart", "apart")
    assert findings(page) == []
    press(page, "End")
    expect(page.locator("#place")).to_have_text("group 25 of 25")
    expect(page.locator(".copies")).to_have_count(5)
    press(page, "Home", "u", "u", "u")
    expect(page.locator("#status")).to_have_text("undone")
    for group in range(3):
        expect_states(page, group, "kept", "copy", "variant")
    expect(page.locator("#place")).to_have_text("group 1 of 25")
    page.reload()
    expect(page.locator(".copies").first).to_be_visible()
    page.locator(".copy").nth(2).click()
    page.get_by_role("button", name="Keep this one").click()
    expect(page.get_by_role("alert")).to_contain_text("a variant is no copy and is kept as well")
    press(page, "c", "k")
    expect(page.locator(".tile").first).to_be_visible()
    expect(page.locator("#counts")).to_contain_text("1 kept")


def test_it_fits_a_narrow_screen_and_every_word_is_on_disk(server: Running, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{server.url}#mode=copies")
    expect(page.locator(".copy").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert findings(page) == []
    page.get_by_role("button", name="Dissolve group").click()
    expect_states(page, 0, "apart", "apart", "apart")
    lines = [json.loads(line) for line in server.workspace.decisions_log.read_text().splitlines()]
    assert [len(line.get("apart_from", ())) for line in lines] == [2, 1, 0]
    assert {line["decision"] for line in lines} == {"keep"}


def test_after_a_kill_in_a_burst_of_words_every_state_that_was_shown_is_on_disk(
    server: Running, page: Page, start: Start
) -> None:
    page.goto(f"{server.url}#mode=copies")
    expect(page.locator(".copy").first).to_be_visible()
    for place in range(12):
        press(page, "ArrowRight", ("k", "t", "Shift+T")[place % 3])
        if place == 8:
            server.kill()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    expect(page.locator(".pending")).to_have_count(0)
    shown = page.locator(".copies").evaluate_all(
        "groups => groups.map(group => [...group.children].map(tile => tile.dataset.state))"
    )
    groups = start(server.workspace).client().get("/api/copies").json()["groups"]
    disk = [[member["state"] for member in group["members"]] for group in groups]
    changed = [(one, other) for one, other in zip(shown, disk, strict=True) if one != other]
    assert len(changed) <= 1  # of the one that was being saved the answer may be lost

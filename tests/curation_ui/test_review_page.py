"""The review page in a real browser: keys, mouse, ranges, undo, the source view, and hostile text."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect
from reviewing import Running, unit

from f2a_manifests import Box, Workspace

pytestmark = pytest.mark.browser
Start = Callable[..., Running]
Open = Callable[[Running], Page]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Open a server's page; any script error or refused resource fails the test."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    problems: list[str] = []

    def visit(server: Running) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: message.type == "error" and problems.append(message.text))
        page.on("dialog", lambda dialog: (problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(server.url)
        expect(page.locator(".tile").first).to_be_visible()
        return page

    yield visit
    context.close()
    assert [text for text in problems if "404" not in text and "507" not in text] == []


@pytest.fixture
def many(tmp_path: Path) -> Workspace:
    """70 faces in one image: two pages."""
    workspace = Workspace(tmp_path / "many")
    workspace.create()
    boxes = [Box(x, y, 8, 8) for x in range(0, 160, 16) for y in range(0, 112, 16)]
    workspace.publish([unit(workspace, 0, boxes)])
    return workspace


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def decisions(page: Page) -> list[str]:
    return [str(tile.get_attribute("data-decision")) for tile in page.locator(".tile").all()]


def expect_decisions(page: Page, *wanted: str) -> None:
    """Wait until the first tiles stand as wanted, and all others are undecided."""
    decided = page.locator('.tile:not([data-decision=""])')
    expect(decided).to_have_count(sum(map(bool, wanted)))
    for position, decision in enumerate(wanted):
        expect(page.locator(".tile").nth(position)).to_have_attribute("data-decision", decision)


def expect_selected(page: Page, *positions: int) -> None:
    expect(page.locator('.tile[aria-selected="true"]')).to_have_count(len(positions))
    for position in positions:
        expect(page.locator(".tile").nth(position)).to_have_attribute("aria-selected", "true")


def expect_cursor(page: Page, position: int) -> None:
    expect(page.locator(".tile").nth(position)).to_be_focused()


def expect_pictures(page: Page) -> None:
    """Wait until no picture is on its way any more."""
    page.wait_for_function("() => [...document.images].every((image) => image.complete)")


def log(workspace: Workspace) -> list[tuple[str, str]]:
    lines = [json.loads(line) for line in workspace.decisions_log.read_text().splitlines()]
    return [(line["id"], line["decision"]) for line in lines]


def test_one_key_decides_and_moves_on(workspace: Workspace, start: Start, visit: Open) -> None:
    page = visit(start(workspace))
    expect(page).to_have_title("work space · f2a review")
    expect_cursor(page, 0)
    press(page, "k", "d", "ArrowRight", "d")
    expect_decisions(page, "keep", "drop", "", "drop")
    expect_cursor(page, 4)
    expect(page.locator("#counts")).to_have_text("2 undecided · 1 kept · 2 dropped · 5 in all")
    expect(page.locator("#progress")).to_have_js_property("value", 3)
    assert log(workspace) == [("face00", "keep"), ("face10", "drop"), ("face30", "drop")]
    tile = page.locator(".tile").nth(1)
    expect(tile).to_have_accessible_name("dropped, blurred, score 0.10")
    expect(tile.locator(".mark")).to_have_text("✕")
    assert "?token=" not in page.url


def test_undo_takes_back_one_key_press_after_the_other(
    workspace: Workspace, start: Start, visit: Open
) -> None:
    page = visit(start(workspace))
    press(page, "k", "Shift+ArrowRight", "Shift+ArrowRight", "d")
    expect_decisions(page, "keep", "drop", "drop", "drop")
    press(page, "u")
    expect_decisions(page, "keep")
    expect_cursor(page, 1)
    press(page, "u", "d")
    expect_decisions(page, "drop")
    press(page, "u", "u")
    expect(page.get_by_role("status")).to_have_text("Nothing to undo")
    expect_decisions(page)


def test_ranges_and_single_tiles_by_key_and_mouse(many: Workspace, start: Start, visit: Open) -> None:
    page = visit(start(many))
    columns = page.evaluate(
        "() => getComputedStyle(document.getElementById('grid')).gridTemplateColumns.split(' ').length"
    )
    press(page, "ArrowRight", "Shift+ArrowDown")
    expect_selected(page, *range(1, columns + 2))
    press(page, "Shift+ArrowUp", "Shift+ArrowLeft")
    expect_selected(page, 0, 1)
    press(page, "Escape")
    expect_selected(page)
    press(page, "Home", " ", "ArrowRight")
    expect_selected(page)
    press(page, " ")
    expect_selected(page, 1)
    tiles = page.locator(".tile")
    tiles.nth(3).click()
    expect_selected(page)
    tiles.nth(6).click(modifiers=["Shift"])
    expect_selected(page, 3, 4, 5, 6)
    tiles.nth(4).click(modifiers=["ControlOrMeta"])
    expect(page.locator("#selection")).to_have_text("3 selected")
    page.get_by_role("button", name="Drop").first.click()
    expect_decisions(page, "", "", "", "drop", "", "drop", "drop")
    expect_selected(page)
    expect_cursor(page, 7)


def test_pages_turn_by_key_by_running_off_the_end_and_with_the_rest_kept(
    many: Workspace, start: Start, visit: Open
) -> None:
    page = visit(start(many))
    where = page.locator("#page")
    press(page, "PageDown", "d")  # meant for the second page, even while it loads
    expect(where).to_have_text("page 2 of 2")
    expect_decisions(page, "drop")
    press(page, "PageUp", "d", "Shift+K")
    expect(where).to_have_text("page 2 of 2")
    expect_cursor(page, 0)
    press(page, "ArrowLeft")
    expect(where).to_have_text("page 1 of 2")
    expect_cursor(page, 59)
    assert decisions(page) == ["drop"] + ["keep"] * 59
    press(page, "k")
    expect(where).to_have_text("page 2 of 2")
    page.reload()
    expect(page.locator(".tile").first).to_be_visible()
    expect(where).to_have_text("page 2 of 2")
    press(page, "r")
    expect(where).to_have_text("page 1 of 2")
    expect(page.locator("#counts")).to_have_text("9 undecided · 59 kept · 2 dropped · 70 in all")
    assert decisions(page) == [""] * 9 + ["drop"] + ["keep"] * 50


def test_caps_lock_does_not_keep_the_rest(workspace: Workspace, start: Start, visit: Open) -> None:
    page = visit(start(workspace))
    page.evaluate(
        "() => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'K', bubbles: true}))"
    )
    expect_decisions(page, "keep")


def test_a_tile_changes_only_when_its_decision_is_on_disk(
    workspace: Workspace, start: Start, visit: Open
) -> None:
    page = visit(start(workspace))
    seen: list[tuple[object, str | None]] = []

    def between(route: Route) -> None:
        before = page.locator(".tile").first.get_attribute("data-decision")
        answer = route.fetch()
        seen.append((before, page.locator(".tile").first.get_attribute("data-decision")))
        assert log(workspace) == [("face00", "drop")]
        route.fulfill(response=answer)

    page.route("**/api/decisions*", between)
    page.reload()  # or the next request of the page that is open may still go around the new route
    expect(page.locator(".tile").first).to_be_visible()
    press(page, "d")
    expect_decisions(page, "drop")
    assert seen == [("", "")]


def test_a_decision_that_cannot_be_saved_is_not_shown_as_made(
    workspace: Workspace, start: Start, visit: Open
) -> None:
    page = visit(start(workspace))
    review = workspace.root / "review"
    review.rename(workspace.root / "away")
    press(page, "d")
    expect(page.get_by_role("alert")).to_contain_text("has disappeared")
    expect(page.locator(".tile").first).to_have_class("tile failed")
    expect_decisions(page)
    (workspace.root / "away").rename(review)
    press(page, "ArrowLeft", "d")
    expect_decisions(page, "drop")
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.locator(".tile.failed")).to_have_count(0)


def test_a_killed_server_is_said_and_its_successor_shows_every_decision(
    workspace: Workspace, start: Start, visit: Open
) -> None:
    server = start(workspace)
    page = visit(server)
    press(page, "d")
    expect_decisions(page, "drop")
    expect_pictures(page)  # or the kill cuts one off, which the console tells
    server.kill()
    page.route(
        "**/api/decisions*", lambda route: route.abort()
    )  # as the dead port does, without its console line
    page.evaluate("() => { globalThis.fetch = () => Promise.reject(new TypeError('Failed to fetch')); }")
    press(page, "d")
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    assert decisions(page) == ["drop", "", "", "", ""]

    page = visit(start(workspace))
    expect(page.locator("#counts")).to_contain_text("1 dropped")
    assert decisions(page) == ["", "", "", "", "drop"]
    press(page, "u")
    expect(page.locator("#counts")).to_contain_text("0 dropped")


def red_box(workspace: Workspace) -> None:
    """A large photo, stored turned: its only red part is the first face's box, 1200,900 600x450."""
    pixels = np.full((1800, 2400, 3), 90, np.uint8)
    pixels[900:1350, 1200:1800] = (230, 20, 20)
    turned = Image.fromarray(np.rot90(pixels))  # Exif 6: shown turned clockwise
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(workspace.root / "images" / "image0.png", "JPEG", quality=95, exif=exif)
    units = workspace.load()
    face = units[0].faces[0]
    face.box_x, face.box_y, face.box_w, face.box_h = 1200, 900, 600, 450
    workspace.publish(units)


def red_on_screen(page: Page) -> npt.NDArray[np.bool_]:
    """Where the view of the source is red, once the picture has been painted."""
    area = page.locator("#picture").bounding_box()
    assert area
    left, top = round(area["x"]), round(area["y"])
    right, bottom = left + int(area["width"]), top + int(area["height"])
    for _ in range(100):
        screen = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
        red = np.zeros(screen.shape[:2], bool)
        inside = screen[top:bottom, left:right]
        red[top:bottom, left:right] = (inside[..., 0] > 180) & (inside[..., 1] < 80)
        if red.any():
            return red
    pytest.fail("the picture was never painted")


def test_the_source_view_draws_the_box_in_its_place(workspace: Workspace, start: Start, visit: Open) -> None:
    red_box(workspace)
    page = visit(start(workspace))
    press(page, "Enter")
    box = page.locator("#picture rect.box")
    expect(box).to_be_visible()
    expect(page.get_by_role("img", name="600 by 450 pixels of 2400 by 1800")).to_be_visible()
    place = box.bounding_box()
    assert place
    rows, columns = np.nonzero(red_on_screen(page))
    found = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    wanted = (place["x"], place["y"], place["x"] + place["width"], place["y"] + place["height"])
    assert found == pytest.approx(wanted, abs=6)  # the frame itself covers 3 pixels on either side
    expect(page.locator("#picture rect.neighbour")).to_have_count(1)


def test_deciding_in_the_source_view(workspace: Workspace, start: Start, visit: Open) -> None:
    page = visit(start(workspace))
    press(page, "a", "o")
    title = page.locator("#source-title")
    expect(title).to_have_text("undecided · blurred")
    press(page, "d", "Shift+K", "k", "ArrowLeft")  # keeping the rest makes no sense here
    expect(title).to_have_text("kept · blurred")
    press(page, "Escape")
    expect(page.locator("#source")).to_be_hidden()
    expect_decisions(page, "drop", "keep")
    expect_cursor(page, 1)
    page.locator(".tile").nth(2).dblclick()
    expect(title).to_have_text("undecided · blurred")
    page.get_by_role("button", name="Drop").last.click()
    page.get_by_role("button", name="Close").click()
    expect_decisions(page, "drop", "keep", "drop")


def test_broken_pictures_say_why_and_the_page_goes_on(
    workspace: Workspace, start: Start, visit: Open
) -> None:
    (workspace.root / "crops" / "face00.png").unlink()
    (workspace.root / "images" / "image0.png").write_text("<!doctype html><h1>Not found</h1>")
    page = visit(start(workspace))
    expect(page.locator(".tile").first).to_contain_text("crops/face00.png: the file is missing")
    press(page, "o")
    expect(page.locator("#picture")).to_contain_text("an HTML page, not an image")
    press(page, "ArrowRight")
    expect(page.locator("#picture rect.box")).to_be_visible()
    press(page, "Escape", "ArrowLeft", "d")
    expect_decisions(page, "drop")


def test_filters_by_keyboard_and_the_address_keeps_them(
    workspace: Workspace, start: Start, visit: Open
) -> None:
    page = visit(start(workspace))
    press(page, "d", "f")
    expect(page.get_by_label("Flag")).to_be_focused()
    press(page, "Escape")
    expect_cursor(page, 1)
    page.get_by_label("Flag").select_option("flagged or not")
    expect(page.locator(".tile")).to_have_count(6)
    expect_cursor(page, 0)
    page.get_by_label("State").select_option("dropped")
    expect(page.locator(".tile")).to_have_count(1)
    page.reload()
    expect(page.locator(".tile")).to_have_count(1)
    page.get_by_label("State").select_option("kept")
    expect(page.get_by_role("heading", name="Nothing to show")).to_be_visible()
    press(page, "k", "o", "ArrowDown", " ", "Shift+K", "PageDown")
    expect(page.get_by_role("alert")).to_be_hidden()
    assert len(log(workspace)) == 1


def test_help_opens_and_keys_rest_meanwhile(workspace: Workspace, start: Start, visit: Open) -> None:
    page = visit(start(workspace))
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    press(page, "d", "Escape", "k")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    expect_decisions(page, "keep")


def test_hostile_text_is_shown_and_never_run(workspace: Workspace, start: Start, visit: Open) -> None:
    flag = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    units = workspace.load()
    image, face = units[0].image, units[0].faces[0]
    face.flags = (flag, "x" * 3000, "\u202eevil")
    image.artist, image.source_id, image.source_url = flag, flag, "javascript:alert(3)"
    workspace.publish(units)
    page = visit(start(workspace))
    tile = page.locator(".tile").first
    expect(tile.locator(".flags span").first).to_have_text(flag)
    size = tile.bounding_box()
    assert size
    assert size["height"] < 260
    press(page, "o")
    expect(page.locator("#picture rect.box")).to_be_visible()
    expect(page.locator("#source-facts")).to_contain_text(flag)
    expect(page.locator("#source-facts a")).to_have_count(0)
    expect(page.locator("script")).to_have_count(1)
    expect(page.locator('img[src="x"]')).to_have_count(0)


def test_other_pages_of_this_browser_cannot_decide(workspace: Workspace, start: Start, visit: Open) -> None:
    """A page of another site in the same browser, which holds the cookie."""
    server = start(workspace)
    page = visit(server)
    other = page.context.new_page()
    other.route(
        "http://evil.example/", lambda route: route.fulfill(body="<p>hello</p>", content_type="text/html")
    )
    other.goto("http://evil.example/")
    answer = other.evaluate(
        """async (base) => fetch(`${base}/api/decisions`, {method: "POST", mode: "no-cors",
            credentials: "include", body: '{"ids": ["face00"], "decision": "drop"}'}).then(
            (response) => response.type, () => "refused")""",
        server.base,
    )
    assert answer in ("opaque", "refused")
    assert not workspace.decisions_log.exists()


def test_no_address_without_its_token_opens_the_page(browser: Browser, idle: Running) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(idle.base)
    expect(page.locator("body")).to_contain_text("Open the address that `f2a-review` printed")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(browser: Browser, workspace: Workspace, start: Start, scheme: str) -> None:
    """WCAG 2.1, 1.4.3: at least 4.5 to 1 for text."""
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(start(workspace).url)
    expect(page.locator(".tile").first).to_be_visible()
    press(page, "d", "k")
    expect(page.locator("#counts")).to_contain_text("1 kept")
    ratios = page.evaluate(CONTRAST)
    context.close()
    assert len(ratios) > 15
    assert {text: ratio for text, ratio in ratios if ratio < 4.5} == {}


CONTRAST = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = (colour) => colour.slice(0, 3).map(linear)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > .5) return colour;
    }
  };
  const texts = [...document.querySelectorAll("header *, .tile *, footer *")].filter((e) =>
    e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  return texts.map((e) => {
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))];
    return [e.textContent.trim(), (Math.max(a, b) + .05) / (Math.min(a, b) + .05)];
  });
}"""

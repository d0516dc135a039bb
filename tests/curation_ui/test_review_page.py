"""The review page in a real browser: keys, mouse, ranges, undo, the source view, and hostile text."""

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect
from reviewing import Running, large, unit

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
        page.goto(f"{server.url}#flag=*&order=score")
        expect(page.locator(".tile").first).to_be_visible()
        return page

    yield visit
    context.close()
    # Tests ask for what is refused, and kill servers while they answer.
    refused = {"net::ERR_CONNECTION_RESET", "net::ERR_CONNECTION_REFUSED", "net::ERR_CONTENT_LENGTH_MISMATCH"}
    expected = {"400", "404", "507"} | refused
    assert [text for text in problems if not expected & set(text.split())] == []


@pytest.fixture(scope="module")
def long_rows(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """50,000 faces of 24 pictures."""
    return large(tmp_path_factory.mktemp("long"), 50_000)


@pytest.fixture
def long(long_rows: Workspace) -> Workspace:
    """50,000 undecided faces."""
    long_rows.decisions_log.unlink(missing_ok=True)
    return long_rows


@pytest.fixture
def many(tmp_path: Path) -> Workspace:
    """70 faces in one image: more than the window shows."""
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
    expect(page.locator(".tile.cursor")).to_have_attribute("data-place", str(position))
    expect(page.get_by_role("listbox")).to_be_focused()


def expect_pictures(page: Page) -> None:
    """Wait until no picture is on its way any more."""
    page.wait_for_function("() => [...document.images].every((image) => image.complete)")


def columns_of(page: Page) -> int:
    tops = [box["y"] for tile in page.locator(".tile").all() if (box := tile.bounding_box())]
    return tops.count(tops[0])


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
    columns = columns_of(page)
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


def test_moving_by_windows_and_keeping_the_rest_in_sight(many: Workspace, start: Start, visit: Open) -> None:
    page = visit(start(many))
    where = page.locator("#place")
    columns = columns_of(page)
    press(page, "PageDown")
    expect(page.locator(".tile.cursor")).not_to_have_attribute("data-place", "0")
    step = int(str(page.locator(".tile.cursor").get_attribute("data-place")))
    assert step >= 2 * columns
    assert step % columns == 0
    press(page, "End")
    expect(where).to_have_text("70 of 70")
    expect_cursor(page, 69)
    press(page, "d", "Home")
    expect_cursor(page, 0)
    press(page, "d", "Shift+K")
    expect(page.locator("#counts")).not_to_contain_text("0 kept")
    kept = int(page.locator("#counts").inner_text().split(" · ")[1].split()[0])
    assert columns < kept < step + columns
    expect(page.locator(".tile.cursor")).not_to_have_attribute("data-place", "1")
    cursor = int(str(page.locator(".tile.cursor").get_attribute("data-place")))
    decided = {identifier for identifier, _ in log(many)}
    assert f"face0{cursor}" not in decided  # the first face that was not wholly in sight
    assert f"face0{cursor - 1}" in decided
    page.reload()
    expect(page.locator("#counts")).to_contain_text(f"{kept} kept · 2 dropped · 70 in all")


def test_a_long_list_shows_what_is_scrolled_to(long: Workspace, start: Start, visit: Open) -> None:
    page = visit(start(long))
    expect(page.locator("#counts")).to_contain_text("50,000 in all")
    assert page.locator(".tile").count() < 150
    press(page, "End")
    expect(page.locator(".tile.cursor")).to_have_attribute("data-id", "crop49999")
    page.get_by_label("Search").fill("number_1")
    expect(page.locator("#counts")).to_contain_text("5,556 in all")
    page.locator("main").evaluate("(main) => { main.scrollTop = 1e6; }")
    expect(page.locator('.tile[data-id="crop19999"]')).to_be_visible()
    assert page.locator(".tile").count() < 150
    expect_pictures(page)


def test_what_is_scrolled_to_stays_when_the_window_changes(
    long: Workspace, start: Start, visit: Open
) -> None:
    page = visit(start(long))
    expect(page.locator("#counts")).to_contain_text("50,000 in all")
    main = page.locator("main")
    main.evaluate("(main) => { main.scrollTop = 20000; }")
    page.evaluate("new Promise(requestAnimationFrame)")
    before = seen(page)
    page.set_viewport_size({"width": 1000, "height": 640})  # as when the header takes another line
    page.evaluate("new Promise((done) => setTimeout(done, 300))")
    assert seen(page) == before
    page.set_viewport_size({"width": 700, "height": 640})
    page.evaluate("new Promise((done) => setTimeout(done, 300))")
    assert abs(seen(page) - before) <= columns_of(page)


def seen(page: Page) -> int:
    """The place of the first face that is wholly in sight."""
    return int(
        page.evaluate(
            """() => {
                const top = document.querySelector("main").getBoundingClientRect().top;
                const places = [...document.querySelectorAll(".tile")]
                    .filter((tile) => tile.getBoundingClientRect().top >= top - 1)
                    .map((tile) => Number(tile.dataset.place));
                return Math.min(...places);
            }"""
        )
    )


def test_three_hundred_key_presses_are_all_on_disk(long: Workspace, start: Start, visit: Open) -> None:
    server = start(long)
    page = visit(server)
    page.evaluate(BURST, 300)
    counts = page.locator("#counts")
    expect(counts).to_contain_text("49,700 undecided · 150 kept · 150 dropped", timeout=240_000)
    expect_pictures(page)
    page.evaluate(NO_NETWORK)
    server.kill()
    assert log(long) == [(f"crop{number}", ("keep", "drop")[number % 2]) for number in range(300)]


def test_a_kill_in_a_burst_loses_nothing_that_was_shown(long: Workspace, start: Start, visit: Open) -> None:
    server = start(long)
    page = visit(server)
    expect_pictures(page)
    page.evaluate(BURST, 300)
    counts = page.locator("#counts")
    expect(counts).to_contain_text(re.compile(r" \d\d dropped"), timeout=120_000)
    page.evaluate(NO_NETWORK)
    server.kill()
    shown = [int(words.split()[0]) for words in counts.inner_text().split(" · ")[1:3]]
    said = dict(log(long))
    kept, dropped = (list(said.values()).count(decision) for decision in ("keep", "drop"))
    assert shown[0] <= kept <= shown[0] + 1  # at most the one whose answer the kill cut off
    assert shown[1] <= dropped <= shown[1] + 1
    assert list(said) == [f"crop{number}" for number in range(len(said))]
    page = visit(start(long))
    undecided = f"{50_000 - len(said):,} undecided"
    expect(page.locator("#counts")).to_contain_text(undecided, timeout=120_000)


def test_two_windows_and_two_people_at_once(workspace: Workspace, start: Start, visit: Open) -> None:
    anna, ben = start(workspace, name="anna"), start(workspace, name="ben")
    hers, hers_too, his = visit(anna), visit(anna), visit(ben)
    press(hers, "d")
    press(his, "ArrowRight", "k")
    for page in (hers, hers_too, his):
        expect_decisions(page, "drop", "keep")
    expect(his.locator(".tile").first).to_have_accessible_name("dropped by anna, blurred, score 0.00")
    press(his, "Home", "k")  # the last word
    for page in (hers, hers_too, his):
        expect_decisions(page, "keep", "keep")
    lines = [json.loads(line) for line in workspace.decisions_log.read_text().splitlines()]
    assert [(line["id"], line["decision"], line["by"]) for line in lines if line["id"] == "face00"] == [
        ("face00", "drop", "anna"),
        ("face00", "keep", "ben"),
    ]


def drawn(workspace: Workspace) -> list[tuple[list[int], list[int]]]:
    """The boxes in the log, each with the one that it replaces."""
    lines = [json.loads(line) for line in workspace.decisions_log.read_text().splitlines()]
    return [(line["box"], line["replaces"]) for line in lines if "replaces" in line and not line["undoes"]]


def test_a_box_is_mended_with_the_mouse_and_undone(workspace: Workspace, start: Start, visit: Open) -> None:
    page = visit(start(workspace))
    press(page, "m")
    frame = page.locator("#picture .drawn")
    before = frame.bounding_box()
    corner = page.locator("#picture .corner.se").bounding_box()
    assert before
    assert corner
    scale = before["width"] / 64
    page.mouse.move(before["x"] + 20, before["y"] + 20)
    page.mouse.down()
    page.mouse.move(before["x"] + 20 + 40 * scale, before["y"] + 20 + 10 * scale, steps=3)
    page.mouse.up()
    x, y = (corner[side] + corner[size] / 2 for side, size in (("x", "width"), ("y", "height")))
    page.mouse.move(x + 40 * scale, y + 10 * scale)
    page.mouse.down()
    page.mouse.move(x + 72 * scale, y + 42 * scale, steps=3)
    page.mouse.up()
    page.get_by_role("button", name="Save box").click()
    expect(page.locator("#source-title")).to_have_text("kept")
    ((box, replaces),) = drawn(workspace)
    assert replaces == [10, 20, 64, 64]
    assert box == pytest.approx([50, 30, 96, 96], abs=2)
    press(page, "Escape")
    expect_decisions(page, "keep")
    first = page.locator(".tile").first
    expect(first).to_have_attribute("data-id", "image0-" + "-".join(map(str, box)) + "-manual")
    expect_pictures(page)
    assert first.locator("img").evaluate("(image) => image.naturalWidth") == 64
    press(page, "u")
    expect(first).to_have_attribute("data-id", "face00")
    expect_decisions(page)


def test_a_missed_face_is_added_with_the_keys(workspace: Workspace, start: Start, visit: Open) -> None:
    page, other = (visit(server) for server in (start(workspace), start(workspace)))
    press(page, "ArrowRight", "n")
    expect(page.locator("#picture .drawn")).to_be_visible()
    press(page, "ArrowLeft", "ArrowUp", "+", "d", "Enter")  # d is not for now
    expect(page.locator("#counts")).to_contain_text("1 kept · 0 dropped · 6 in all")
    assert drawn(workspace) == [([115, 75, 85, 85], [0, 0, 0, 0])]
    press(page, "Escape")
    expect(page.locator(".tile.cursor")).to_have_attribute("data-id", "image1-115-75-85-85-manual")
    expect(page.locator(".tile.cursor")).to_have_attribute("data-decision", "keep")
    expect(other.locator("#counts")).to_contain_text("1 kept · 0 dropped · 6 in all")
    press(page, "u")
    for each in (page, other):
        expect(each.locator("#counts")).to_contain_text("0 kept · 0 dropped · 5 in all")


def test_a_box_that_cannot_be_cropped_says_why(workspace: Workspace, start: Start, visit: Open) -> None:
    page = visit(start(workspace))
    press(page, "m")
    expect(page.locator("#picture .drawn")).to_be_visible()
    press(page, *["-"] * 15, "Enter")
    expect(page.get_by_role("alert")).to_contain_text("too small for the crop rule")
    press(page, "Escape")
    expect(page.locator("#picture .drawn")).to_have_count(0)
    expect(page.locator("#source")).to_be_visible()
    assert not workspace.decisions_log.exists()


def test_a_post_opens_and_what_is_no_address_does_not(
    workspace: Workspace, start: Start, visit: Open
) -> None:
    units = workspace.load()
    units[0].image.source_url = "https://booru.example/posts/7"
    units[1].image.source_url = "javascript:alert(1)"
    workspace.publish(units)
    page = visit(start(workspace))
    page.evaluate("() => { window.opened = []; window.open = (...words) => { opened.push(words); }; }")
    press(page, "p")
    page.wait_for_function("() => opened.length")
    assert page.evaluate("() => opened") == [
        ["https://booru.example/posts/7", "_blank", "noopener,noreferrer"]
    ]
    press(page, "ArrowRight", "p")
    expect(page.get_by_role("status")).to_have_text("This face's image has no page")


def test_touch_selects_and_decides_on_a_narrow_screen(
    browser: Browser, workspace: Workspace, start: Start
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(start(workspace).url)
    expect(page.locator(".tile").first).to_be_visible()
    page.get_by_role("button", name="Select").tap()
    page.locator(".tile").nth(0).tap()
    page.locator(".tile").nth(1).tap()
    expect(page.locator("#selection")).to_have_text("2 selected")
    page.get_by_role("button", name="Drop").first.tap()
    expect_decisions(page, "drop", "drop")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    context.close()


def test_tile_size_and_theme_are_remembered(workspace: Workspace, start: Start, visit: Open) -> None:
    page = visit(start(workspace))
    page.get_by_text("More", exact=True).click()
    before = page.locator(".tile").first.bounding_box()
    page.get_by_label("Tiles").select_option("large")
    page.get_by_label("Theme").select_option("dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator(".tile").first).to_be_visible()
    after = page.locator(".tile").first.bounding_box()
    assert before
    assert after
    assert after["width"] > 1.3 * before["width"]
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(20, 22, 27)"


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
    page.evaluate(NO_NETWORK)
    server.kill()
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
    press(page, "k", "o", "p", "ArrowDown", " ", "a", "Shift+K", "PageDown", "End", "Home")
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
def test_axe_finds_nothing(browser: Browser, workspace: Workspace, start: Start, scheme: str) -> None:
    """WCAG 2 and good practice, contrast included, with every kind of tile and every dialog."""
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(start(workspace).url)
    expect(page.locator(".tile").first).to_be_visible()
    press(page, "d", "k", " ")
    expect(page.locator("#counts")).to_contain_text("1 kept")
    page.get_by_text("More", exact=True).click()
    assert findings(page) == []
    press(page, "Escape", "o")
    expect(page.locator("#picture rect.box")).to_be_visible()
    assert findings(page) == []
    press(page, "Escape", "?")
    assert findings(page) == []
    context.close()


def findings(page: Page) -> list[str]:
    return [
        f"{found['id']}: {node['html']}"
        for found in Axe().run(page).response["violations"]
        for node in found["nodes"]
    ]


BURST = """async (count) => {
  for (let i = 0; i < count; i++) {
    const key = i % 2 ? "d" : "k";
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(event);
  }
}"""
# What a dead port does, without its line on the console.
NO_NETWORK = "() => { globalThis.fetch = () => Promise.reject(new TypeError('Failed to fetch')); }"

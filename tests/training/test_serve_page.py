"""The page in a real browser: choosing, dropping and pasting photos, boxes, saving, and what goes wrong."""

import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from serving import Serving

from f2a_faces.images import Pixels, decode, encode_png

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
FACE = skimage.data.astronaut()[:300, 96:352]  # the nose is at 129, 125
ONE = encode_png(FACE)
TWO_PIXELS = np.concatenate([FACE, FACE[:, ::-1]], axis=1)
TWO = encode_png(TWO_PIXELS)
WALL = encode_png(np.full((300, 400, 3), 120, np.uint8))
TRANSFER = """([type, base64, name]) => {
  const files = new DataTransfer();
  if (base64) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    files.items.add(new File([bytes], name, { type: "image/png" }));
  } else files.setData("text/uri-list", "https://example.org/a.png");
  const how = { bubbles: true, cancelable: true };
  document.querySelector("main").dispatchEvent(type === "paste"
    ? new ClipboardEvent(type, { ...how, clipboardData: files })
    : new DragEvent(type, { ...how, dataTransfer: files }));
}"""

LARGE = """() => {
  const files = new DataTransfer();
  files.items.add(new File([new Uint8Array(33 * 2 ** 20)], "a.png", { type: "image/png" }));
  const how = { bubbles: true, cancelable: true };
  document.body.dispatchEvent(new DragEvent("drop", { ...how, dataTransfer: files }));
}"""


@pytest.fixture(scope="module")
def server(tiny_onnx: Path) -> Iterator[Serving]:
    with Serving(tiny_onnx) as serving:
        yield serving


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Open the page; any script error, refused resource or request to elsewhere fails the test."""
    problems: list[str] = []
    contexts = []

    def visit(server: Serving, width: int = 1200) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: message.type == "error" and problems.append(message.text))
        page.on(
            "request",
            lambda one: one.url.startswith((server.base, "blob:")) or problems.append(one.url),
        )
        page.goto(server.base)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [text for text in problems if "422" not in text and "ERR_CONNECTION_REFUSED" not in text] == []


def on_its_side() -> bytes:
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.ascontiguousarray(np.rot90(FACE))).save(buffer, "JPEG", exif=exif, quality=95)
    return buffer.getvalue()


def give(page: Page, how: str, photo: bytes, name: str = "photo.png") -> None:
    if how == "choose":
        page.set_input_files("#file", {"name": name, "mimeType": "image/png", "buffer": photo})
    else:
        page.evaluate(TRANSFER, [how, base64.b64encode(photo).decode(), name])


def expect_faces(page: Page, count: int) -> None:
    """Wait for the results; all pictures on the page must have been shown."""
    expect(page.get_by_role("status")).to_contain_text(f"Done: {count} face")
    expect(page.locator(".box")).to_have_count(count)
    expect(page.locator(".pair .result")).to_have_count(count)
    for picture in page.locator("main img").all():
        expect(picture).not_to_have_js_property("naturalWidth", 0)


@pytest.mark.parametrize("how", ["choose", "drop", "paste"])
def test_a_photo_becomes_a_pair_of_faces(how: str, server: Serving, visit: Open) -> None:
    page = visit(server)
    expect(page).to_have_title("f2a · from photo to anime face")
    give(page, how, ONE)
    expect_faces(page, 1)
    expect(page.get_by_role("img", name="Face 1 as it is")).to_be_visible()
    expect(page.get_by_role("img", name="Face 1 as an anime face")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()
    expect_box_around_the_nose(page)


def expect_box_around_the_nose(page: Page) -> None:
    frame, box = page.locator("#stage img:not(.patch)").bounding_box(), page.locator(".box").bounding_box()
    assert frame
    assert box
    assert frame["width"] < frame["height"]
    assert box["x"] < frame["x"] + frame["width"] * 129 / 256 < box["x"] + box["width"]
    assert box["y"] < frame["y"] + frame["height"] * 125 / 300 < box["y"] + box["height"]


def test_a_photo_on_its_side_is_shown_and_boxed_upright(server: Serving, visit: Open) -> None:
    page = visit(server)
    give(page, "choose", on_its_side())
    expect_faces(page, 1)
    expect_box_around_the_nose(page)


def test_a_box_hides_and_shows_its_face_by_key_and_by_mouse(server: Serving, visit: Open) -> None:
    page = visit(server)
    give(page, "choose", TWO)
    expect_faces(page, 2)
    first = page.get_by_role("button", name="Face 1", exact=True)
    expect(first).to_have_attribute("aria-pressed", "true")
    first.focus()
    page.keyboard.press("Space")
    expect(first).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".card:visible")).to_have_count(1)
    page.get_by_role("button", name="Face 2", exact=True).click()
    expect(page.locator(".card:visible")).to_have_count(0)
    expect(page.get_by_role("button", name="Save as one picture")).to_be_hidden()
    first.click()
    expect(page.locator(".card:visible")).to_have_count(1)


def test_faces_are_saved_alone_and_together(server: Serving, visit: Open) -> None:
    page = visit(server)
    give(page, "choose", TWO)
    expect_faces(page, 2)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save face 2").click()
    assert download.value.suggested_filename == "f2a-face-2.png"
    assert decode(Path(download.value.path())).pixels.shape == (64, 64, 3)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as one picture").click()
    assert download.value.suggested_filename == "f2a-faces.png"
    assert decode(Path(download.value.path())).pixels.shape == (560, 560, 3)


def test_faces_are_shown_and_saved_in_the_photo(server: Serving, visit: Open) -> None:
    page = visit(server)
    toggle = page.get_by_role("button", name="In the photo")
    expect(toggle).to_be_hidden()
    give(page, "choose", TWO)
    expect_faces(page, 2)
    patches = page.locator(".patch:visible")
    expect(patches).to_have_count(0)
    toggle.focus()
    page.keyboard.press("Enter")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    expect(patches).to_have_count(2)
    expect_patch_over_the_nose(page)
    page.get_by_role("button", name="Face 2", exact=True).click()
    expect(patches).to_have_count(1)
    shown = saved_photo(page)
    assert shown.shape == TWO_PIXELS.shape
    first, second = (np.abs(half) for half in np.split(shown.astype(int) - TWO_PIXELS, 2, axis=1))
    changed = [first, second] if first.max() > second.max() else [second, first]
    assert changed[0].max() > 60
    assert changed[1].max() == 0  # the face that is hidden stays as it was
    assert changed[0][[0, -1]].max() == 0
    page.keyboard.press("Tab")
    toggle.click()
    expect(patches).to_have_count(0)
    expect(page.get_by_role("button", name="Save the photo")).to_be_hidden()


def saved_photo(page: Page) -> Pixels:
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the photo").click()
    assert download.value.suggested_filename == "f2a-photo.png"
    return decode(Path(download.value.path())).pixels


def expect_patch_over_the_nose(page: Page) -> None:
    frame = page.locator("#stage img:not(.patch)").bounding_box()
    assert frame
    noses = [frame["x"] + frame["width"] * x / 512 for x in (129, 512 - 129)]
    for box in (one.bounding_box() for one in page.locator(".patch").all()):
        assert box
        assert abs(box["width"] - box["height"]) < 1
        assert any(box["x"] < nose < box["x"] + box["width"] for nose in noses)
        assert box["y"] < frame["y"] + frame["height"] * 125 / 300 < box["y"] + box["height"]


def test_a_photo_on_its_side_is_saved_upright_with_its_face(server: Serving, visit: Open) -> None:
    page = visit(server)
    give(page, "choose", on_its_side(), "side.jpg")
    expect_faces(page, 1)
    page.get_by_role("button", name="In the photo").click()
    changes = np.abs(saved_photo(page).astype(int) - decode(on_its_side()).pixels).max(-1)
    assert changes.shape == FACE.shape[:2]
    rows, columns = np.nonzero(changes > 60)
    assert rows.min() < 125 < rows.max()
    assert columns.min() < 129 < columns.max()
    assert np.median(changes[260:]) <= 2  # decoders differ a little


def test_a_large_photo_is_saved_as_jpeg(server: Serving, visit: Open) -> None:
    large = np.asarray(Image.fromarray(FACE).resize((1920, 2250)))
    page = visit(server)
    give(page, "choose", encode_png(large, compress_level=1))
    expect_faces(page, 1)
    page.get_by_role("button", name="In the photo").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the photo").click()
    assert download.value.suggested_filename == "f2a-photo.jpg"
    assert decode(Path(download.value.path())).pixels.shape == large.shape


def test_without_a_face_the_centre_is_offered(server: Serving, visit: Open) -> None:
    page = visit(server)
    give(page, "choose", WALL)
    expect(page.get_by_role("status")).to_have_text("No face found in this photo.")
    expect(page.get_by_role("heading", name="No face found")).to_be_visible()
    page.get_by_role("button", name="Take the centre").click()
    expect_faces(page, 1)
    expect(page.get_by_role("heading", name="No face found")).to_be_hidden()


def test_errors_are_said_and_the_next_photo_works(server: Serving, visit: Open) -> None:
    page, problem = visit(server), "#problem"
    give(page, "choose", b"hello", "<b>hostile</b>.png")
    expect(page.locator(problem)).to_contain_text("This cannot be used: not an image of a known format.")
    page.evaluate(TRANSFER, ["drop", "", ""])
    expect(page.get_by_role("alert")).to_contain_text("save the picture first")
    give(page, "drop", ONE)
    expect_faces(page, 1)
    expect(page.locator(problem)).to_be_hidden()


def test_a_photo_that_is_too_large_is_not_sent(server: Serving, visit: Open) -> None:
    page, sent = visit(server), []
    page.on("request", lambda one: "/api/" in one.url and sent.append(one.url))
    page.evaluate(LARGE)
    expect(page.get_by_role("alert")).to_contain_text("larger than 32 MB")
    assert sent == []


def test_dragging_is_shown_until_it_ends(server: Serving, visit: Open) -> None:
    page = visit(server)
    veil = page.locator("#veil")
    for end in ("dragleave", "drop"):
        page.evaluate(TRANSFER, ["dragover", base64.b64encode(WALL).decode(), "a.png"])
        expect(veil).to_be_visible()
        page.evaluate(TRANSFER, [end, base64.b64encode(WALL).decode(), "a.png"])
        expect(veil).to_be_hidden()


def test_a_newer_photo_takes_the_place_of_an_older_one(server: Serving, visit: Open) -> None:
    page = visit(server)
    for photo in (TWO, WALL, TWO, ONE):
        give(page, "paste", photo)
    expect_faces(page, 1)
    expect(page.locator(".card")).to_have_count(1)


def test_the_page_works_by_keyboard_and_on_a_phone(server: Serving, visit: Open) -> None:
    page = visit(server, width=360)
    page.keyboard.press("Tab")
    expect(page.locator("#file")).to_be_focused()
    expect(page.locator("#file")).to_have_accessible_name(
        "Choose a photo or drop it here You can also paste one. It stays on this machine and is not kept."
    )
    give(page, "choose", TWO)
    expect_faces(page, 2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_server_that_has_gone_is_said(tiny_onnx: Path, visit: Open) -> None:
    with Serving(tiny_onnx) as server:
        page = visit(server)
    give(page, "choose", ONE)
    expect(page.get_by_role("alert")).to_have_text("The server does not answer: run f2a-train serve again.")

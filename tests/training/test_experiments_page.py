"""The experiments' page in a real browser, made of hostile names."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from playwright.sync_api import Browser, expect

from f2a_faces.images import encode_png
from f2a_manifests import read, write
from f2a_train.experiments import Plan, run_experiments

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=\"document.title='taken'\">{{ 7*7 }}\u202e"


@pytest.fixture
def page_file(make_workspace: Callable, tmp_path: Path) -> Path:
    data = make_workspace(HOSTILE, size=64, train=20, val=16)
    rows = read(data.human)
    write(
        data.human,
        [
            replace(row, source=("celeba", "fbp5500")[at % 2], crop_rule=HOSTILE)
            for at, row in enumerate(rows)
        ],
    )
    photos = tmp_path / f"photos {HOSTILE}"
    photos.mkdir()
    (photos / "wall.png").write_bytes(encode_png(np.full((300, 400, 3), 120, np.uint8)))
    (photos / "torn.jpg").write_bytes(b"hello")
    (photos / f"{HOSTILE}.png").write_bytes(encode_png(skimage.data.astronaut()))
    plan = Plan(
        human=data.human, anime=data.anime, photos=photos, steps=2, width=4, device="cpu", progress=False
    )
    done = run_experiments(plan, tmp_path / "out")
    assert [[len(figure.pairs) for figure in one.figures] for one in done.results] == [[8, 12, 1]] * 4 + [
        [8, 1]
    ]
    return done.page


def test_it_reads_on_a_phone_and_a_desk_in_dark_and_light(page_file: Path, browser: Browser) -> None:
    for width, scheme in ((360, "dark"), (1200, "light")):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page, problems = context.new_page(), []
        listen(page, problems, page_file)
        page.goto(page_file.as_uri())
        expect(page).to_have_title("The paper's four experiments, and a fifth")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("img").count() == 4 * (8 + 12 + 1) + 8 + 1
        assert page.locator("img").evaluate_all("all => all.every(one => one.naturalWidth === 64)")
        headings = page.locator("h2").all_inner_texts()
        assert [text.split(".")[0] for text in headings if text.startswith("Figure")] == [
            f"Figure {number}" for number in (8, 9, 10, 11, 12, 13)
        ]
        assert page.locator("polyline").count() == 4 * 3 * 2 + 3
        expect(page.locator("body")).to_contain_text("Each experiment had 2 steps")
        expect(page.locator("body")).to_contain_text("{{ 7*7 }}\ufffd")
        assert page.locator("script, [onerror]").count() == 0
        context.close()
        assert problems == []


def listen(page: Any, problems: list[str], file: Path) -> None:  # noqa: ANN401
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    own = (file.as_uri(), "data:")
    page.on("request", lambda one: one.url.startswith(own) or problems.append(one.url))

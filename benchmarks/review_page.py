"""The speed of the review page in Chromium with many faces.

    python benchmarks/review_page.py [--faces 50000] [--chromium /usr/bin/chromium]

Makes a workspace of so many faces that share a few pictures, opens the page, and prints: seconds until
the server listens, until the first tiles have their pictures, and for one view; the longest task of the page
while it scrolls, in milliseconds on the clock and of the processor (other programs lengthen the first only);
and decisions by key a second. Needs Playwright.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "curation_ui"))
from reviewing import Running, large

LOADED = """() => { const shown = [...document.querySelectorAll(".tile img")];
  return shown.length > 5 && shown.every((image) => image.complete); }"""
SCROLL = """async (steps) => { const main = document.querySelector("main");
  for (let i = 0; i < steps; i++) { main.scrollTop += 400; await new Promise(requestAnimationFrame); } }"""
KEYS = """(count) => { for (let i = 0; i < count; i++) document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key: i % 2 ? "d" : "k", bubbles: true, cancelable: true })); }"""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--faces", type=int, default=50_000)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        workspace = large(Path(folder) / "workspace", options.faces)
        begun = time.perf_counter()
        with Running(workspace) as server:
            print(f"server listens      {time.perf_counter() - begun:8.2f} s")
            browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
            _measure(browser, server)
            browser.close()


def _measure(browser: Browser, server: Running) -> None:
    client = server.client()
    begun = time.perf_counter()
    client.get("/api/view")
    print(f"one view            {time.perf_counter() - begun:8.3f} s")
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    begun = time.perf_counter()
    page.goto(server.url)
    page.wait_for_function(LOADED, polling=20)
    print(f"first tiles         {time.perf_counter() - begun:8.2f} s")
    clock, processor = _longest_tasks(browser, page)
    print(f"longest task        {clock:8.0f} ms, {processor:.0f} ms of the processor")
    begun = time.perf_counter()
    page.evaluate(KEYS, 300)
    page.wait_for_function("() => !document.querySelector('.tile.pending')", timeout=600_000)
    print(f"decisions by key    {300 / (time.perf_counter() - begun):8.0f} a second")


def _longest_tasks(browser: Browser, page: Page) -> tuple[float, float]:
    """The longest task while it scrolls, in milliseconds: of the clock, and of the processor."""
    browser.start_tracing(
        page=page, categories=["devtools.timeline", "toplevel", "disabled-by-default-devtools.timeline"]
    )
    page.evaluate(SCROLL, 300)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    names = {
        event["args"].get("name"): (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name"
    }
    tasks = [
        e for e in events if e["name"] == "RunTask" and (e["pid"], e["tid"]) == names.get("CrRendererMain")
    ]
    return max(e.get("dur", 0) for e in tasks) / 1000, max(e.get("tdur", 0) for e in tasks) / 1000


if __name__ == "__main__":
    main()

"""The speed of the review page in Chromium with many faces.

    python benchmarks/review_page.py [--faces 50000] [--chromium /usr/bin/chromium]

Prints how long the queue of twice as many faces takes to learn from 6,000 decisions, and to order them; noise
stands for what the detector sees. Then makes a workspace of so many faces that share a few pictures, opens
the page, and prints: seconds until the server listens, until the first tiles have their pictures, and for one
view; the longest task of the page while it scrolls, in milliseconds; and decisions by key a second. Other
programs lengthen what the clock says; beside it stands what the processors worked, the page and the server
together. Needs Playwright, and Linux for the latter.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from f2a_faces.second_look import SIZE
from f2a_queue.evidence import Evidence
from f2a_queue.queue import DROP, KEEP, Queue

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
    _learn(2 * options.faces)
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
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    worked, begun = _worked(server.process.pid), time.perf_counter()
    page.goto(server.url)
    page.wait_for_function(LOADED, polling=20)
    seconds = time.perf_counter() - begun
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    worked = _worked(server.process.pid) - worked + metrics["TaskDuration"]
    print(f"first tiles         {seconds:8.2f} s, {worked:.2f} s of the processors")
    clock, processor = _longest_tasks(browser, page)
    print(f"longest task        {clock:8.0f} ms, {processor:.0f} ms of the processor")
    begun = time.perf_counter()
    page.evaluate(KEYS, 300)
    page.wait_for_function("() => !document.querySelector('.tile.pending')", timeout=600_000)
    print(f"decisions by key    {300 / (time.perf_counter() - begun):8.0f} a second")


def _learn(count: int) -> None:
    rng = np.random.default_rng(0)
    looks, scores = rng.normal(size=(count, SIZE)).astype(np.float32), rng.random(count, np.float32)
    evidence = Evidence(looks, scores, rng.random((count, 4)) < 0.01, np.zeros(count, int))
    queue = Queue(evidence, map(str, range(count)))
    first = queue.order()[:6000].tolist()
    for code, numbers in (
        (DROP, first[::10]),
        (KEEP, [one for place, one in enumerate(first) if place % 10]),
    ):
        queue.decide(numbers, code)
    for name, job in (("learning", queue.refit), ("ordering", queue.order)):
        begun, worked = time.perf_counter(), time.process_time()
        job()
        seconds, worked = time.perf_counter() - begun, time.process_time() - worked
        print(f"{name:19} {seconds:8.2f} s, {worked:.2f} s of the processors, {count} faces")


def _worked(process: int) -> float:
    """Seconds that a process has worked."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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

"""Largest contentful paint of the solar company's website with the service and without.

    python -m benchmarks.service.site --pages 10

The same pages, the same server and browser; without: nba.js and its calls answer 404. The two take turns, a
new visitor each time. It comes down to whether anything of ours stands between a page and its first paint.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, PERSON, Site

LARGEST = """() => new Promise((done) => {
  new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
})"""


def paint(browser: Any, url: str) -> float:
    """Milliseconds until the largest paint of a new visitor's page."""
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    context.add_init_script("localStorage.setItem('sonnenhof-consent', 'in')")
    page = context.new_page()
    page.goto(url, wait_until="load")
    page.wait_for_timeout(700)
    found: float = page.evaluate(LARGEST)
    context.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Site(Path(folder))
        site.usual_wait = True
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=[*FLAGS, f"--user-agent={PERSON}"]
        )
        paint(browser, f"{site.url}/site/")  # the first one of all is nobody's
        found: dict[bool, list[float]] = {True: [], False: []}
        for number in range(2 * given.pages):
            gone = number % 2 == 1
            site.gone = gone
            found[gone].append(paint(browser, f"{site.url}/site/"))
        browser.close()
        site.close()
    for gone, name in ((False, "with the service"), (True, "without")):
        low, middle, high = min(found[gone]), median(found[gone]), max(found[gone])
        print(f"largest contentful paint {name}: median {middle:.0f} ms ({low:.0f} to {high:.0f})")
    print(
        f"difference of the medians: {median(found[False]) - median(found[True]):+.0f} ms (asked: within 50)"
    )


if __name__ == "__main__":
    main()

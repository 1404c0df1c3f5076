"""Debian's Chromium in front of the solar company's website and a real service, which can be slow or gone.

The journey file's priors decide (no bundle): what is shown where is the business of other tests; what a page
does with it is the business of these. `tests/e2e` walks with a trained bundle.
"""

from __future__ import annotations

import importlib.util
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from nba_service.access.issuing import KeyIssuer
from nba_service.app import create_app
from nba_service.clock import system_clock
from nba_service.settings import Settings

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip
PERSON = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
SOLAR = Path(__file__).parents[2] / "examples" / "solar"
SURE = {
    "share: 0.9": "share: 1.0",
    "share: 0.05": "share: 0.0",
    "gamma: 10, floor: 0.02": "gamma: 1000000, floor: 0.0",
}
"""Chance has no say in these tests: no control arms, and the best is chosen."""
WATCH = """
window.shifts = 0; window.refused = []; window.shown = []; window.overflown = [];
new PerformanceObserver((list) => { for (const e of list.getEntries()) window.shifts += e.value; })
  .observe({ type: "layout-shift", buffered: true });
addEventListener("securitypolicyviolation", (e) => window.refused.push(e.violatedDirective));
addEventListener("nba:decision", (e) => window.shown.push(e.detail));
addEventListener("nba:overflow", (e) => window.overflown.push(e.detail.action));
"""


def load_shop() -> Any:
    spec = importlib.util.spec_from_file_location("solar_shop", SOLAR / "shop.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Site:
    """The website and the service behind one port. ``delay``: seconds by which the service is late."""

    def __init__(self, folder: Path) -> None:
        self.delay = 0.0
        self.down = False  # answers 503
        self.gone = False  # is not there at all
        self.calls: list[tuple[str, Any]] = []
        journey = folder / "journey.yaml"
        text = (SOLAR / "journey.yaml").read_text()
        for change in SURE.items():
            assert change[0] in text
            text = text.replace(*change)
        journey.write_text(text)
        settings = Settings(
            database_url=f"sqlite:///{folder}/nba.sqlite",
            registry=folder / "none",
            journey=journey,
            identity_secret="x" * 32,
            rate_address_per_minute=0,
            web_deadline_ms=20_000,  # a busy machine is not what is tested
            mail_deadline_ms=20_000,
        )
        self.service = create_app(settings, poll=False)
        self.services = self.service.extensions["nba"]
        self.services.store.plain.migrate()
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        issuer = KeyIssuer(self.services.store.plain.keys, system_clock)
        placements = ["hero", "sidebar", "advice"]
        _, self.key = issuer.create("site", publishable=True, origins=[self.url], placements=placements)
        _, server_key = issuer.create("guided", scopes=["decide", "track", "read", "admin"])
        shop = load_shop()
        actions = self.services.source.current().journey.action_index
        guided = shop.make_guided_journey(self._service, server_key, str(folder / "people.sqlite"), actions)
        self._patient = shop.with_site(self._service, self.key, wait=20_000, guided=guided)
        self._usual = shop.with_site(self._service, self.key, guided=guided)
        self.usual_wait = False
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        wrapped = self._usual if self.usual_wait else self._patient
        answer: Iterable[bytes] = wrapped(environ, start)
        return answer

    def _service(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if self.gone:
            start("404 Not Found", [("Content-Length", "0")])
            return []
        if path.startswith("/v1/"):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = BytesIO(body)
            self.calls.append((path, json.loads(body or b"null")))
            if self.down:
                start("503 Service Unavailable", [("Content-Length", "0")])
                return []
            if path == "/v1/slots":
                time.sleep(self.delay)
        return self.service.wsgi_app(environ, start)

    def called(self, path: str) -> list[Any]:
        return [body for called, body in self.calls if called == path]

    def rows(self, visitor: str, table: str, column: str, expected: set[str]) -> list[str]:
        """A column of what is stored of somebody, once all of ``expected`` is there.

        A busy store may be behind what was acknowledged: then it is in the service's journal.
        """
        found: list[str] = []
        for _ in range(100):
            found = [row[column] for row in self.services.store.records_of(visitor, 100)[table]]
            if expected <= set(found):
                break
            time.sleep(0.1)
        return found

    def reset(self) -> None:
        self.delay, self.down, self.usual_wait = 0.0, False, False
        self.calls.clear()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()
        self.services.store.close()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nba_service.content.limits.MAX_SECONDS", 60.0)  # nor is how fast it is
        yield site
    site.close()


@pytest.fixture
def site(running: Site) -> Site:
    running.reset()
    return running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A module long: one process has one Playwright at a time, and other tests open their own."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with sync_api.sync_playwright() as playwright:
        # for the whole browser: what a context says of itself is not in the headers of its beacons
        flags = [*FLAGS, f"--user-agent={PERSON}"]
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any, site: Site) -> Iterator[Callable[..., Any]]:
    """``open_page(path, consent=…)``: a page of a new visitor, who has said yes unless told otherwise."""
    contexts = []

    def start(
        path: str = "/site/", *, consent: str | None = "in", agent: str | None = None, init: str = ""
    ) -> Any:
        context = browser.new_context(user_agent=agent, viewport={"width": 1200, "height": 1600})
        contexts.append(context)
        context.set_default_timeout(30_000)
        context.add_init_script(WATCH + init)
        if consent is not None:
            context.add_init_script(f"localStorage.setItem('sonnenhof-consent', '{consent}')")
        page = context.new_page()
        page.goto(site.url + path, wait_until="load")
        return page

    yield start
    for context in contexts:
        context.close()

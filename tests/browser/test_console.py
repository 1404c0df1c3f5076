"""The console in a real browser: every screen whole, in both languages and modes, on a desk and a phone.

Over a store with a past and over an empty one. axe-core is not a dependency: ``NBA_TEST_AXE`` names its file
(`make test-tools` brings it); without it that part is skipped.
"""

from __future__ import annotations

import json
import os
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from models.bundle import Provenance
from models.domain.journey import Journey
from models.registry import Registry
from nba_service.access.issuing import KeyIssuer
from nba_service.app import create_app
from nba_service.clock import system_clock
from nba_service.console import screens
from nba_service.keys.scopes import Scope
from nba_service.measures.rollups.rollup import Rollup
from nba_service.services import Services, second_look
from nba_service.settings import Settings
from nba_service.store.rows import CustomerRow, DecisionRow, InteractionRow

SCREENS = list(screens.SHOWN)
WIDTHS = {"desk": (1280, "light"), "phone": (390, "dark")}
MOST_BYTES = 60_000
AXE = Path(os.environ.get("NBA_TEST_AXE", "node_modules/axe-core/axe.min.js"))
WATCH = """
window.refused = [];
addEventListener("securitypolicyviolation", (e) => refused.push(e.violatedDirective));
"""
LABELS = """() => {
  const found = [];
  for (const drawing of document.querySelectorAll("svg.c")) {
    const box = drawing.getBoundingClientRect();
    if (!box.width) continue;
    const all = [...drawing.querySelectorAll("text")];
    const texts = all.map((t) => [t.textContent, t.getBoundingClientRect()]);
    for (const [words, r] of texts)
      if (r.left < box.left - 3 || r.right > box.right + 3 ||
          r.top < box.top - 3 || r.bottom > box.bottom + 4)
        found.push("leaves its drawing: " + words);
    for (let i = 0; i < texts.length; i++)
      for (let j = i + 1; j < texts.length; j++) {
        const a = texts[i][1], b = texts[j][1];
        if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
          found.push("meet: " + texts[i][0] + " | " + texts[j][0]);
      }
  }
  for (const grid of document.querySelectorAll(".five li, .form, .day, .todo li")) {
    const boxes = [...grid.children].map((e) => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width);
    for (let i = 0; i < boxes.length; i++)
      for (let j = i + 1; j < boxes.length; j++) {
        const a = boxes[i][1], b = boxes[j][1];
        if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
          found.push("covers: " + boxes[i][0].textContent.trim() + " | " + boxes[j][0].textContent.trim());
      }
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) found.push("wider than the window");
  return found;
}"""


@dataclass(frozen=True)
class Console:
    """A service that is served, and a key that opens its console."""

    url: str
    key: str


def figures(phases: list[str]) -> dict[str, Any]:
    """What a training finds, small."""
    steps = list(pairwise(phases))
    moves = [{"from": a, "to": b, "ours": 12.0 - i, "nothing": 4.0} for i, (a, b) in enumerate(steps)]
    moves.append({"from": phases[1], "to": phases[0], "ours": 2.0, "nothing": 3.0})
    stays = {"days": [1, 5, 12, 30, 60], "stays": 40}
    return {
        "moves": moves,
        "effects": [],
        "phases": [{"phase": name, "customers": 90 - i, **stays} for i, name in enumerate(phases)],
        "promises": [
            {"promised": 0.02 * k, "happened": 0.021 * k, "low": 0.015 * k, "high": 0.03 * k, "rows": 90}
            for k in (1, 2, 4, 8)
        ],
    }


def fill(services: Services) -> None:
    """People with a past: events of their own, decisions that sent something and some that did not."""
    store, now = services.store.plain, datetime.now(UTC)
    phases = [phase.name for phase in services.source.current().journey.phases]
    for number in range(12):
        customer = f"c-{number:03}"
        known = {"attributes": {"age": 30 + number}, "consent": {"email": True}}
        store.put_customers([CustomerRow(customer_id=customer, updated_at=1, **known)])
        for step in range(14):
            at = round((now - timedelta(days=200 - 14 * step, hours=number)).timestamp() * 1000)
            phase = phases[min(step // 5, len(phases) - 1)] if step % 5 == 0 else None
            visit = {"touchpoint": "visit", "channel": "web", "phase": phase}
            row = InteractionRow(
                interaction_id=f"i-{customer}-{step}", customer_id=customer, occurred_at=at, **visit
            )
            store.add_interactions([row])
            store.add_decisions([imported(customer, step, at + 1)])


def imported(customer: str, step: int, at: int) -> DecisionRow:
    """A decision of the past, of which only the columns are kept."""
    action, channel = ("nothing", None) if step % 4 == 0 else ("offer", "email")
    gone = dict.fromkeys(
        ("context", "candidates", "bundle", "policy", "arm", "request", "answer", "state"), None
    )
    return DecisionRow(
        decision_id=f"d-{customer}-{step}",
        customer_id=customer,
        decided_at=at,
        delivered_at=at,
        action=action,
        channel=channel,
        action_probability=0.5,
        contacts=() if channel is None else ((action, channel),),
        **gone,
    )


def publish(folder: Path, save: Callable[..., object], phases: list[str]) -> None:
    """A champion that passed the gate and carries the figures of its training."""
    check = {"name": "coverage", "value": 0.9, "threshold": 0.05, "passed": True, "sentence": "Enough."}
    checks = [{**check, "comparative": False}, {**check, "name": "drift_scores", "value": 0.04}]
    extra = {"gate": {"champion": None, "passed": True, "checks": checks}, "figures": figures(phases)}
    save(folder / "new" / "b-1", bundle_id="b-1", provenance=Provenance(extra=extra))
    registry = Registry(folder / "registry")
    registry.add(folder / "new" / "b-1", "b-1")
    since = datetime.now(UTC) - timedelta(days=17)
    registry.promote("b-1", "the first one", since, check=lambda _: None)


@pytest.fixture(scope="module")
def past(
    tmp_path_factory: pytest.TempPathFactory,
    save_tiny_bundle: Callable[..., object],
    tiny_journey: Journey,
) -> Iterator[Console]:
    """A store with a past that is rolled up, and a champion."""
    folder = tmp_path_factory.mktemp("past")
    publish(folder, save_tiny_bundle, [phase.name for phase in tiny_journey.phases])
    with serving(folder) as (services, console):
        fill(services)
        body = {"customer_id": "c-005", "channels": ["email"], "decision_id": "yesterday"}
        decide(console, body)
        for number in range(12):
            taken = {"action": "teaser", "channel": "web", "probability": 0.5}
            asked = {"customer_id": f"c-{number:03}", "channels": ["web"]}
            decide(console, {**asked, "taken": taken} if number % 2 else asked)
        journey = services.source.current().journey
        Rollup(services.store.plain.rollups, journey, system_clock, second_look(services)).run()
        yield console


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A service that knows nobody and has nothing to decide with."""
    with serving(tmp_path_factory.mktemp("empty")) as (_, console):
        yield console


@pytest.fixture(params=["past", "empty"])
def console(request: pytest.FixtureRequest) -> Console:
    found: Console = request.getfixturevalue(request.param)
    return found


@contextmanager
def serving(folder: Path) -> Iterator[tuple[Services, Console]]:
    """A service on a free port, with a key that may see all."""
    app = create_app(
        Settings(
            database_url=f"sqlite:///{folder}/nba.sqlite",
            registry=folder / "registry",
            journal=folder / "journal",
            rate_address_per_minute=0,
            key_cache_seconds=0,
            web_deadline_ms=30_000,
        ),
        poll=False,
    )
    services: Services = app.extensions["nba"]
    services.store.plain.migrate()
    scopes = [Scope.CONSOLE, Scope.READ, Scope.ADMIN, Scope.DECIDE, Scope.RULES]
    _, key = KeyIssuer(services.store.plain.keys, system_clock).create("anna", scopes=scopes)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield services, Console(f"http://127.0.0.1:{server.server_port}", key)
    server.shutdown()
    thread.join(5)
    server.server_close()
    services.store.close()


def decide(console: Console, body: dict[str, Any]) -> None:
    """One decision over HTTP."""
    headers = {"Authorization": f"Bearer {console.key}", "Content-Type": "application/json"}
    data, there = json.dumps(body).encode(), f"{console.url}/v1/decisions"
    request = urllib.request.Request(there, data, headers)  # noqa: S310 - our own service
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own service
        assert answer.status == 200


def enter(browser: Any, console: Console, size: str = "desk", language: str = "en") -> Any:
    """A page of somebody who has signed in, who watches what the policy refuses."""
    width, mode = WIDTHS[size]
    view = {"width": width, "height": 900}
    context = browser.new_context(viewport=view, color_scheme=mode, locale=language)
    context.set_default_timeout(30_000)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(f"{console.url}/console")
    page.fill("input[name=key]", console.key)
    page.click("button")
    page.wait_for_load_state("load")  # its script has run
    return page


def address(name: str) -> str:
    return "/console" if name == "start" else f"/console/{name}"


@pytest.mark.parametrize(("size", "language"), [("desk", "en"), ("phone", "de")])
def test_every_screen_is_whole(browser: Any, console: Console, size: str, language: str) -> None:
    """Nothing refused by the policy or by axe, no label on another, no page too wide or too large."""
    page = enter(browser, console, size, language)
    session = page.context.new_cdp_session(page)
    faults: dict[str, list[str]] = {}
    for there in [*map(address, SCREENS), "/console/customer?id=c-005"]:
        answer = page.goto(console.url + there)
        wrong = [*page.evaluate("window.refused"), *page.evaluate(LABELS), *axe(page, session)]
        if answer.status != 200 or page.get_attribute("html", "lang") != language:
            wrong.append(f"status {answer.status}, {page.get_attribute('html', 'lang')}")
        if len(answer.body()) > MOST_BYTES:
            wrong.append(f"{len(answer.body())} bytes")
        if wrong:
            faults[there] = wrong
    page.context.close()

    assert faults == {}


def axe(page: Any, session: Any) -> list[str]:
    """What axe finds, if it is there; it is put in past the page's policy, as a developer's tool is."""
    if not AXE.exists():
        return []
    session.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    found: list[str] = page.evaluate("async () => (await axe.run()).violations.map((v) => `axe: ${v.id}`)")
    return found


def test_axe_was_asked() -> None:
    if not AXE.exists():
        pytest.skip(f"{AXE} is not there: npm install axe-core, or name its file in NBA_TEST_AXE")


def test_which_phase_loses_most_and_to_what(browser: Any, past: Console) -> None:
    page = enter(browser, past)
    page.keyboard.press("g")
    page.keyboard.press("j")
    page.wait_for_url("**/console/journey")

    assert "most turn back from" in page.text_content("h1")
    assert "loses most" in page.text_content(".facts")
    page.context.close()


def test_why_did_this_customer_get_nothing_yesterday(browser: Any, past: Console) -> None:
    page = enter(browser, past)
    page.fill("main input[type=search]", "c-005")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/customer?**")
    headline = page.text_content("h1")

    assert "c-005" in headline
    assert "identical to the last bit" in page.text_content(".who")
    assert "fell out before the ranking" in page.text_content("#fell")
    page.click("#fell summary")
    assert page.locator("#fell tbody tr").count() >= 1
    page.context.close()


def test_what_changed_on_that_day(browser: Any, past: Console) -> None:
    page = enter(browser, past)
    day = (datetime.now(UTC) - timedelta(days=17)).strftime("%Y-%m-%d")
    page.fill("input[type=date]", day)
    page.click("#changed button")
    page.wait_for_url(f"**day={day}**")

    assert "became champion" in page.text_content("#changed")
    assert "One change" in page.text_content("#changed h2")
    page.context.close()


def test_it_works_without_a_script(browser: Any, past: Console) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(f"{past.url}/console/models")
    page.fill("input[name=key]", past.key)
    page.click("button")

    assert page.url.endswith("/console/models")  # signing in leads back to what was asked for
    page.click(f"nav a[href='{address('customer')}']")
    page.click("tbody a >> nth=0")
    assert page.locator("svg.c").count() >= 2
    context.close()

"""The shop window in a real browser: it leads on, never waits, never moves, and says only what it may."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from models.domain.journey import Journey
from nba_service.web.calls import IdentityCall

OpenPage = Callable[..., Any]

HERO = "nba-slot[placement=hero] h1"
DEFAULT = "Power from your own roof"


def until(page: Any, condition: str) -> None:
    """Wait for a condition in the page; Playwright's own way needs `eval`, which the page forbids."""
    for _ in range(600):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(40)
    raise AssertionError(f"not within 24 s: {condition}")


def shown(page: Any, number: int = 3) -> dict[str, dict[str, Any]]:
    """The newest decision of each slot, once ``number`` of them have come; the list starts anew."""
    until(page, f"shown.length + overflown.length >= {number}")
    assert page.evaluate("overflown") == []
    found = {one["placement"]: one for one in page.evaluate("shown")}
    page.evaluate("shown = []")
    return found


def of_phase(journey: Journey, phase: str) -> set[str]:
    return {action.name for action in journey.actions if phase in action.phases} | {"nothing"}


def stored(page: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.evaluate("JSON.stringify(localStorage)"))
    return {name: value for name, value in found.items() if name.startswith("nba.")}


def visitor(page: Any) -> str:
    found: str = page.evaluate("JSON.parse(localStorage['nba.id'])")
    return found


def quiet(page: Any) -> None:
    """Until everything has been told."""
    until(page, "!localStorage['nba.queue']")


def test_the_content_leads_on_at_each_step(open_page: OpenPage, site: Any, solar_journey: Journey) -> None:
    """Anonymous → savings → roof → offer → owner: each answers to the phase that the visitor has reached."""
    page = open_page("/site/")
    steps = [("anonymous", "out_of_market", shown(page))]
    for name, phase in [
        ("savings", "initial_consideration"),
        ("roof", "initial_consideration"),
        ("quote", "active_evaluation"),
    ]:
        page.goto(f"{site.url}/site/{name}")
        shown(page)
        page.click("form button")
        steps.append((name, phase, shown(page)))
    page.click("#sign")
    page.wait_for_url("**/owner")
    steps.append(("owner", "experience", shown(page)))

    for name, phase, slots in steps:
        actions = {slot["action"] for slot in slots.values()}
        assert actions <= of_phase(solar_journey, phase), name
        told = [slot["action"] for slot in slots.values() if slot["action"] != "nothing"]
        assert len(told) == len(set(told)), name
    assert len({str(slots) for _, _, slots in steps}) == len(steps)
    assert any(slot["content"] for slot in steps[3][2].values())
    assert page.evaluate("shifts") == 0
    assert page.evaluate("refused") == []
    quiet(page)
    walked = {"savings_calculator", "roof_viewer", "quote_requested", "contract_signed"}
    assert walked <= set(site.rows(visitor(page), "interactions", "touchpoint", walked))


def test_all_slots_of_a_page_are_one_request_and_nothing_moves(open_page: OpenPage, site: Any) -> None:
    page = open_page("/site/savings")
    slots = shown(page)

    assert set(slots) == {"hero", "sidebar", "advice"}
    assert len(site.called("/v1/slots")) == 1
    assert page.evaluate("shifts") == 0
    assert page.evaluate("refused") == []


def test_without_the_service_the_page_is_whole_with_its_defaults(open_page: OpenPage, site: Any) -> None:
    site.down = True

    page = open_page("/site/")
    until(page, "window.nba.version")
    page.wait_for_timeout(300)

    assert page.inner_text(HERO) == DEFAULT
    assert page.evaluate("shown") == []
    assert page.is_visible("#roof")
    assert page.evaluate("shifts") == 0


def test_without_the_script_the_page_is_whole_too(open_page: OpenPage, site: Any) -> None:
    page = open_page("/site/")
    page.context.route("**/nba.js", lambda route: route.abort())
    page.goto(f"{site.url}/site/savings")
    page.click("form button")

    assert page.inner_text(HERO) == "What would stay with you?"
    assert "EUR a year" in page.inner_text("#result")


def test_a_late_answer_changes_nothing(open_page: OpenPage, site: Any) -> None:
    site.usual_wait, site.delay = True, 1.0

    page = open_page("/site/")
    page.wait_for_timeout(1_600)

    assert len(site.called("/v1/slots")) == 1
    assert page.evaluate("shown") == []
    assert page.inner_text(HERO) == DEFAULT
    assert page.evaluate("shifts") == 0


@pytest.mark.parametrize("consent", [None, "out"])
def test_without_consent_nothing_is_sent_and_nothing_kept(
    open_page: OpenPage, site: Any, consent: str | None
) -> None:
    page = open_page("/site/savings", consent=consent)
    until(page, "window.nba.version")
    page.click("form button")
    page.evaluate("nba.track('energy_check')")
    page.wait_for_timeout(300)

    assert site.calls == []
    assert stored(page) == {}


def test_global_privacy_control_counts_as_no(open_page: OpenPage, site: Any) -> None:
    signal = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true });"
    page = open_page("/site/savings", init=signal)
    until(page, "window.nba.version")
    page.click("form button")
    page.wait_for_timeout(300)

    assert site.calls == []
    assert stored(page) == {}


def test_taking_consent_back_forgets_and_restores(open_page: OpenPage, site: Any) -> None:
    page = open_page("/site/savings")
    shown(page)
    page.click("form button")
    shown(page)
    page.click("#privacy")
    page.click("#no")

    assert stored(page) == {}
    assert page.inner_text(HERO) == "What would stay with you?"


def test_only_what_was_seen_for_a_second_is_delivered(open_page: OpenPage, site: Any) -> None:
    page = open_page("/site/")
    page.set_viewport_size({"width": 1200, "height": 500})  # the advice is far below
    page.reload()
    slots = shown(page)
    page.wait_for_timeout(1_500)
    quiet(page)

    sent = [event for body in site.called("/v1/beacon") for event in body["events"]]
    delivered = {event["decision_id"] for event in sent if event.get("outcome") == "delivered"}
    assert slots["hero"]["decision_id"] in delivered
    assert slots["advice"]["decision_id"] not in delivered


def test_a_click_is_told_though_the_page_is_left(open_page: OpenPage, site: Any) -> None:
    page = open_page("/site/roof")
    shown(page)
    page.click("form button")
    slots = shown(page)
    placement = next(name for name, slot in slots.items() if slot["content"])
    page.click(f"nba-slot[placement={placement}] a")
    page.wait_for_load_state("load")
    quiet(page)

    expected = f"{slots[placement]['decision_id']}/responded"
    assert expected in site.rows(visitor(page), "outcomes", "outcome_id", {expected})


def test_what_happens_while_the_service_is_gone_is_told_later(open_page: OpenPage, site: Any) -> None:
    page = open_page("/site/savings")
    shown(page)
    quiet(page)
    site.down = True
    page.click("form button")
    until(page, "(localStorage['nba.queue'] || '').includes('savings_calculator')")
    site.down = False
    page.goto(f"{site.url}/site/")
    quiet(page)

    told = site.rows(visitor(page), "interactions", "touchpoint", {"savings_calculator"})
    assert told.count("savings_calculator") == 1


def test_the_queue_is_bounded(open_page: OpenPage, site: Any) -> None:
    page = open_page("/site/")
    shown(page)
    quiet(page)
    site.down = True
    page.evaluate("for (let n = 0; n < 80; n++) nba.track('page_view', { n })")
    page.evaluate("for (let n = 0; n < 20; n++) nba.track('page_view', { text: 'x'.repeat(8000) })")

    kept = json.loads(stored(page)["nba.queue"])
    assert len(kept) <= 50
    assert len(stored(page)["nba.queue"]) <= 50_000


def test_a_route_change_asks_again(open_page: OpenPage, site: Any) -> None:
    page = open_page("/site/")
    shown(page)
    page.evaluate("history.pushState({}, '', '/site/?page=2')")
    shown(page)
    page.evaluate("history.replaceState({}, '', location.href + '#part')")
    page.wait_for_timeout(200)

    assert len(site.called("/v1/slots")) == 2


def test_one_visit_gets_the_same_answers_until_something_is_done(open_page: OpenPage, site: Any) -> None:
    page = open_page("/site/")
    first = shown(page)
    page.goto(f"{site.url}/site/advice")
    second = shown(page)
    page.click("#guide")
    third = shown(page)

    assert first == second
    assert {slot["decision_id"] for slot in third.values()}.isdisjoint(
        slot["decision_id"] for slot in second.values()
    )


def test_what_does_not_fit_is_not_shown(open_page: OpenPage, site: Any) -> None:
    page = open_page("/site/", consent=None)
    page.evaluate("document.styleSheets[0].insertRule('.hero nba-slot { min-height: 0 !important }', 0)")
    page.evaluate(
        "document.querySelector('nba-slot[placement=hero]').replaceChildren(Object.assign("
        "document.createElement('b'), { textContent: 'x' }))"
    )
    page.evaluate("document.querySelector('nba-slot[placement=hero] b').dataset.nba = 'body'")
    page.evaluate("document.querySelector('nba-slot[placement=hero]').style.inlineSize = '4rem'")
    page.click("#yes")
    until(page, "shown.length + overflown.length >= 3")
    hero = [one for one in page.evaluate("shown") if one["placement"] == "hero"]

    assert page.inner_text("nba-slot[placement=hero]") == "x"
    assert all(one["content"] is None for one in hero)


def test_a_crawler_gets_the_defaults_and_is_not_counted(open_page: OpenPage, site: Any) -> None:
    agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/140.0.0.0"
    page = open_page("/site/", agent=agent)
    until(page, "!localStorage['nba.queue'] && performance.getEntriesByName('x').length === 0")
    page.wait_for_timeout(500)
    person = visitor(page)

    assert page.inner_text(HERO) == DEFAULT
    assert page.evaluate("shown") == []
    assert site.services.store.records_of(person, 10)["decisions"] == []
    assert site.services.store.records_of(person, 10)["interactions"] == []


def test_a_token_makes_the_visitor_a_customer(open_page: OpenPage, site: Any) -> None:
    page = open_page("/site/savings")
    shown(page)
    quiet(page)
    token, _ = site.services.identities.token(IdentityCall(customer_id="c-1042"))

    known = page.evaluate("(token) => nba.identify({ token })", token)
    forged = page.evaluate("nba.identify({ token: 'forged' })")
    other, _ = site.services.identities.token(IdentityCall(customer_id="c-2000"))
    before = visitor(page)
    second = page.evaluate("(token) => nba.identify({ token })", other)

    assert (known, forged, second) == (True, False, True)
    assert site.services.store.aliases_of("c-1042") == (before,)
    assert visitor(page) != before  # a shared device never makes two people one


def test_the_module_is_the_same_script(open_page: OpenPage, site: Any) -> None:
    """Imported, it waits for `start`; the page's own tag is another copy, so this page has none."""
    page = open_page("/site/", consent=None)
    page.route("**/empty.html", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto(f"{site.url}/empty.html")

    found = page.evaluate(
        "(url) => import(url + '/nba.mjs').then(({ default: nba }) => [nba === window.nba, nba.version])",
        site.url,
    )

    assert found == [True, 1]


def said_in_the_console(page: Any, act: str) -> list[str]:
    """What nba.js says about what is done in the page."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "nba.js: " in message.text else None)
    page.evaluate(act)
    page.wait_for_timeout(1000)
    return said


def test_on_this_machine_the_console_says_why_a_slot_keeps_its_default(open_page: OpenPage) -> None:
    pending = said_in_the_console(open_page(consent=None), "nba.refresh()")
    assert pending == ['nba.js: nothing is asked before nba.consent("in")']

    crawler = open_page(agent="Googlebot/2.1 (+http://www.google.com/bot.html)")
    said = said_in_the_console(crawler, "nba.refresh()")
    assert any("BOT: machines get no content" in text for text in said)

    unknown = "document.querySelector('nba-slot').setAttribute('placement', 'billboard'); nba.refresh()"
    assert any("placements.billboard" in text for text in said_in_the_console(open_page(), unknown))


def test_where_it_is_off_the_console_stays_silent(open_page: OpenPage) -> None:
    assert said_in_the_console(open_page(consent=None), "nba.start({debug: 'off'})") == []

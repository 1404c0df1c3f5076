"""Who loads a page: a person, a crawler, or a browser that fetches ahead of one."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import Headers

from nba_service.keys.visitor_ids import VISITOR, NonHuman, make_visitor, non_human

BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)


def test_a_browser_is_a_person_as_far_as_can_be_told() -> None:
    assert non_human(Headers({"User-Agent": BROWSER})) is None
    assert non_human(Headers({"User-Agent": BROWSER, "Sec-Purpose": "", "Purpose": "other"})) is None


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "curl/8.5.0",
        "python-requests/2.34",
        "",
        "x" * 990 + " Googlebot/2.1",
    ],
)
def test_crawlers_tools_and_those_without_a_name_are_bots(agent: str) -> None:
    found = non_human(Headers({"User-Agent": agent}))

    assert found is (NonHuman.BOT if len(agent) < 1_000 else None), "only 1,000 characters are read"


def test_a_request_without_any_header_is_a_bot() -> None:
    assert non_human(Headers()) is NonHuman.BOT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sec-Purpose", "prefetch"),
        ("Sec-Purpose", "prefetch;prerender"),
        ("Purpose", "Prefetch"),
        ("X-Purpose", "preview"),
        ("X-Moz", "prefetch"),
        ("sec-purpose", "PRERENDER"),
    ],
)
def test_what_is_fetched_ahead_was_seen_by_nobody_yet(name: str, value: str) -> None:
    assert non_human(Headers({"User-Agent": BROWSER, name: value})) is NonHuman.PREFETCH
    assert non_human(Headers({name: value})) is NonHuman.PREFETCH


def test_visitor_ids_are_long_and_never_the_same() -> None:
    made = {make_visitor() for _ in range(100)}

    assert len(made) == 100
    assert all(VISITOR.fullmatch(one) for one in made)


@pytest.mark.parametrize("text", ["v-1", "v-" + "g" * 32, "V-" + "0" * 32, "v-" + "0" * 33, "c-1042", ""])
def test_what_could_be_guessed_is_no_visitor_id(text: str) -> None:
    assert VISITOR.fullmatch(text) is None

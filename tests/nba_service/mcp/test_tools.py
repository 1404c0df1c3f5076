"""Assistants ask a real service through the SDK's own client: what the key may, and nothing is stored."""

from __future__ import annotations

from collections.abc import Callable

import flask
import pytest

from tests.nba_service.mcp.asking import ask


def stored(app: flask.Flask) -> int:
    return len(app.extensions["nba"].store.plain.overview.newest_decisions(99))


def test_an_answer_is_that_of_the_service_and_is_not_stored(
    app: flask.Flask, url: str, key: Callable[..., str]
) -> None:
    token = key("read")
    told = ask(url, token, "decide", customer_id="c-1", channels=["web"])
    same = app.test_client().post(
        "/v1/explanations",
        json={"customer_id": "c-1", "channels": ["web"]},
        headers={"Authorization": f"Bearer {token}"},
    )

    assert (
        told.structured_content["actions"][0]["action"] == same.get_json()["actions"][0]["action"] == "teaser"
    )
    assert "explanation" not in told.structured_content
    assert stored(app) == 0


def test_it_explains_and_asks_what_if(url: str, key: Callable[..., str]) -> None:
    told = ask(url, key("read"), "explain", customer_id="c-1", changes={"phase": "customer"})

    assert told.structured_content["explanation"]["candidates"]
    assert told.structured_content["what_if"]["phase"]["name"] == "customer"


def test_it_rehearses_with_a_key_that_may(url: str, key: Callable[..., str], tiny_journey_text: str) -> None:
    refused = ask(url, key("read"), "rehearse", journey=tiny_journey_text)
    told = ask(url, key("read", "rules"), "rehearse", journey=tiny_journey_text)

    assert (refused.is_error, "SCOPE_MISSING" in refused.content[0].text) == (True, True)
    assert told.structured_content["changed"] == 0


def test_it_reads_measures_and_bundles(url: str, key: Callable[..., str]) -> None:
    token = key("read")

    assert ask(url, token, "measure", name="lift", days=7).structured_content["measure"] == "lift"
    assert ask(url, token, "bundles").structured_content["bundles"] == []


def test_what_is_written_is_stored_once(app: flask.Flask, url: str, key: Callable[..., str]) -> None:
    token = key("decide", "track")
    for _ in range(2):
        made = ask(url, token, "record_decision", True, customer_id="c-1", decision_id="assistant/1")
        assert not made.is_error, made.content
    told = ask(url, token, "record_outcome", True, decision_id="assistant/1", outcome="clicked")

    assert (stored(app), told.is_error) == (1, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"customer_id": "c-1", "channels": ["pigeon"]}, "pigeon"),
        ({"customer_id": "undefined"}, "undefined"),
        ({"customer_id": "c-1", "limit": 21}, "limit"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_service(
    url: str, key: Callable[..., str], arguments: dict[str, object], said: str
) -> None:
    told = ask(url, key("read"), "decide", **arguments)

    assert told.is_error
    assert said in told.content[0].text

"""The solar company on a voice assistant: one to three short answers for the ear, and a yes as an outcome."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from models.journey_file import lint_journey, parse_journey

SOLAR = Path(__file__).resolve().parents[2] / "examples" / "solar"
HOUSE = {
    "roof_area_m2": 64,
    "roof_pitch_deg": 35,
    "roof_orientation": "s",
    "latitude": 48.2,
    "annual_kwh": 4600,
    "home_owner": True,
    "country": "de",
    "postcode_area": "79",
}


@pytest.fixture(scope="module")
def text() -> Iterator[bytes]:
    sys.path.append(str(SOLAR))
    from voice import journey_with_voice

    yield journey_with_voice().encode()
    sys.path.remove(str(SOLAR))


@pytest.fixture(scope="module")
def client(text: bytes, solar_service: Callable[[str], flask.Flask]) -> FlaskClient:
    return solar_service(text.decode()).test_client()


def asked(client: FlaskClient, locale: str, *, agreed: bool = True) -> dict[str, Any]:
    body = {
        "customer_id": f"voice-{locale}-{agreed}",
        "channels": ["voice"],
        "limit": 3,
        "phase": "active_evaluation",
        "context": {"locale": locale},
        "profile": {"attributes": HOUSE, "consent": {"voice": agreed}},
        "interactions": [{"touchpoint": "savings_calculator", "occurred_at": "2026-03-02T10:00:00Z"}],
    }
    answer = client.post("/v1/decisions", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def test_the_journey_has_nothing_to_warn_of(text: bytes) -> None:
    assert lint_journey(parse_journey(text, "voice.yaml"), "voice.yaml", text) == []


@pytest.mark.parametrize(("locale", "currency"), [("en", "euros"), ("de", "Euro")])
def test_answers_are_few_short_and_spelled_and_end_in_a_question(
    client: FlaskClient, locale: str, currency: str
) -> None:
    spoken = [one for one in asked(client, locale)["actions"] if one["action"] != "nothing"]

    assert 1 <= len(spoken) <= 3
    for one in spoken:
        body = one["content"]["body"]
        assert one["content"]["fallback"] == ""
        assert not re.search(r"[0-9€<>&]", body), body
        assert body.endswith("?")
        assert len(re.findall(r"[.!?](?:\s|$)", body)) <= 3
        assert one["content"]["click_url"] == ""
    numbers = [one["content"]["body"] for one in spoken if one["action"] == "personal_calculation"]
    assert all(currency in body for body in numbers)


def test_a_yes_is_an_outcome(client: FlaskClient) -> None:
    made = asked(client, "en")
    answer = client.post("/v1/outcomes", json={"decision_id": made["decision_id"], "outcome": "responded"})

    assert answer.status_code == 200, answer.text


def test_who_has_not_agreed_is_not_spoken_to(client: FlaskClient) -> None:
    made = asked(client, "en", agreed=False)

    assert [one["action"] for one in made["actions"]] == ["nothing"]
    assert made["blocked"]["CONSENT_MISSING"] == 3

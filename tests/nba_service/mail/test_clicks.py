"""Clicks in mails: counted once, for persons, and led on to allowed addresses."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.nba_service.mail.conftest import PERSON, Clock
from tests.nba_service.mail.sent_mail import ADA, held, outcomes, path_of


def test_a_click_is_counted_once_and_led_on(client: FlaskClient, clock: Clock) -> None:
    click = path_of(client.get(ADA).get_json()["click_url"])
    clock.wait(minutes=5)
    for _ in range(3):
        answer = client.get(click, headers=PERSON)
        assert (answer.status_code, answer.headers["Location"]) == (302, "https://tiny.example/look?a=1")
        assert answer.headers["Cache-Control"] == "no-store"

    assert sorted(one["outcome"] for one in held(client)["outcomes"]) == ["clicked", "delivered"]


@pytest.mark.parametrize(
    ("method", "headers", "after"),
    [
        ("HEAD", PERSON, 300),
        ("GET", {"User-Agent": ""}, 300),
        ("GET", {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, 300),
        ("GET", {**PERSON, "Sec-Purpose": "prefetch"}, 300),
        ("GET", {**PERSON, "Purpose": "prefetch"}, 300),
        ("GET", PERSON, 2),
    ],
)
def test_clicks_of_machines_lead_on_and_do_not_count(
    client: FlaskClient, clock: Clock, method: str, headers: dict[str, str], after: int
) -> None:
    click = path_of(client.get(ADA).get_json()["click_url"])
    clock.wait(seconds=after)
    answer = client.open(click, method=method, headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://tiny.example/look?a=1")
    assert outcomes(client) == set()

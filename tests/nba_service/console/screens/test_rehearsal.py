"""Rehearsal: a bundle by its address, a journey file by a form, and nothing is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from nba_service.console.desk import Desk
from nba_service.console.screens import rehearsal
from nba_service.console.wording import Words
from nba_service.keys.scopes import Scope


def done(changed: int, before: int, after: int, decisions: int = 50) -> Any:
    report = SimpleNamespace(
        decisions=decisions, changed=changed, nothing_before={"a": before}, nothing_after={"a": after},
        why_nothing_before={"QUIET_HOURS": before}, why_nothing_after={"QUIET_HOURS": before},
        gain_before=1.0, gain_after=2.0, shifts=(SimpleNamespace(action="offer", before=10.0, after=30.0),
                                                 SimpleNamespace(action="nothing", before=30.0, after=10.0)),
    )  # fmt: skip
    return SimpleNamespace(report=report, people=(), left_out=0)


@pytest.mark.parametrize(
    ("made", "english", "german"),
    [
        (done(0, 3, 3, 0), "nobody to rehearse", "niemanden zum Erproben"),
        (done(0, 3, 3), "Nothing changes", "Nichts ändert sich"),
        (done(7, 3, 3), "7 of 50 people would get something else", "7 von 50 Personen"),
        (done(7, 3, 5), "2 more would get nothing", "2 mehr bekämen nichts"),
        (done(7, 5, 3), "2 fewer would get nothing", "2 weniger bekämen nichts"),
    ],
)
def test_each_case_has_its_headline(made: Any, english: str, german: str) -> None:
    assert english in rehearsal.finding(Words("en"), made, "new.yaml")
    assert german in rehearsal.finding(Words("de"), made, "new.yaml")


def test_shifts_are_drawn_where_there_are_some(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()

    assert "+20.0" in rehearsal.draw_shifts(desk, done(7, 3, 3))
    assert "gains most first places, Nothing loses most" in rehearsal.shifts_title(desk, done(7, 3, 3))
    assert rehearsal.nothing_title(desk.words, done(7, 3, 5)) == "5 people would get nothing, 3 do now"


def test_the_page_says_what_stands_in_the_way_of_those_who_get_nothing() -> None:
    """At night that is quiet hours, and the file is not to blame."""
    made = done(0, 3, 3)
    assert rehearsal.why_nothing(Words("en"), made) == "In the way now, by number of people: quiet hours (3)."
    made.report.why_nothing_after = {"CONSENT_MISSING": 1}
    assert "Mit der Änderung: die Einwilligung fehlt (1)." in rehearsal.why_nothing(Words("de"), made)
    made.report.why_nothing_before = made.report.why_nothing_after = {}
    assert rehearsal.why_nothing(Words("en"), made) == ""


def decide(client: FlaskClient, customer: str) -> None:
    from nba_service.access.issuing import KeyIssuer

    services = client.application.extensions["nba"]
    _, token = KeyIssuer(services.store.plain.keys, services.sessions.now).create(
        customer, scopes=[Scope.DECIDE]
    )
    headers = {"Authorization": f"Bearer {token}"}
    assert client.post("/v1/decisions", json={"customer_id": customer}, headers=headers).status_code == 200


def test_a_bundle_is_rehearsed_by_its_address(sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in()
    assert "before it goes live" in client.get("/console/rehearsal").text
    decide(client, "c-1")

    page = client.get("/console/rehearsal?bundle=b-2")
    assert page.status_code == 200
    assert "one person would get the same under b-2" in page.text
    assert "hear from us" in page.text  # the weeks ahead
    table = client.get("/console/rehearsal.csv?bundle=b-2&table=pressure").text
    assert table.startswith("week,customers,before,after,most_before,most_after\r\n")
    assert len(table.splitlines()) == 5
    assert client.get("/console/rehearsal?bundle=gone").status_code == 404


def test_a_journey_file_needs_the_scope_a_token_and_to_be_one(
    sign_in: Callable[..., FlaskClient], tiny_journey_text: str
) -> None:
    client, reads = sign_in(), sign_in((Scope.CONSOLE, Scope.READ), "eve")
    decide(client, "c-1")
    changed = tiny_journey_text.replace("value: 10", "value: 0")

    def send(who: FlaskClient, text: str) -> Any:
        token = re.search(r'name="form" value="(\w+)"', who.get("/console/rehearsal").text)
        assert token is not None
        files = {"journey": (BytesIO(text.encode()), "new.yaml"), "form": token[1]}
        return who.post("/console/rehearsal", data=files, content_type="multipart/form-data")

    assert send(reads, changed).status_code == 403
    answer = send(client, changed)
    assert answer.status_code == 200
    assert "under new.yaml" in answer.text
    broken = send(client, "phases: [")
    assert broken.status_code == 422
    assert "new.yaml:" in broken.text


def test_a_group_of_customers_is_rehearsed(sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in()
    decide(client, "c-1")
    page = client.get("/console/rehearsal?bundle=b-2&group=customer.locale+%3D%3D+%22xx%22")
    wrong = client.get("/console/rehearsal?bundle=b-2&group=1")

    assert 'name="group"' in page.text
    assert "nobody to rehearse with" in page.text
    assert wrong.status_code == 422

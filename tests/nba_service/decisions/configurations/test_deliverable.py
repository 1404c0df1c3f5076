"""A decision sees the table as it is, and the customer's wish as far as it may."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from nba_service.mail.request_values import read_call
from nba_service.services import Services
from tests.configured_journey import car

ALL = [
    {"option": option.name, "choice": choice.name}
    for option in car().options
    if option.tracked
    for choice in option.choices
]
WISH = {"region": "north", "wished_motor": "m300", "wished_battery": "b95"}


def decided(client: FlaskClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/v1/decisions", json={"customer_id": "ada", "channels": ["website"], **body})
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def upload(client: FlaskClient, rows: list[dict[str, Any]], **more: Any) -> None:
    done = client.put("/v1/configurations/car/availability", json={"rows": rows, **more})
    assert done.status_code == 200, done.text


def wanting(**attributes: str) -> dict[str, Any]:
    return {"attributes": WISH | attributes}


def test_without_a_table_nothing_is_promised_and_the_reason_told(client: FlaskClient) -> None:
    answer = decided(client, explain=True)

    assert answer["actions"][0]["action"] == "test_drive"
    refused = [one for one in answer["explanation"]["drop_outs"] if one["action"] == "car_offer"]
    assert {(one["tier"], one["code"]) for one in refused if one["channel"] == "website"} == {
        ("applicability", "NOT_DELIVERABLE")
    }
    assert "no availability was uploaded" in refused[-1]["detail"]


def test_the_next_decision_sees_a_change_of_the_table(client: FlaskClient) -> None:
    upload(client, ALL)
    first = decided(client, profile=wanting())["actions"][0]
    upload(client, [{"option": "motor", "choice": "m300", "region": "north", "available": False}])
    second = decided(client, profile=wanting())["actions"][0]

    assert first["configuration"]["changes"] == []
    assert "300 kW, 95 kWh" in first["content"]["body"]
    assert [one["code"] for one in second["configuration"]["changes"]] == ["NOT_AVAILABLE"]
    assert "300 kW cannot be delivered" in second["content"]["body"]


def test_a_table_that_grew_old_promises_nothing_until_it_is_told_to_hold(
    client: FlaskClient, clock: Any
) -> None:
    upload(client, ALL)
    clock.now = clock.now.replace(day=22)
    assert decided(client)["actions"][0]["action"] == "test_drive"

    upload(client, [])
    assert decided(client)["actions"][0]["action"] == "car_offer"


def test_who_objects_is_decided_for_without_a_wish(client: FlaskClient) -> None:
    upload(client, ALL)
    request = {"customer_id": "bo", "profile": {**wanting(), "consent": {"personalization": False}}}
    answer = decided(client, explain=True, **request)

    known = answer["explanation"]["configurations"][0]
    assert (known["wish"], known["region"]) == ({}, None)


def test_replay_gives_the_configuration_of_then(client: FlaskClient, service: Services) -> None:
    upload(client, ALL)
    made = decided(client, profile=wanting())
    upload(client, [], replace=True)

    found = client.get(f"/v1/decisions/{made['decision_id']}/explanation").get_json()

    assert found["explanation"]["configurations"][0]["choices"]["motor"] == "m300"
    assert client.get(f"/v1/decisions/{made['decision_id']}/replay").get_json()["identical"]


def test_a_batch_and_a_single_decision_agree(client: FlaskClient) -> None:
    upload(client, ALL[:-1])
    bodies = [
        {"customer_id": f"c-{n}", "channels": ["website"], "profile": wanting(wished_colour="green")}
        for n in range(3)
    ]
    batch = client.post("/v1/decisions/batch", json={"decisions": bodies}).get_json()
    alone = decided(client, **{**bodies[0], "customer_id": "alone"})

    colours = {one["actions"][0]["configuration"]["choices"]["colour"] for one in batch["decisions"]}
    assert colours == {"red"}  # costs what green would
    assert alone["actions"][0]["configuration"] == batch["decisions"][0]["actions"][0]["configuration"]


def test_mails_and_lists_speak_of_it_too(client: FlaskClient, service: Services) -> None:
    upload(client, ALL)
    for n in range(20):
        client.put(f"/v1/customers/c-{n}", json={**wanting(), "consent": {"email": True}})
    calls = [read_call("email", {"recipient": f"c-{n}", "message_id": "m"}) for n in range(20)]
    offers = [mail for mail in map(service.mail_content.content, calls) if mail.action == "car_offer"]

    assert offers
    assert all("300 kW, 95 kWh" in mail.body for mail in offers)


def test_while_the_store_is_away_nothing_is_promised(
    client: FlaskClient, service: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(client, ALL)
    monkeypatch.setattr(service.store, "usable", lambda seconds: False)
    answer = decided(client, profile=wanting())

    assert answer["degraded"]
    assert answer["actions"][0]["action"] == "nothing"
    assert set(answer["blocked"]) & {"UNCERTAIN", "NOT_DELIVERABLE"}


def test_the_customers_text_names_what_was_chosen_and_why_not_the_wish(client: FlaskClient) -> None:
    upload(client, [*ALL, {"option": "motor", "choice": "m300", "region": "north", "available": False}])
    made = decided(client, profile=wanting())

    for language, says in (("en", "not 300 kW as you wished"), ("de", "nicht 300 kW, wie gewünscht")):
        found = client.get(f"/v1/decisions/{made['decision_id']}/explanation?text={language}").get_json()
        assert says in str(found["customer_text"])

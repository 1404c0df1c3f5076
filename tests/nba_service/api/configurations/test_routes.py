"""Configurations over HTTP."""

from __future__ import annotations

from flask.testing import FlaskClient

from nba_service.api.configurations.schemas import AvailabilityAnswer, CheckAnswer, UploadAnswer
from nba_service.api.decisions.responses import DecisionAnswer

ROWS = [
    {"option": "motor", "choice": "m150"},
    {"option": "battery", "choice": "b55"},
    {"option": "wheels", "choice": "w18"},
    {"option": "colour", "choice": "white", "from": "2026-12-01", "until": "2027-03-01"},
]
PATH = "/v1/configurations/car/availability"


def test_a_table_is_put_read_and_used(client: FlaskClient) -> None:
    put = client.put(PATH, json={"rows": ROWS})
    read = client.get(PATH)
    check = client.post(
        "/v1/configurations/check",
        json={"configurator": "car", "choices": {"motor": "m300"}, "customer_id": "ada"},
    )
    decision = client.post(
        "/v1/decisions", json={"customer_id": "ada", "channels": ["website"], "explain": True}
    )

    assert not UploadAnswer().validate(put.get_json())
    assert not AvailabilityAnswer().validate(read.get_json())
    assert not CheckAnswer().validate(check.get_json())
    assert not DecisionAnswer().validate(decision.get_json())
    assert (put.get_json()["changed"], len(read.get_json()["rows"])) == (4, 4)
    assert check.get_json()["nearest"]["deliverable_on"] == "2026-12-01"
    assert decision.get_json()["actions"][0]["configuration"]["choices"]["motor"] == "m150"


def test_repeating_a_put_changes_nothing(client: FlaskClient) -> None:
    first = client.put(PATH, json={"rows": ROWS}).get_json()
    again = client.put(PATH, json={"rows": ROWS}).get_json()

    assert again == {**first, "changed": 0, "unchanged": 4}


def test_one_wrong_row_and_nothing_is_taken(client: FlaskClient) -> None:
    answer = client.put(PATH, json={"rows": [*ROWS, {"option": "motor", "choice": "m999"}]})

    assert (answer.status_code, answer.get_json()["code"]) == (422, "UNKNOWN_NAME")
    assert client.get(PATH).get_json()["rows"] == []


def test_unknown_configurators_and_parameters_are_problems(client: FlaskClient) -> None:
    assert client.get("/v1/configurations/bike/availability").status_code == 404
    assert client.put("/v1/configurations/bike/availability", json={"rows": []}).status_code == 404
    assert client.get(f"{PATH}?land=x").get_json()["code"] == "UNKNOWN_FIELD"
    body = {"configurator": "bike", "choices": {}}
    assert client.post("/v1/configurations/check", json=body).get_json()["code"] == "UNKNOWN_NAME"


def test_wishes_in_vain_are_the_measure_demand(client: FlaskClient) -> None:
    client.put(PATH, json={"rows": ROWS})
    for number in range(30):
        attributes = {"region": "north", "wished_motor": "m300" if number % 3 else "m150"}
        body = {"customer_id": f"c-{number}", "channels": ["website"], "profile": {"attributes": attributes}}
        for _ in range(2):
            assert client.post("/v1/decisions", json=body).status_code == 200

    measure = client.get("/v1/measures/demand").get_json()
    csv = client.get("/v1/measures/demand.csv").text.splitlines()

    assert [(one["region"], one["asked"], one["customers"]) for one in measure["regions"]] == [
        ("north", 30, 20)
    ]
    assert measure["combinations"][0]["label"] == "Motor: 300 kW"
    assert measure["combinations"][0]["forecast"]["low"] < measure["combinations"][0]["forecast"]["high"]
    assert csv[0].startswith("configurator,region,combination.motor,label,asked,customers")
    assert len(csv) == 2

"""``nba explain``, ``nba replay`` and ``nba rehearse`` over a real log."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pytest
from click.testing import Result
from flask.testing import FlaskClient

from nba_service.settings import Settings
from nba_service.store.sql.packed_answers import pack_answer, read_answer

SINCE = ("--since", "2026-01-01T00:00:00Z")


@pytest.fixture
def log(make_app: Callable[..., flask.Flask], settings: Settings) -> FlaskClient:
    """Thirty decisions of customers who asked for an offer the day before."""
    client = make_app(settings).test_client()
    quote = {"occurred_at": "2026-11-19T10:00:00Z", "channel": "web", "touchpoint": "quote"}
    for number in range(30):
        body: dict[str, Any] = {
            "customer_id": f"c-{number}",
            "decision_id": f"log/{number}",
            "profile": {"attributes": {"age": 40}, "consent": {"email": True}},
            "interactions": [quote],
        }
        assert client.post("/v1/decisions", json=body).status_code == 200
    return client


def test_a_log_replays_bit_for_bit(nba: Callable[..., Result], log: FlaskClient) -> None:
    report = nba("replay", *SINCE)
    assert report.exit_code == 0, report.output
    assert "30 decisions: 30 identical, 0 different, 0 not replayable" in report.output


def test_a_decision_that_comes_out_otherwise_is_reported(
    nba: Callable[..., Result], make_app: Callable[..., flask.Flask], settings: Settings, log: FlaskClient
) -> None:
    store = make_app(settings).extensions["nba"].store.plain
    import sqlalchemy as sa

    with store._transaction(write=True) as connection:
        kept = connection.execute(
            sa.text("SELECT answer FROM decisions WHERE decision_id = 'log/7'")
        ).scalar()
        other = pack_answer(str(read_answer(kept)).replace("EUR", "USD"))
        connection.execute(
            sa.text("UPDATE decisions SET answer = :other WHERE decision_id = 'log/7'"), {"other": other}
        )
    report = nba("replay", *SINCE, "--json")
    assert report.exit_code == 1
    told = json.loads(report.stdout)
    assert (told["identical"], told["different"]) == (29, 1)
    assert told["differences"][0]["decision_id"] == "log/7"
    assert told["differences"][0]["fields"]["currency"] == ["USD", "EUR"]


def test_what_cannot_be_replayed_is_counted_in_json_too(nba: Callable[..., Result], log: FlaskClient) -> None:
    """Two customers were erased: their decisions keep too little to be worked out again."""
    for customer in ("c-3", "c-4"):
        assert log.delete(f"/v1/customers/{customer}").status_code == 204

    report = nba("replay", *SINCE, "--json")

    told = json.loads(report.stdout)
    assert (told["decisions"], told["identical"], told["different"]) == (30, 28, 0)
    assert told["impossible"] == {"REPLAY_IMPOSSIBLE": 2}
    assert report.exit_code == 0


def test_a_journey_file_is_rehearsed_before_it_goes_live(
    nba: Callable[..., Result], log: FlaskClient, tmp_path: Path, tiny_journey_text: str
) -> None:
    """The same file changes nothing; one that forbids the offer takes it away, and says from whom."""
    path = tmp_path / "changed.yaml"
    path.write_text(tiny_journey_text)
    same = json.loads(nba("rehearse", "--journey", str(path), *SINCE, "--json").stdout)
    assert (same["decisions"], same["changed"]) == (30, 0)

    path.write_text(tiny_journey_text.replace("attributes.age >= 18", "attributes.age >= 50"))
    changed = json.loads(nba("rehearse", "--journey", str(path), *SINCE, "--json").stdout)
    shift = {one["action"]: one for one in changed["shifts"]}
    assert shift["offer"]["before"] > 0.0
    assert shift["offer"]["after"] == 0.0
    before, after = (sum(one[side] for one in changed["shifts"]) for side in ("before", "after"))
    assert before == pytest.approx(30.0)
    assert after == pytest.approx(30.0)
    assert changed["changed"] > 0

    path.write_text(tiny_journey_text.replace("phases: [stranger, interested]", "phases: [stranger]").replace(
        "phases: [interested]", "phases: [customer]"))  # fmt: skip
    empty = nba("rehearse", "--journey", str(path), *SINCE)
    assert empty.exit_code == 0, empty.output
    assert ["interested", "any", "0", "30"] in [line.split() for line in empty.output.splitlines()]
    assert json.loads(nba("replay", *SINCE, "--json").stdout)["identical"] == 30  # nothing was stored


def test_a_new_action_can_be_rehearsed_without_training(
    nba: Callable[..., Result], log: FlaskClient, tmp_path: Path, tiny_journey_text: str
) -> None:
    path = tmp_path / "new.yaml"
    lease = "  lease:\n    channels: [email]\n    group: sales\n    value: 10\n"
    path.write_text(tiny_journey_text.replace("  care:\n", lease + "  care:\n"))
    report = nba("rehearse", "--journey", str(path), *SINCE, "--json")
    assert report.exit_code == 0, report.output
    shift = {one["action"]: one["after"] / 30 for one in json.loads(report.stdout)["shifts"]}
    assert 0.0 < shift["lease"] < 1.0

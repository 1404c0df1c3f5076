"""One line of JSON for each request: what was asked and decided, and of whom nothing in clear."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from dataclasses import replace

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.process.logs import standard_handler
from nba_service.settings import Settings
from nba_service.telemetry.customer_ref import MOST_IDS, CustomerRef


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """What was logged of requests since the last look."""
    found = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    return [line for line in found if str(line["event"]).startswith("request")]


def test_a_request_is_one_line_with_its_id_and_decisions(
    client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    client.post(
        "/v1/decisions", json={"customer_id": "c-1", "decision_id": "d-1"}, headers={"X-Request-ID": "r-1"}
    )
    [line] = lines(capfd)

    assert {name: line[name] for name in ("event", "request", "method", "route", "status", "decisions")} == {
        "event": "request",
        "request": "r-1",
        "method": "POST",
        "route": "/v1/decisions",
        "status": 200,
        "decisions": ["d-1"],
    }
    assert float(str(line["ms"])) > 0


def test_no_customer_is_named_not_even_by_the_id_of_a_decision(
    make_app: Callable[..., flask.Flask], settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    client = make_app(replace(settings, log_salt="of a test")).test_client()
    body = {"customer_id": "ada@example.org", "decision_id": "mail-77/ada@example.org"}
    client.post("/v1/decisions", json=body)
    client.post("/v1/decisions", json=body)
    client.get("/v1/decisions/mail-77/ada@example.org")
    client.get("/v1/customers/ada@example.org")
    client.get("/nowhere/ada@example.org")
    logged = capfd.readouterr().err
    reference = CustomerRef("of a test")("ada@example.org")

    assert "ada@example.org" not in logged
    assert logged.count(f"mail-77/{reference}") == 2


def test_a_batch_names_some_of_its_decisions_and_how_many_there_were(
    client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    decisions = [{"customer_id": f"c-{number}"} for number in range(MOST_IDS + 5)]
    client.post("/v1/decisions/batch", json={"decisions": decisions})
    [line] = lines(capfd)

    assert len(list(line["decisions"])) == MOST_IDS  # type: ignore[call-overload]
    assert line["decisions_in_all"] == MOST_IDS + 5


def test_health_is_not_logged_and_a_failure_is_with_its_stack(
    make_app: Callable[..., flask.Flask],
    settings: Settings,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = make_app(settings)
    client = app.test_client()
    client.get("/healthz")
    client.get("/metrics")
    assert lines(capfd) == []
    secret = "Ada"
    monkeypatch.setattr(
        type(app.extensions["nba"].decisions), "decide", lambda *_, **__: [][int(bool(secret))]
    )
    client.post("/v1/decisions", json={"customer_id": "c-1"}, headers={"X-Request-ID": "r-9"})
    failed, request = lines(capfd)

    assert (failed["event"], failed["request"], failed["error"]) == ("request_failed", "r-9", "IndexError")
    assert failed["exception"][0]["frames"]  # type: ignore[index]
    assert (request["status"], request["request"]) == (500, "r-9")


def test_records_of_libraries_are_lines_too_and_name_no_address() -> None:
    handler = standard_handler()
    records = [
        logging.LogRecord(
            "gunicorn.error", logging.ERROR, "", 1, "Error handling request %s", ("/v1/c-1",), None
        ),
        logging.LogRecord("gunicorn.error", logging.INFO, "", 1, "Booting worker with pid: %s", (7,), None),
    ]
    failed, booted = (json.loads(handler.format(record)) for record in records)

    assert "c-1" not in str(failed)
    assert (booted["event"], booted["level"], booted["logger"]) == (
        "Booting worker with pid: 7",
        "info",
        "gunicorn.error",
    )


def test_a_log_that_cannot_be_written_fails_no_decision(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = io.TextIOWrapper(io.BytesIO())
    closed.close()
    monkeypatch.setattr("sys.stderr", closed)

    assert client.post("/v1/decisions", json={"customer_id": "c-1"}).status_code == 200

"""``nba decide`` and ``nba doctor``: what HTTP answers, at the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable

import flask
import pytest
from click.testing import CliRunner, Result

from nba_service.cli import main
from nba_service.settings import Settings

AT = "2026-11-20T11:00:00Z"


@pytest.fixture
def nba(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("NBA_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("NBA_REGISTRY", str(settings.registry))
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


def test_the_command_and_http_give_the_same_answer(
    nba: Callable[..., Result], make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    client = make_app(settings).test_client()
    client.put("/v1/customers/c-1", json={"attributes": {"age": 40}, "consent": {"email": True}})
    quote = {"customer_id": "c-1", "touchpoint": "quote", "occurred_at": "2026-11-19T10:00:00Z"}
    client.post("/v1/interactions", json=quote)
    body = {"customer_id": "c-1", "decision_id": "same/1", "channels": ["email"], "explain": True,
            "context": {"time": AT, "locale": "en"}}  # fmt: skip
    arguments = ["decide", "--customer", "c-1", "--decision-id", "same/1", "--channel", "email", "--at", AT,
                 "--locale", "en", "--explain", "--json"]  # fmt: skip

    before = nba(*arguments)
    by_http = client.post("/v1/decisions", json=body).get_json()
    after = nba(*arguments)
    logged = nba(*arguments, "--log")

    assert before.exit_code == 0, before.output
    assert by_http["phase"]["name"] == "interested"
    for by_command in (before, after, logged):
        assert json.loads(by_command.stdout) == by_http


def test_without_log_nothing_is_stored_and_with_it_the_decision_is(
    nba: Callable[..., Result], make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    client = make_app(settings).test_client()

    nba("decide", "--customer", "c", "--decision-id", "d")
    assert client.get("/v1/decisions/d").status_code == 404

    nba("decide", "--customer", "c", "--decision-id", "d", "--log")
    assert client.get("/v1/decisions/d").status_code == 200


def test_people_get_tables_with_the_reasons(nba: Callable[..., Result]) -> None:
    done = nba("decide", "--customer", "c", "--channel", "email", "--explain")

    assert done.exit_code == 0
    for word in ("Chosen (EUR)", "Candidates (EUR)", "Dropped out", "not asked for", "stranger (default"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--channel", "fax"], "UNKNOWN_CHANNEL"),
        (["--at", "2026-11-20"], "TIME_INVALID"),
        (["--at", "2026-11-20T10:00:00"], "TIME_ZONE_MISSING"),
        (["--phase", "buyer"], "UNKNOWN_PHASE"),
        (["--limit", "0"], "FIELD_RANGE"),
    ],
)
def test_wrong_options_end_with_one_line_and_exit_code_1(
    nba: Callable[..., Result], arguments: list[str], code: str
) -> None:
    done = nba("decide", "--customer", "c", *arguments)

    assert done.exit_code == 1
    assert code in done.stderr
    assert "Traceback" not in done.stderr

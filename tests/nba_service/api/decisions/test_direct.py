"""The way in front of Flask answers what the way behind it answers, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask
import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from nba_service.access.issuing import KeyIssuer
from nba_service.api.decisions.direct import DirectDecisions
from nba_service.keys.scopes import Scope
from nba_service.keys.tokens import KeyKind, make_token
from nba_service.services import services_of
from nba_service.settings import Authentication, Settings
from tests.nba_service.conftest import NOW

Answer = tuple[str, list[tuple[str, str]], bytes]
ORIGIN = "https://shop.example"


class TwoWays:
    """Two services that stand alike; one is asked in front of Flask, the other behind it."""

    def __init__(self, make_app: Callable[..., flask.Flask], settings: Settings, root: Path) -> None:
        self.front, self.back = (
            make_app(replace(settings, database_url=f"sqlite:///{root}/{name}.sqlite"))
            for name in ("front", "back")
        )
        direct = self.front.wsgi_app
        assert isinstance(direct, DirectDecisions)
        direct._rest, self.fell_through = self._counted(direct._rest), 0
        behind = self.back.wsgi_app
        assert isinstance(behind, DirectDecisions)
        self.back.wsgi_app = behind._rest  # type: ignore[method-assign]
        self.keys = {"secret": self._key(scopes=[Scope.DECIDE]), "reader": self._key(scopes=[Scope.READ])}
        page = {"origins": [ORIGIN], "placements": ["home"], "publishable": True}
        self.keys["page"] = self._key(**page)

    def _counted(self, rest: Any) -> Any:
        def counted(environ: Any, start_response: Any) -> Any:
            self.fell_through += 1
            return rest(environ, start_response)

        return counted

    def _key(self, **options: Any) -> str:
        """The same key in both."""
        texts: list[str] = []

        def make(kind: KeyKind) -> str:
            texts.append(texts[0] if texts else make_token(kind))
            return texts[0]

        name = "-".join(str(one) for one in options.get("scopes", ["page"]))
        for app in (self.front, self.back):
            KeyIssuer(services_of(app).store.plain.keys, lambda: NOW, make).create(name, **options)
        return texts[0]

    def ask(self, body: Any = None, *, key: str | None = "secret", **options: Any) -> Answer:
        """The answer of both, which must be the same."""
        headers = dict(options.pop("headers", {}))
        if key is not None:
            headers.setdefault("Authorization", f"Bearer {self.keys.get(key, key)}")
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        content_type = options.pop("content_type", "application/json")
        path = options.pop("path", "/v1/decisions")
        changed = options.pop("environ", {})
        answers = []
        for app in (self.front, self.back):
            builder = EnvironBuilder(
                path, method="POST", data=raw, headers=headers, content_type=content_type, **options
            )
            environ = builder.get_environ() | changed
            said, status, head = run_wsgi_app(app, environ, buffered=True)
            answers.append((status, list(head), b"".join(said)))
        assert answers[0] == answers[1]
        return answers[0]


@pytest.fixture
def ways(make_app: Callable[..., flask.Flask], settings: Settings, tmp_path: Path) -> TwoWays:
    required = replace(
        settings,
        authentication=Authentication.REQUIRED,
        key_cache_seconds=0,
        public_url="https://nba.example",
        rate_key_per_minute=40,
    )
    return TwoWays(make_app, required, tmp_path)


CALL = {"customer_id": "c-1", "decision_id": "d-1", "phase": "interested", "context": {"locale": "de"}}


def test_decisions_are_answered_in_front_of_flask(ways: TwoWays) -> None:
    first = ways.ask(CALL)
    again = ways.ask(CALL)
    named = ways.ask({"customer_id": "c-2", "explain": True}, headers={"X-Request-ID": "r-7"})
    hurried = ways.ask({"customer_id": "c-2", "limit": 2}, headers={"X-Deadline-Ms": "20000"})

    assert {first[0], named[0], hurried[0]} == {"200 OK"}
    assert again[2] == first[2]
    assert ("Strict-Transport-Security", "max-age=31536000") in first[1]
    assert ("X-Request-ID", "r-7") in named[1]
    assert ways.fell_through == 0


def test_an_open_service_answers_in_front_of_flask_too(
    make_app: Callable[..., flask.Flask], settings: Settings, tmp_path: Path
) -> None:
    ways = TwoWays(make_app, settings, tmp_path)

    assert ways.ask(CALL, key=None)[0] == "200 OK"
    assert ways.fell_through == 0


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        ("400", {"body": b"{"}),
        ("400", {"body": b""}),
        ("400", {"body": b'{"customer_id": "a", "customer_id": "b"}'}),
        ("422", {"body": {}}),
        ("422", {"body": [1]}),
        ("422", {"body": CALL | {"phase": "nowhere"}}),
        ("422", {"body": CALL | {"unknown": 1}}),
        ("422", {"body": CALL | {"customer_id": "c-\x00"}}),
        ("422", {"body": CALL, "headers": {"X-Deadline-Ms": "soon"}}),
        ("401", {"body": CALL, "key": None}),
        ("401", {"body": CALL, "key": "nbask_" + "x" * 43}),
        ("403", {"body": CALL, "key": "reader"}),
        ("403", {"body": CALL, "key": "page"}),
        ("403", {"body": CALL, "key": "page", "headers": {"Origin": ORIGIN}}),
        ("415", {"body": CALL, "content_type": "text/plain"}),
        ("415", {"body": CALL, "headers": {"Content-Encoding": "br"}}),
        ("413", {"body": b" " * 2_000_000}),
        ("200", {"body": CALL, "content_type": "application/json; charset=utf-8"}),
        ("200", {"body": CALL, "headers": {"Origin": ORIGIN}}),
        ("200", {"body": CALL, "headers": {"Sec-GPC": "1"}}),
        ("200", {"body": CALL, "headers": {"Idempotency-Key": "k-1"}}),
        ("200", {"body": CALL, "query_string": "a=b"}),
        ("200", {"body": CALL, "headers": {"X-Request-ID": "not one, is it?"}}),
        ("404", {"body": CALL, "path": "/v1/decisions/"}),
        ("400", {"body": CALL, "environ": {"CONTENT_LENGTH": "5000"}}),
    ],
)
def test_what_is_not_plainly_right_is_answered_as_ever(
    ways: TwoWays, status: str, asked: dict[str, Any]
) -> None:
    assert ways.ask(**asked)[0].startswith(status)


def test_an_id_that_is_taken_is_refused_under_one_request_id(ways: TwoWays) -> None:
    ways.ask(CALL)
    status, headers, body = ways.ask(CALL | {"limit": 2})

    assert status.startswith("422")
    assert json.loads(body)["instance"].endswith(dict(headers)["X-Request-ID"])
    assert ways.fell_through == 1


def test_each_call_counts_once_whatever_becomes_of_it(ways: TwoWays) -> None:
    for number in range(20):
        ways.ask({"customer_id": f"c-{number}"})
    for _ in range(10):
        ways.ask({"customer_id": "c-1", "phase": "nowhere"})
    for _ in range(10):
        ways.ask(b"{")
    status, headers, _ = ways.ask(CALL)

    assert status.startswith("429")
    assert "Retry-After" in dict(headers)


def test_a_failure_is_logged_and_answered_as_flask_does(
    ways: TwoWays, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for app in (ways.front, ways.back):
        monkeypatch.setattr(services_of(app).decisions, "decide", lambda *_, **__: 1 / 0)

    status, headers, _ = ways.ask(CALL)

    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    failed = [line["request"] for line in lines if line["event"] == "request_failed"]
    assert status.startswith("500")
    assert failed == [dict(headers)["X-Request-ID"]] * 2


def test_it_counts_and_logs_as_flask_does(ways: TwoWays, capfd: pytest.CaptureFixture[str]) -> None:
    ways.ask(CALL, headers={"X-Request-ID": "r-1"})
    front, back = (
        json.loads(line)
        for line in capfd.readouterr().err.splitlines()
        if line.startswith("{") and json.loads(line)["event"] == "request"
    )
    times = {"ms", "timestamp"}

    assert list(front) == list(back)
    assert {k: v for k, v in front.items() if k not in times} == {
        k: v for k, v in back.items() if k not in times
    }
    counted = [
        [
            line
            for line in services_of(app).telemetry.metrics.scraped().decode().splitlines()
            if "_count" in line
        ]
        for app in (ways.front, ways.back)
    ]
    assert any('route="/v1/decisions"' in line for line in counted[0])
    assert counted[0] == counted[1]

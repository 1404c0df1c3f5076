"""OWASP API Security Top 10 (2023): each risk met with real requests.

API2 and API5 walk every route of the OpenAPI file with every kind of key.
"""

from __future__ import annotations

import itertools
import json
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import flask
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nba_service.access.issuing import KeyIssuer
from nba_service.app import create_app, route_access
from nba_service.keys.key import GRANTABLE
from nba_service.keys.scopes import Scope
from nba_service.keys.tokens import KeyKind, make_token
from nba_service.settings import Authentication, Settings

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SITE: Final = "https://www.example.com"
EVIL: Final = "https://evil.example"
GUARD: Final = {"KEY_MISSING", "KEY_INVALID", "SCOPE_MISSING", "ORIGIN_REFUSED"}

PUBLIC: Final = re.compile(r"/(healthz|readyz|nba[^/]*)|/i/[<{]token[>}]\.png|/c/[<{]token[>}]")
"""Routes that need no key; whoever adds one says here that it must be so."""

FOR_PAGES: Final = {
    "POST /v1/decisions",
    "POST /v1/outcomes",
    "POST /v1/slots",
    "POST /v1/beacon",
    "POST /v1/identify",
    "POST /ofrep/v1/evaluate/flags",
    "POST /ofrep/v1/evaluate/flags/{key}",
}
"""All that a key in a page may do."""

BODIES: Final[dict[str, dict[str, Any]]] = {
    "POST /v1/decisions": {"customer_id": "c-1", "placements": ["banner"]},
    "POST /v1/decisions/batch": {"decisions": [{"customer_id": "c-1"}]},
    "POST /v1/explanations": {"customer_id": "c-1"},
    "POST /v1/outcomes": {"decision_id": "d-1", "outcome": "clicked"},
    "POST /v1/interactions": {"customer_id": "c-1", "touchpoint": "visit"},
    "PUT /v1/customers/{customer_id}": {"attributes": {"age": 40}},
    "POST /v1/customers/{customer_id}/aliases": {"aliases": ["a-1"]},
}


@pytest.fixture(scope="module")
def app(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[flask.Flask]:
    folder = tmp_path_factory.mktemp("owasp")
    ids = itertools.count(1)
    made = create_app(
        Settings(
            database_url=f"sqlite:///{folder}/nba.sqlite",
            registry=published,
            journal=folder / "journal",
            rate_address_per_minute=0,
            key_cache_seconds=0,
        ),
        clock=lambda: NOW,
        id_maker=lambda: f"owasp-{next(ids)}",
        poll=False,
    )
    made.extensions["nba"].store.plain.migrate()
    yield made
    made.extensions["nba"].store.close()


@dataclass(frozen=True)
class Shown:
    """One kind of caller: what it sends, and the scopes that it has."""

    headers: dict[str, str]
    scopes: frozenset[Scope] = frozenset()
    page: bool = False


@pytest.fixture(scope="module")
def callers(app: flask.Flask) -> dict[str, Shown]:
    table = app.extensions["nba"].store.plain.keys
    issuer = KeyIssuer(table, lambda: NOW)
    early = KeyIssuer(table, lambda: NOW - timedelta(days=9))
    page: dict[str, Any] = {"publishable": True, "origins": [SITE], "placements": ["banner"]}

    def bearer(token: str, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}", **more}

    revoked, revoked_token = issuer.create("revoked", scopes=GRANTABLE)
    issuer.revoke(revoked.key_id)
    _, expired = early.create("expired", scopes=GRANTABLE, expires_at=NOW - timedelta(days=1))
    _, page_token = issuer.create("page", **page)
    made = {
        "none": Shown({}),
        "wrong": Shown(bearer(make_token(KeyKind.SECRET))),
        "garbled": Shown(bearer("nbask_garbled")),
        "revoked": Shown(bearer(revoked_token)),
        "expired": Shown(bearer(expired)),
        "page": Shown(bearer(page_token, Origin=SITE), page=True),
        "page elsewhere": Shown(bearer(page_token, Origin=EVIL)),
        "page without origin": Shown(bearer(page_token)),
    }
    for scope in GRANTABLE:
        _, token = issuer.create(str(scope), scopes=[scope])
        made[str(scope)] = Shown(bearer(token), frozenset({scope}))
    return made


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def everything(app: flask.Flask) -> Iterator[dict[str, str]]:
    """The headers of a key with every scope."""
    issuer = KeyIssuer(app.extensions["nba"].store.plain.keys, lambda: NOW)
    key, token = issuer.create("everything", scopes=GRANTABLE)
    yield {"Authorization": f"Bearer {token}"}
    issuer.revoke(key.key_id)


def operations(app: flask.Flask) -> list[tuple[str, Scope]]:
    """``METHOD /path`` of the OpenAPI file, with the scope that the route names."""
    spec = app.test_client().get("/openapi.json").get_json()
    access, scopes = route_access(), {}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule)
        for method in rule.methods or ():
            scopes[f"{method} {path}"] = access[rule.endpoint].scope
    found = [
        f"{method.upper()} {path}"
        for path, methods in spec["paths"].items()
        for method in methods
        if method in ("get", "put", "post", "delete", "patch")
    ]
    return [(name, scopes[name]) for name in found]


def call(client: FlaskClient, name: str, headers: dict[str, str], body: Any = None) -> TestResponse:
    method, path = name.split(" ", 1)
    address = re.sub(r"\{[^}]*\}", "nobody-here", path)
    sent = {} if method == "GET" else {"json": BODIES.get(name, {}) if body is None else body}
    return client.open(address, method=method, headers=headers, **sent)


def code_of(answer: TestResponse) -> str | None:
    """Our code; tools whose errors have no place for it find it in a header."""
    if "X-Problem-Code" in answer.headers:
        return answer.headers["X-Problem-Code"]
    found = answer.get_json(silent=True)
    return found.get("code") if isinstance(found, dict) else None


class TestObjectLevelAuthorization:
    """API1: an id that is not known, or not a caller's to see, gives 404 and no hint."""

    @pytest.mark.parametrize(
        "path",
        [
            "/v1/decisions/d-foreign",
            "/v1/decisions/d-foreign/explanation",
            "/v1/decisions/d-foreign/replay",
            "/v1/customers/c-foreign",
            "/v1/customers/..%2F..%2Fetc%2Fpasswd",
            "/v1/decisions/%00",
        ],
    )
    def test_foreign_ids_are_not_found(
        self, client: FlaskClient, everything: dict[str, str], path: str
    ) -> None:
        assert client.get(path, headers=everything).status_code == 404

    def test_erasing_somebody_unknown_tells_nothing(
        self, client: FlaskClient, everything: dict[str, str]
    ) -> None:
        client.put("/v1/customers/c-known", json={}, headers=everything)
        known, unknown = (
            client.delete(f"/v1/customers/{c}", headers=everything) for c in ("c-known", "c-no")
        )

        assert (known.status_code, known.data) == (unknown.status_code, unknown.data) == (204, b"")

    def test_a_page_reads_no_customer_and_no_decision(
        self, client: FlaskClient, callers: dict[str, Shown]
    ) -> None:
        for path in ("/v1/customers/c-1", "/v1/decisions/d-1"):
            assert client.get(path, headers=callers["page"].headers).status_code == 403


class TestAuthentication:
    """API2 and API5: every route of the OpenAPI file, every kind of key; exactly the allowed pass."""

    def test_every_route_and_every_key(self, app: flask.Flask, callers: dict[str, Shown]) -> None:
        client, wrong, walked = app.test_client(), [], 0
        for name, scope in operations(app):
            for kind, caller in callers.items():
                answer = call(client, name, caller.headers)
                passed = code_of(answer) not in GUARD
                allowed = (
                    scope is Scope.PUBLIC or scope in caller.scopes or (caller.page and name in FOR_PAGES)
                )
                walked += 1
                if passed != allowed or (not allowed and answer.status_code not in (401, 403)):
                    wrong.append(f"{name} with {kind}: {answer.status_code} {code_of(answer)}")

        assert wrong == []
        assert walked >= 12 * 15

    def test_only_what_is_named_here_needs_no_key(self, app: flask.Flask) -> None:
        public = {name.split(" ")[1] for name, scope in operations(app) if scope is Scope.PUBLIC}

        assert {path for path in public if not PUBLIC.fullmatch(path)} == set()

    def test_a_wrong_key_is_not_told_from_a_revoked_one(
        self, client: FlaskClient, callers: dict[str, Shown]
    ) -> None:
        def said(kind: str) -> dict[str, Any]:
            answer = call(client, "POST /v1/decisions", callers[kind].headers).get_json()
            return {name: value for name, value in answer.items() if name != "instance"}

        assert said("wrong") == said("revoked") == said("expired") == said("garbled")

    def test_a_key_is_never_in_an_answer(self, client: FlaskClient, everything: dict[str, str]) -> None:
        token = everything["Authorization"].removeprefix("Bearer ")
        for path in ("/v1/bundles", "/v1/customers/c-no", f"/{token}", "/readyz"):
            answer = client.get(path, headers=everything)
            assert token not in answer.text + str(answer.headers), path


class TestObjectPropertyLevelAuthorization:
    """API3: what is not in the schema is refused, and answers hold what their schema says."""

    @pytest.mark.parametrize("name", list(BODIES))
    @pytest.mark.parametrize(
        "field", ["is_admin", "arm", "bundle_id", "action_probability", "__proto__", "scopes"]
    )
    def test_unknown_fields_are_refused(
        self, client: FlaskClient, everything: dict[str, str], name: str, field: str
    ) -> None:
        answer = call(client, name, everything, {**BODIES[name], field: 1})

        assert (answer.status_code, code_of(answer)) == (422, "UNKNOWN_FIELD")

    def test_a_profile_cannot_set_what_is_ours(self, client: FlaskClient, everything: dict[str, str]) -> None:
        for field in ("customer_id", "updated_at", "phase", "interactions"):
            answer = client.put("/v1/customers/c-1", json={field: "x"}, headers=everything)
            assert code_of(answer) == "UNKNOWN_FIELD", field

    def test_a_page_gets_no_explanation(self, client: FlaskClient, callers: dict[str, Shown]) -> None:
        body = {**BODIES["POST /v1/decisions"], "explain": True}
        answer = call(client, "POST /v1/decisions", callers["page"].headers, body)

        assert code_of(answer) == "PLACEMENT_REFUSED"


def nested(depth: int) -> Any:
    return {"a": nested(depth - 1)} if depth else 1


class TestResourceConsumption:
    """API4: everything that a caller sends has a bound. Rate limits: ``access/test_rates.py``."""

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"customer_id": "c" * 201}, 422),
            ({"customer_id": "c", "limit": 10**9}, 422),
            ({"customer_id": "c", "interactions": [{}] * 501}, 422),
            ({"customer_id": "c", "exclude": ["a"] * 101}, 422),
            ({"customer_id": "c", "channels": ["a"] * 21}, 422),
            ({"customer_id": "c", "context": {f"k{n}": 1 for n in range(51)}}, 422),
            ({"customer_id": "c", "context": {"k": "x" * 1_001}}, 422),
            ({"customer_id": "c", "context": {"k": 1e300}}, 422),
            ({"customer_id": "c", "profile": {"attributes": {f"a{n}": 1 for n in range(201)}}}, 422),
            ({"customer_id": "c", "context": nested(30)}, 400),
        ],
    )
    def test_bounds_of_a_decision(
        self, client: FlaskClient, everything: dict[str, str], body: Any, status: int
    ) -> None:
        assert call(client, "POST /v1/decisions", everything, body).status_code == status

    @pytest.mark.parametrize("name", list(BODIES))
    def test_a_large_body_is_refused_everywhere(
        self, client: FlaskClient, everything: dict[str, str], name: str
    ) -> None:
        answer = call(client, name, everything, {"padding": "x" * 1_100_000})

        assert (answer.status_code, code_of(answer)) == (413, "BODY_TOO_LARGE")

    @pytest.mark.parametrize(
        ("name", "field"),
        [
            ("POST /v1/decisions/batch", "decisions"),
            ("POST /v1/interactions", "interactions"),
            ("POST /v1/outcomes", "outcomes"),
        ],
    )
    def test_batches_are_bounded(
        self, client: FlaskClient, everything: dict[str, str], name: str, field: str
    ) -> None:
        assert call(client, name, everything, {field: [{}] * 1_001}).status_code == 422

    def test_a_huge_number_is_no_crash(self, client: FlaskClient, everything: dict[str, str]) -> None:
        text = '{"customer_id": "c", "limit": ' + "9" * 5_000 + "}"
        answer = client.post("/v1/decisions", data=text, headers=everything, content_type="application/json")

        assert answer.status_code in (400, 422)


class TestBusinessFlows:
    """API6: asking more often gets nobody contacted more often."""

    def test_contact_limits_hold_whoever_asks(self, client: FlaskClient, everything: dict[str, str]) -> None:
        body = {
            "customer_id": "c-flood",
            "channels": ["email"],
            "profile": {"consent": {"email": True, "personalization": True}},
        }
        answers = [call(client, "POST /v1/decisions", everything, body).get_json() for _ in range(6)]

        mails = sum(answer["actions"][0]["channel"] == "email" for answer in answers)
        assert mails <= 2  # the journey file's limit: two in seven days


class TestServerSideRequests:
    """API7: nothing that a caller sends makes the service open a connection or redirect."""

    def test_no_address_is_visited(self, client: FlaskClient, everything: dict[str, str]) -> None:
        with socket.socket() as trap:
            trap.bind(("127.0.0.1", 0))
            trap.listen()
            trap.settimeout(0.2)
            url = f"http://127.0.0.1:{trap.getsockname()[1]}/"
            profile = {"attributes": {"first_name": url, "segment": "new"}, "locale": "en"}
            client.put("/v1/customers/c-url", json=profile, headers=everything)
            sent = {
                "customer_id": "c-url",
                "profile": {"attributes": {"first_name": url}, "consent": {"personalization": True}},
                "context": {"url": url, "referrer": url},
                "interactions": [
                    {"touchpoint": url[:50], "occurred_at": "2026-11-20T11:00:00Z", "properties": {"u": url}}
                ],
            }
            call(client, "POST /v1/decisions", everything, sent)
            with pytest.raises(TimeoutError):
                trap.accept()

    def test_no_redirect_to_a_callers_address(self, app: flask.Flask, everything: dict[str, str]) -> None:
        headers = {**everything, "Host": "evil.example", "X-Forwarded-Host": "evil.example", "Referer": EVIL}
        client = app.test_client()
        for name, _ in operations(app):
            method, path = name.split(" ", 1)
            address = re.sub(r"\{[^}]*\}", "nobody-here", path) + f"?next={EVIL}&url={EVIL}&redirect={EVIL}"
            answer = client.open(address, method=method, headers=headers)
            assert "evil" not in answer.headers.get("Location", ""), name


class TestConfiguration:
    """API8: safe headers on every answer, no stack traces, no permission for strangers' pages."""

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/healthz"),
            ("GET", "/docs"),
            ("GET", "/nowhere"),
            ("POST", "/v1/decisions"),
            ("GET", "/v1/customers/c-1"),
            ("TRACE", "/v1/decisions"),
            ("OPTIONS", "/v1/decisions"),
        ],
    )
    def test_every_answer_has_safe_headers(self, client: FlaskClient, method: str, path: str) -> None:
        answer = client.open(path, method=method, headers={"Origin": EVIL})

        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Set-Cookie" not in answer.headers

    def test_a_failure_tells_nothing_about_us(
        self, make_app: Callable[..., flask.Flask], settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = make_app(settings)
        decisions = app.extensions["nba"].decisions
        monkeypatch.setattr(type(decisions), "decide", lambda *_, **__: {}["password-in-a-local"])

        answer = app.test_client().post("/v1/decisions", json={"customer_id": "c"})

        assert answer.status_code == 500
        for word in ("Traceback", "KeyError", "password", ".py", "nba_service"):
            assert word not in answer.text

    def test_methods_that_a_route_does_not_have_are_refused(self, client: FlaskClient) -> None:
        for method in ("TRACE", "PATCH", "DELETE", "CONNECT"):
            assert client.open("/v1/decisions", method=method).status_code == 405


class TestInventory:
    """API9: what is served is documented, and nothing else is."""

    def test_every_route_is_in_the_openapi_file(self, app: flask.Flask, client: FlaskClient) -> None:
        served = {re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
        spec = client.get("/openapi.json").get_json()

        pages = {path for path in served if path.startswith("/console")}  # for people; tests of their own
        assert served - set(spec["paths"]) - pages == {"/openapi.json", "/docs", "/docs/{name}"}

    def test_there_are_no_debug_routes(self, client: FlaskClient) -> None:
        for path in (
            "/console/shell",
            "/debug",
            "/admin",
            "/static/x",
            "/.env",
            "/.git/config",
            "/server-status",
        ):
            assert client.get(path).status_code == 404, path


class TestConsumption:
    """API10: what others say is data: no template, no markup and no rule of theirs runs."""

    def test_texts_of_callers_are_not_run(self, client: FlaskClient, everything: dict[str, str]) -> None:
        seen = []
        for name in (
            "{{ 6 | times: 7 }}",
            "{% assign x = 1 %}",
            "<script>alert(1)</script>",
            "{{ customer }}",
        ):
            body = {
                "customer_id": "c-template",
                "channels": ["email", "web"],
                "profile": {
                    "attributes": {"first_name": name},
                    "consent": {"email": True, "personalization": True},
                },
                "limit": 3,
            }
            answer = call(client, "POST /v1/decisions", everything, body)
            assert answer.status_code == 200
            content = json.dumps([action["content"] for action in answer.get_json()["actions"]])
            seen.append(content)
            assert "<script" not in content
            assert "Hello 42" not in content
        assert any("{{" in content or "&lt;script" in content for content in seen), "a name was shown at all"

    def test_a_decision_takes_no_rule(self, client: FlaskClient, everything: dict[str, str]) -> None:
        for field in ("rules", "policies", "template", "when_rule"):
            body = {"customer_id": "c", field: "true"}
            assert code_of(call(client, "POST /v1/decisions", everything, body)) == "UNKNOWN_FIELD"

    def test_a_rule_of_a_what_if_changes_nothing_that_is_served(
        self, client: FlaskClient, everything: dict[str, str]
    ) -> None:
        """Hypothetical rules (scope read) run in CEL, without loops, files or network, and are gone after."""
        policy = {"code": "NOBODY", "tier": "eligibility", "when": "false"}
        asked = {"customer_id": "c-rule", "changes": {"rules": {"put": [policy]}}}
        assert call(client, "POST /v1/explanations", everything, asked).status_code == 200

        explained = call(client, "POST /v1/decisions", everything, {"customer_id": "c-rule", "explain": True})
        assert "NOBODY" not in explained.text


class TestWithoutAuthentication:
    """The setting that opens everything says so and is for this machine only: ``test_safety.py``."""

    def test_it_is_off_only_when_said(self) -> None:
        assert Settings().authentication is Authentication.REQUIRED

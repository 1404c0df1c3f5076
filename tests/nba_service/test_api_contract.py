"""schemathesis over the whole OpenAPI file: whatever is sent, only documented answers come, and none is 5xx.

Every operation, on SQLite and on PostgreSQL, with well-formed and with malformed requests, with a key that
may do everything and without one. Few examples, always the same; more of them: ``NBA_TEST_EXAMPLES=200``.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import flask
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from nba_service.access.issuing import KeyIssuer
from nba_service.app import create_app
from nba_service.keys.key import GRANTABLE
from nba_service.settings import Settings
from tests.conftest import postgres_schema

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EXAMPLES: Final = int(os.environ.get("NBA_TEST_EXAMPLES", "4"))
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
load_all_checks()


def operations() -> list[Any]:
    """Every operation of the file, as it is served with default settings."""
    app = create_app(Settings(), poll=False)
    spec = app.test_client().get("/openapi.json").get_json()
    schema = schemathesis.openapi.from_dict(spec)
    return [
        pytest.param(f"{op.method.upper()} {op.path}", id=f"{op.method.upper()} {op.path}")
        for op in (result.ok() for result in schema.get_all_operations())
    ]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def app(
    request: pytest.FixtureRequest, published: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[flask.Flask]:
    """A service on each database; nothing that is sent may pass for a database that cannot answer."""
    folder = tmp_path_factory.mktemp("contract")
    if request.param == "sqlite":
        yield from service(f"sqlite:///{folder}/nba.sqlite", published, folder)
        return
    with postgres_schema(request.getfixturevalue("postgres_url")) as url:
        yield from service(url, published, folder)


def service(database_url: str, published: Path, folder: Path) -> Iterator[flask.Flask]:
    ids = itertools.count(1)
    app = create_app(
        Settings(
            database_url=database_url,
            registry=published,
            journal=folder / "journal",
            rate_address_per_minute=0,
            rate_key_per_minute=0,
        ),
        clock=lambda: NOW,
        id_maker=lambda: f"contract-{next(ids)}",
        poll=False,
    )
    store = app.extensions["nba"].store
    store.plain.migrate()
    yield app
    openings = store.breaker.openings
    store.close()
    assert not openings, f"the breaker opened {openings} times over what was sent"


@pytest.fixture(scope="module")
def schema(app: flask.Flask) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", app)


@pytest.fixture(scope="module")
def key(app: flask.Flask) -> dict[str, str]:
    issuer = KeyIssuer(app.extensions["nba"].store.plain.keys, lambda: NOW)
    _, token = issuer.create("contract", scopes=GRANTABLE)
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize("name", operations())
def test_only_documented_answers_come(schema: Any, key: dict[str, str], name: str, mode: str) -> None:
    method, path = name.split(" ", 1)
    operation = schema[path][method]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
    def run(case: Any) -> None:
        for headers in (key, {}):
            answer = case.call(headers=headers)
            case.validate_response(answer, checks=CHECKS)
            if answer.status_code >= 400:
                own = "x-problem-code" in answer.headers  # as the tool has it whose client calls here
                expected = "application/json" if own else "application/problem+json"
                assert answer.headers["content-type"] == [expected]
            if not headers and "security" in operation.definition.raw:
                assert answer.status_code in (401, 404, 405), answer.status_code

    try:
        run()
    except BaseException as error:
        if type(error).__name__ in ("Unsatisfiable", "SkipTest", "Skipped"):
            pytest.skip(f"there is no {mode} request for {name}")
        raise


def test_a_status_that_is_not_documented_fails(app: flask.Flask, key: dict[str, str]) -> None:
    """The test above can fail: no operation has a `default` that would take whatever comes."""
    spec = app.test_client().get("/openapi.json").get_json()
    told = spec["paths"]["/v1/decisions/{decision_id}"]["get"]["responses"]
    case = schemathesis.openapi.from_dict(spec)["/v1/decisions/{decision_id}"]["GET"].Case(
        path_parameters={"decision_id": "unknown"}
    )
    answer = (
        schemathesis.openapi.from_wsgi("/openapi.json", app)["/v1/decisions/{decision_id}"]["GET"]
        .Case(path_parameters={"decision_id": "unknown"})
        .call(headers=key)
    )
    case.validate_response(answer, checks=CHECKS)

    del told["404"]
    lacking = schemathesis.openapi.from_dict(spec)["/v1/decisions/{decision_id}"]["GET"].Case(
        path_parameters={"decision_id": "unknown"}
    )
    with pytest.raises(BaseExceptionGroup, match="Undocumented") as caught:
        lacking.validate_response(answer, checks=CHECKS)
    assert "404" in str(caught.value.exceptions[0])

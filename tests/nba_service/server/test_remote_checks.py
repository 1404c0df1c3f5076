"""A running service is asked from outside, as its callers meet it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import flask
import pytest
from werkzeug.serving import make_server

from nba_service.access.issuing import KeyIssuer
from nba_service.keys.scopes import Scope
from nba_service.server.remote_checks import remote_checks
from nba_service.settings import Authentication, Settings
from tests.nba_service.conftest import NOW

Served = tuple[str, flask.Flask]


@pytest.fixture
def served(make_app: Callable[..., flask.Flask], settings: Settings) -> Iterator[Served]:
    app = make_app(replace(settings, authentication=Authentication.REQUIRED, key_cache_seconds=0))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", app
    server.shutdown()
    thread.join()


def test_without_a_key_it_says_whether_and_not_what(served: Served) -> None:
    url, _ = served

    checks = {check.name: check for check in remote_checks(f"{url}/", None)}

    assert [check.problem for check in checks.values()] == [None] * 3
    assert "NBA_API_KEY" in checks["details"].found


def test_with_a_key_it_says_which_bundle_and_what_waits(served: Served) -> None:
    url, app = served
    store = app.extensions["nba"].store.plain
    _, key = KeyIssuer(store.keys, lambda: NOW).create("ops", scopes=[Scope.READ])

    checks = {check.name: check.found for check in remote_checks(url, key)}

    assert checks["bundle"] == "b-1"
    assert checks["journal"] == "0 records wait, 0 refused"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:1", "does not answer"),
        ("ftp://example.org", "begins with http:// or https://"),
        ("{url}/elsewhere", "answered 404"),
    ],
)
def test_what_is_no_service_is_said_with_what_to_look_at(served: Served, address: str, said: str) -> None:
    (check,) = remote_checks(address.replace("{url}", served[0]), None)

    assert check.problem is not None
    assert said in str(check.problem)

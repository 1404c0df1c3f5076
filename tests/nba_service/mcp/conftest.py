"""A service that answers, and an assistant's client that asks it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import flask
import pytest
from werkzeug.serving import make_server as make_wsgi_server

from nba_service.access.issuing import KeyIssuer
from nba_service.settings import Authentication, Settings
from tests.nba_service.conftest import NOW

pytest.importorskip("mcp", reason="needs the extra mcp")


@pytest.fixture
def app(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> flask.Flask:
    return make_app(replace(playbook_settings, authentication=Authentication.REQUIRED, key_cache_seconds=0))


@pytest.fixture
def url(app: flask.Flask) -> Iterator[str]:
    server = make_wsgi_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def key(app: flask.Flask) -> Callable[..., str]:
    issuer = KeyIssuer(app.extensions["nba"].store.plain.keys, lambda: NOW)
    return lambda *scopes: issuer.create("-".join(scopes), scopes=scopes)[1]

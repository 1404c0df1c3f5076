"""A service that really listens, with keys, for client packages as they are."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import flask
import pytest
from werkzeug.serving import make_server

from nba_service.access.issuing import KeyIssuer
from nba_service.keys.scopes import Scope
from nba_service.services import Services
from nba_service.settings import Authentication, Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Listening:
    """A running service: its address, a key for everything, and its parts."""

    url: str
    key: str
    app: flask.Flask
    issuer: KeyIssuer

    @property
    def parts(self) -> Services:
        found: Services = self.app.extensions["nba"]
        return found


@pytest.fixture
def listening(make_app: Callable[..., flask.Flask], settings: Settings) -> Iterator[Listening]:
    app = make_app(replace(settings, authentication=Authentication.REQUIRED, key_cache_seconds=0))
    issuer = KeyIssuer(app.extensions["nba"].store.plain.keys, lambda: NOW)
    _, key = issuer.create("client", scopes=[Scope.DECIDE, Scope.TRACK, Scope.READ])
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Listening(f"http://127.0.0.1:{server.port}", key, app, issuer)
    server.shutdown()
    thread.join()
    server.server_close()

"""A service of the car maker, by its playbook, with a clock that tests may move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.services import Services, services_of
from nba_service.settings import Settings
from tests.configured_journey import CAR_JOURNEY
from tests.set_clock import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def app(make_app: Callable[..., flask.Flask], playbook_settings: Settings, clock: SetClock) -> flask.Flask:
    path = Path(str(playbook_settings.journey))
    path.write_text(CAR_JOURNEY)
    return make_app(replace(playbook_settings, journey=path), clock=clock)


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def service(app: flask.Flask) -> Services:
    return services_of(app)

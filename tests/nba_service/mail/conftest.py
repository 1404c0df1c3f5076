"""A service for mails: the tiny journey's playbook, links on, and a clock that can be moved."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.settings import Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRET = "first-" + "s" * 32
PUBLIC = "https://nba.tiny.example"
MAIL = """mail:
  links: [tiny.example]
  defaults:
    email: {en: {title: News, body: See what is new., click_url: "https://tiny.example/en"}}
"""


def linked(journey_text: str) -> str:
    """The journey with a link in the teaser, and mails that may lead to its host."""
    with_link = 'body: Have a look., click_url: "https://tiny.example/look?a=1"}'
    return journey_text.replace("body: Have a look.}", with_link) + MAIL


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(playbook_settings: Settings, tiny_journey_text: str) -> Settings:
    path = playbook_settings.journey
    assert isinstance(path, Path)
    path.write_text(linked(tiny_journey_text))
    return replace(playbook_settings, public_url=PUBLIC, mail_secret=(SECRET,))


@pytest.fixture
def client(make_app: Callable[..., flask.Flask], settings: Settings, clock: Clock) -> FlaskClient:
    return make_app(settings, clock=clock).test_client()


PERSON = {"User-Agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15"}


def damage(settings: Settings, decision_id: str) -> None:
    """The stored answer is cut, as a failing disk leaves it."""
    path = settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database, database:
        done = database.execute("UPDATE decisions SET answer = '{' WHERE decision_id = ?", (decision_id,))
        assert done.rowcount == 1

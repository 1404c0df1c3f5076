"""Sessions: only a key with the scope opens one, and it ends with its time or its key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nba_service.access.issuing import KeyIssuer
from nba_service.access.key_ring import KeyRing
from nba_service.access.rates import Rates
from nba_service.console.sessions import SIGN_INS_PER_MINUTE, Sessions
from nba_service.errors import Problem
from nba_service.keys.scopes import Scope
from nba_service.services import Services

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Door:
    """Sessions over a real table of keys, with a clock that can be moved."""

    def __init__(self, parts: Services) -> None:
        self.now = NOW
        self.issuer = KeyIssuer(parts.store.plain.keys, lambda: self.now)
        ring = KeyRing(
            parts.store.plain.keys, max_age_seconds=0, now_ms=lambda: int(self.now.timestamp() * 1000)
        )
        self.sessions = Sessions(secret=None, hours=8, ring=ring, rates=Rates(None), clock=lambda: self.now)

    def key(self, *scopes: Scope) -> str:
        return self.issuer.create("anna", scopes=scopes)[1]


@pytest.fixture
def door(parts: Services) -> Door:
    return Door(parts)


def test_there_is_a_console_only_if_a_live_key_has_the_scope(door: Door) -> None:
    door.key(Scope.READ, Scope.ADMIN)
    assert not door.sessions.exist()

    door.key(Scope.CONSOLE)
    assert door.sessions.exist()


def test_a_session_knows_its_key_and_ends_after_its_hours(door: Door) -> None:
    cookie = door.sessions.sign_in(door.key(Scope.CONSOLE, Scope.READ), "::1")
    session = door.sessions.find(cookie)

    assert session is not None
    assert session.may(Scope.READ)
    assert not session.may(Scope.ADMIN)
    with pytest.raises(Problem, match="scope admin"):
        session.require(Scope.ADMIN)
    door.now += timedelta(hours=8)
    assert door.sessions.find(cookie) is None


def test_a_revoked_key_ends_its_sessions(door: Door) -> None:
    cookie = door.sessions.sign_in(door.key(Scope.CONSOLE), "::1")
    door.issuer.revoke("anna")

    assert door.sessions.find(cookie) is None


@pytest.mark.parametrize("cookie", ["", "x", "W10.bad", "a.b.c"])
def test_a_cookie_that_was_not_signed_here_is_none(door: Door, cookie: str) -> None:
    assert door.sessions.find(cookie) is None


def test_a_key_without_the_scope_or_none_at_all_is_refused(door: Door) -> None:
    with pytest.raises(Problem, match="scope console"):
        door.sessions.sign_in(door.key(Scope.READ), "::1")
    with pytest.raises(Problem, match="nbask_"):
        door.sessions.sign_in("nbask_guess", "::1")


def test_guessing_is_limited_by_address(door: Door) -> None:
    for _ in range(SIGN_INS_PER_MINUTE):
        with pytest.raises(Problem, match="nbask_"):
            door.sessions.sign_in("guess", "::1")
    with pytest.raises(Problem, match="sign-ins a minute"):
        door.sessions.sign_in("guess", "::1")


def test_a_form_needs_the_token_of_its_own_session(door: Door) -> None:
    key = door.key(Scope.CONSOLE)
    one, other = (door.sessions.find(door.sessions.sign_in(key, "::1")) for _ in range(2))
    assert one is not None
    assert other is not None

    door.sessions.check_form(one, one.form)
    with pytest.raises(Problem, match="another"):
        door.sessions.check_form(one, other.form)

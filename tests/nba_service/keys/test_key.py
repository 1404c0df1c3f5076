"""A key is live until it is revoked or its time is over."""

from __future__ import annotations

import pytest

from nba_service.keys.key import EVERYTHING, GRANTABLE, Key
from nba_service.keys.scopes import Scope
from nba_service.keys.tokens import KeyKind


def key(**more: object) -> Key:
    return Key(key_id="k", name="n", kind=KeyKind.SECRET, scopes=frozenset(), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "now", "live"),
    [
        ({}, 10**15, True),
        ({"expires_at": 1_000}, 999, True),
        ({"expires_at": 1_000}, 1_000, False),
        ({"revoked_at": 1_000}, 2_000, False),
        ({"revoked_at": 1_000}, 0, False),
        ({"revoked_at": 0, "expires_at": 1_000}, 1, False),
    ],
)
def test_a_key_ends_at_its_time_or_when_it_is_revoked(fields: dict[str, int], now: int, live: bool) -> None:
    assert key(**fields).is_live(now) is live


def test_only_publishable_keys_are_publishable() -> None:
    assert not key().publishable
    assert Key(key_id="k", name="n", kind=KeyKind.PUBLISHABLE, scopes=frozenset()).publishable


def test_without_authentication_everything_is_allowed_for_ever() -> None:
    assert EVERYTHING.scopes == set(Scope) - {Scope.PUBLIC} == set(GRANTABLE)
    assert EVERYTHING.is_live(10**15)
    assert not EVERYTHING.publishable

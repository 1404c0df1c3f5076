"""A key as it is stored and as the guard knows it.

What it may do, for whom, and until when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nba_service.keys.scopes import Scope
from nba_service.keys.tokens import KeyKind

GRANTABLE: Final = (Scope.DECIDE, Scope.TRACK, Scope.READ, Scope.RULES, Scope.ADMIN, Scope.CONSOLE)
"""The scopes that a key can have; no scope contains another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One API key without its text.

    Times in milliseconds since 1970 UTC; None: never.
    """

    key_id: str
    name: str
    kind: KeyKind
    scopes: frozenset[Scope]
    origins: tuple[str, ...] = ()  # of a publishable key: where pages may call from
    placements: tuple[str, ...] = ()  # of a publishable key: what it may ask for
    created_at: int = 0
    expires_at: int | None = None
    revoked_at: int | None = None
    last_used_at: int | None = None

    @property
    def publishable(self) -> bool:
        return self.kind is KeyKind.PUBLISHABLE

    def is_live(self, now: int) -> bool:
        """Neither revoked nor expired at ``now`` (ms)."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


EVERYTHING: Final = Key(
    key_id="none", name="authentication is off", kind=KeyKind.SECRET, scopes=frozenset(GRANTABLE)
)
"""Who calls where ``NBA_AUTHENTICATION`` is off."""

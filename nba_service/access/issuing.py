"""Keys are made, listed and revoked here.

Their text exists only in what ``create`` returns. Two keys of a name may live at a time: put the new one
everywhere, then revoke the old.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final

from models.domain.history import to_ms
from models.errors import NBAError
from nba_service.keys.key import Key
from nba_service.keys.scopes import Scope
from nba_service.keys.tokens import KeyKind, make_token, token_hash
from nba_service.store.records.api_keys import KeyTable

MOST_LIVE: Final = 2
_NAME: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)
_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::\d{1,5})?")


class KeyRefusedError(NBAError):
    """A key cannot be made or revoked as asked."""

    code = "KEY_REFUSED"


class KeyIssuer:
    """Makes and revokes the keys of one store."""

    def __init__(
        self, table: KeyTable, clock: Callable[[], datetime], make: Callable[[KeyKind], str] = make_token
    ) -> None:
        self._table = table
        self._clock = clock
        self._make = make

    def create(
        self,
        name: str,
        *,
        scopes: Collection[Scope] = (),
        origins: Collection[str] = (),
        placements: Collection[str] = (),
        publishable: bool = False,
        expires_at: datetime | None = None,
        rotate: bool = False,
    ) -> tuple[Key, str]:
        """A new key and its text, which is not kept.

        Args:
            publishable: for pages; it needs origins and placements and takes no scopes.
            rotate: revoke the oldest live key of the name if there are two.

        Raises:
            KeyRefusedError: arguments that do not fit, or two live keys of the name.
        """
        now = self._clock()
        origins = [_origin(text) for text in origins]
        _check(name, scopes, origins, placements, publishable, expires_at, now)
        kind = KeyKind.PUBLISHABLE if publishable else KeyKind.SECRET
        token = self._make(kind)
        key_hash = token_hash(token)
        key = Key(
            key_id=f"key-{key_hash[:12]}",
            name=name,
            kind=kind,
            scopes=frozenset(scopes),
            origins=tuple(dict.fromkeys(origins)),
            placements=tuple(dict.fromkeys(placements)),
            created_at=to_ms(now),
            expires_at=None if expires_at is None else to_ms(expires_at),
        )
        live = self._table.add(key, key_hash, MOST_LIVE)
        if live and rotate:
            self._table.revoke([live_key.key_id for live_key in live[MOST_LIVE - 1 :]], key.created_at)
            live = self._table.add(key, key_hash, MOST_LIVE)
        if live:
            raise KeyRefusedError(
                f"Expected at most one live key with the name {name!r} before this one, got"
                f" {', '.join(one.key_id for one in live)}."
                f" Revoke one first (nba keys revoke {live[-1].key_id}), or say --rotate."
            )
        return key, token

    def all(self) -> tuple[Key, ...]:
        """Every key, the newest first."""
        return self._table.all()

    def revoke(self, which: str) -> tuple[Key, ...]:
        """Revoke a key by its id, or all live keys of a name; returns them.

        Raises:
            KeyRefusedError: there is no such key that is not revoked yet.
        """
        chosen = [
            key.key_id for key in self.all() if which in (key.key_id, key.name) and key.revoked_at is None
        ]
        revoked = self._table.revoke(chosen, to_ms(self._clock())) if chosen else ()
        if not revoked:
            raise KeyRefusedError(
                f"Expected the id or the name of a key that is not revoked, got {which[:80]!r}."
                " `nba keys list` shows them."
            )
        return revoked


def _origin(text: str) -> str:
    """An origin as browsers send it: lower case, without a slash at the end or the usual port."""
    origin = text.strip().lower().rstrip("/")
    if not _ORIGIN.fullmatch(origin):
        raise KeyRefusedError(
            f"Expected an origin such as https://www.example.com, got {text[:100]!r}."
            " Scheme, host and port only; no path, no wildcard."
        )
    usual = ":443" if origin.startswith("https") else ":80"
    return origin.removesuffix(usual)


def _check(
    name: str,
    scopes: Collection[Scope],
    origins: Collection[str],
    placements: Collection[str],
    publishable: bool,
    expires_at: datetime | None,
    now: datetime,
) -> None:
    problem = None
    if not _NAME.fullmatch(name):
        problem = f"a name of 1 to 64 letters, digits, '.', '_' or '-', got {name[:80]!r}"
    elif publishable and scopes:
        problem = "no --scope for a publishable key, which may decide and report outcomes"
    elif publishable and not (origins and placements):
        problem = "at least one --origin and one --placement for a publishable key"
    elif not publishable and (origins or placements):
        problem = "--origin and --placement only with --publishable"
    elif not publishable and not scopes:
        problem = "at least one --scope: decide, track, read, rules or admin"
    elif expires_at is not None and expires_at <= now:
        problem = f"an expiry after now, got {expires_at.isoformat()}"
    if problem:
        raise KeyRefusedError(f"Expected {problem}. See: nba keys create --help")

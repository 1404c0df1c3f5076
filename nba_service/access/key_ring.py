"""The keys that open something, as one process knows them.

A copy of the table, renewed every few seconds. All keys are read at once, so a store that is gone shuts
nobody out: the last copy stays. A key that is not in the copy has it renewed, so a new one works at once and
wrong ones cost the store one look a second at most. A revoked key works until the next copy,
``max_age_seconds`` later, or until the store answers again. Every request waits a moment for a renewal that
runs, and longer where the copy is much older than that, so that an idle process does not answer from a copy
of long ago. When a key was last used is written with the renewal.

Knows hashes, keys and the passing of time; knows nothing of requests.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from nba_service.errors import StoreError
from nba_service.keys.key import Key
from nba_service.keys.scopes import Scope
from nba_service.keys.tokens import token_hash, token_kind

log = structlog.get_logger(__name__)

_PATIENCE_SECONDS: Final = 0.1  # how long a request waits for a renewal before it takes the copy there is
_STALE_PATIENCE_SECONDS: Final = 1.0  # where the copy is much older than it should be
_LONG_PATIENCE_SECONDS: Final = 5.0  # where no copy may be old: max_age_seconds 0
_STALE_AGES: Final = 2.0
_NEW_KEY_SECONDS: Final = 1.0  # an unknown key has the copy renewed, but not more often than this
_NEW_KEY_PATIENCE_SECONDS: Final = 2.0  # for one request a second at most
_TOUCH_EVERY_MS: Final = 60_000


class Keys(Protocol):
    """The part of the store that the ring needs."""

    def unrevoked(self) -> Mapping[str, Key]: ...

    def touch(self, used: Mapping[str, int]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Copy:
    keys: Mapping[str, Key]
    origins: frozenset[str]
    made_at: float  # monotonic seconds


@dataclass(slots=True)
class _Renewal:
    thread: threading.Thread | None = None
    asked_at: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


class KeyRing:
    """Finds the key behind a token; safe for many threads.

    Args:
        now_ms: the present moment, milliseconds since 1970 UTC.
        monotonic: seconds that only grow; ages of copies are measured with it.
    """

    def __init__(
        self,
        keys: Keys,
        *,
        max_age_seconds: float,
        now_ms: Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = keys
        self._max_age = max_age_seconds
        self._patience = _PATIENCE_SECONDS if max_age_seconds else _LONG_PATIENCE_SECONDS
        self._now_ms = now_ms
        self._monotonic = monotonic
        self._copy: _Copy | None = None
        self._renewal = _Renewal()
        self._used: dict[str, int] = {}
        self._noted: dict[str, int] = {}

    def find(self, token: str) -> Key | None:
        """The live key with this text.

        Raises:
            StoreError: the store has not answered once since this process began.
        """
        if token_kind(token) is None:
            return None
        hashed, now = token_hash(token), self._now_ms()
        key = self._current().keys.get(hashed) or self._newer(hashed)
        if key is None or not key.is_live(now):
            return None
        self._used[key.key_id] = now
        return key

    def by_id(self, key_id: str) -> Key | None:
        """The live key with this id, of somebody who showed its text before; raises as ``find``."""
        now = self._now_ms()
        key = next((key for key in self._current().keys.values() if key.key_id == key_id), None)
        if key is None or not key.is_live(now):
            return None
        self._used[key.key_id] = now
        return key

    def any_with(self, scope: Scope) -> bool:
        """Whether there is a live key that may do this; raises as ``find``."""
        now = self._now_ms()
        return any(scope in key.scopes and key.is_live(now) for key in self._current().keys.values())

    def _newer(self, hashed: str) -> Key | None:
        """A key that was made since the last copy; guessing costs the store one look a second."""
        copy, now = self._copy, self._monotonic()
        if copy is None or now - max(copy.made_at, self._renewal.asked_at) < _NEW_KEY_SECONDS:
            return None
        self._renew(self._patience, _NEW_KEY_SECONDS, starter_patience=_NEW_KEY_PATIENCE_SECONDS)
        return (self._copy or copy).keys.get(hashed)

    def origins(self) -> frozenset[str]:
        """Where pages with a live publishable key may call from; empty while the store is unknown."""
        try:
            return self._current().origins
        except StoreError:
            return frozenset()

    def _current(self) -> _Copy:
        copy = self._copy
        if copy is None:
            return self._first()
        age = self._monotonic() - copy.made_at
        if age >= self._max_age:
            stale = age >= _STALE_AGES * self._max_age
            self._renew(max(self._patience, _STALE_PATIENCE_SECONDS) if stale else self._patience)
            copy = self._copy or copy
        return copy

    def _first(self) -> _Copy:
        with self._renewal.lock:
            if self._copy is None:
                self._copy = self._read()
            return self._copy

    def _renew(self, patience: float, pause: float | None = None, starter_patience: float = 0.0) -> None:
        """Read anew in a thread of its own, and wait for it: a store that hangs must not hold requests.

        Args:
            pause: seconds since the last renewal began before another does; None is the age of a copy.
            starter_patience: seconds that the request waits which begins the renewal; the others wait
                ``patience``.
        """
        renewal, now = self._renewal, self._monotonic()
        with renewal.lock:
            running = renewal.thread is not None and renewal.thread.is_alive()
            if not running:
                if now - renewal.asked_at < (self._max_age if pause is None else pause):
                    return
                renewal.asked_at = now
                renewal.thread = threading.Thread(target=self._try, name="nba-keys", daemon=True)
                renewal.thread.start()
            thread = renewal.thread
        if thread is not None:
            thread.join(patience if running else max(patience, starter_patience))

    def _try(self) -> None:
        try:
            self._copy = self._read()
            self._note_use()
        except StoreError as error:
            log.warning("keys_not_renewed", detail=str(error))

    def _read(self) -> _Copy:
        made_at, now = self._monotonic(), self._now_ms()
        keys = self._keys.unrevoked()
        origins = {origin for key in keys.values() if key.is_live(now) for origin in key.origins}
        return _Copy(keys=keys, origins=frozenset(origins), made_at=made_at)

    def _note_use(self) -> None:
        due = {
            key_id: at
            for key_id, at in list(self._used.items())
            if at - self._noted.get(key_id, 0) >= _TOUCH_EVERY_MS
        }
        if due:
            self._keys.touch(due)
            self._noted.update(due)

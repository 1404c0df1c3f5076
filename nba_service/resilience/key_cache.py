"""A copy of the API keys on the local disk.

For when the store is gone before this process has read them once. The copy has what the store has: hashes,
never keys. It is written whenever it changes, and read only by a process that starts while the store does not
answer. A key that was revoked since works until it does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, TypeVar

import orjson
import structlog

from nba_service.errors import StoreError
from nba_service.keys.key import Key
from nba_service.keys.scopes import Scope
from nba_service.keys.tokens import KeyKind
from nba_service.store.records.api_keys import KeyTable

Result = TypeVar("Result")

log = structlog.get_logger(__name__)


class Ask(Protocol):
    """Runs a call to the store for a bounded time."""

    def __call__(self, work: Callable[[], Result], /) -> Result: ...


class KeyCache:
    """The part of the store that a key ring needs.

    Args:
        ask: runs a call to the store for a bounded time.
        path: the copy.
    """

    def __init__(self, table: KeyTable, ask: Ask, path: Path) -> None:
        self._table = table
        self._ask = ask
        self._path = path
        self._written = b""

    def unrevoked(self) -> Mapping[str, Key]:
        """Hash → key, from the store or else from the copy.

        Raises:
            StoreError: neither can be read.
        """
        try:
            keys = self._ask(self._table.unrevoked)
        except StoreError:
            if self._written:
                raise  # the ring has newer ones than the copy
            return self._copied()
        self._copy(keys)
        return keys

    def touch(self, used: Mapping[str, int]) -> None:
        """Note when keys (by id) were last used."""
        self._ask(lambda: self._table.touch(used))

    def _copy(self, keys: Mapping[str, Key]) -> None:
        plain = {digest: {**asdict(key), "last_used_at": None} for digest, key in sorted(keys.items())}
        data = orjson.dumps(plain, default=sorted)
        if data == self._written:
            return
        with suppress(OSError):  # the store has them, and may go on having them
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = self._path.with_suffix(f".{os.getpid()}")
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            partial.replace(self._path)
        self._written = data

    def _copied(self) -> Mapping[str, Key]:
        try:
            stored = orjson.loads(self._path.read_bytes())
            keys = {digest: _key(plain) for digest, plain in stored.items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            raise StoreError("The API keys cannot be read: the store does not answer.") from None
        log.warning("keys_from_copy", keys=len(keys))
        return keys


def _key(plain: Mapping[str, Any]) -> Key:
    known = {
        "kind": KeyKind(plain["kind"]),
        "scopes": frozenset(Scope(scope) for scope in plain["scopes"]),
        "origins": tuple(plain["origins"]),
        "placements": tuple(plain["placements"]),
    }
    return Key(**{**plain, **known})

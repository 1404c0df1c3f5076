"""Requests that came with an ``Idempotency-Key``.

Claimed once, answered once, found again for a while. Knows rows and transactions; knows nothing of HTTP. A
claim is one insert, so of two requests at the same time, in whichever worker or replica, one wins.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.store.sql.dialect import Dialect
from nba_service.store.sql.sqlite_driver import COUNTED
from nba_service.store.sql.tables import requests, requests_about

Transaction = Callable[..., AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRequest:
    """A request that is there already. ``status`` None: not answered yet."""

    fingerprint: str
    claimed_at: int
    status: int | None
    content_type: str | None
    body: bytes


class RequestTable:
    """Claims and answers of one database; ``transaction(write=...)`` is the store's own."""

    def __init__(self, transaction: Transaction, dialect: Dialect) -> None:
        self._transaction = transaction
        self._insert = dialect.insert(requests).on_conflict_do_nothing(index_elements=["request_key"])
        self._insert_about = dialect.insert(requests_about).on_conflict_do_nothing()

    def claim(
        self,
        key: str,
        fingerprint: str,
        about: Collection[str],
        *,
        at: int,
        kept_since: int,
        stuck_since: int,
    ) -> KeptRequest | None:
        """Take the key for a request; None: it is ours to answer, else what is there.

        ``about``: the ids that the answer may name, for erasure. A row from before ``kept_since``, and one
        that was claimed before ``stuck_since`` and never answered, is as good as none.
        """
        row = {"request_key": key, "fingerprint": fingerprint, "claimed_at": at}
        over = sa.or_(
            requests.c.claimed_at < kept_since,
            sa.and_(requests.c.status.is_(None), requests.c.claimed_at < stuck_since),
        )
        with self._transaction(write=True) as connection:
            _forget(connection, sa.and_(requests.c.request_key == key, over))
            if connection.execute(self._insert, row, execution_options=COUNTED).rowcount:
                if about:
                    named = [{"about": subject, "request_key": key} for subject in sorted(about)]
                    connection.execute(self._insert_about, named)
                return None
            statement = sa.select(*_READ).where(requests.c.request_key == key)
            stored = connection.execute(statement).mappings().one()
        body = zlib.decompress(stored["body"]) if stored["body"] is not None else b""
        return KeptRequest(**{**stored, "body": body})

    def answer(self, key: str, claimed_at: int, status: int, content_type: str, body: bytes) -> None:
        """Keep the answer of a claimed request."""
        answered = {"status": status, "content_type": content_type, "body": zlib.compress(body, 1)}
        with self._transaction(write=True) as connection:
            connection.execute(sa.update(requests).where(_claimed(key, claimed_at)).values(**answered))

    def release(self, key: str, claimed_at: int) -> None:
        """Give a claimed key back: the request failed and may be tried again."""
        with self._transaction(write=True) as connection:
            _forget(connection, _claimed(key, claimed_at))

    def forget_before(self, moment: int) -> None:
        """Delete what was claimed before ``moment`` (ms)."""
        with self._transaction(write=True) as connection:
            _forget(connection, requests.c.claimed_at < moment)


def forget_about(connection: Connection, ids: Collection[str]) -> None:
    """Delete the kept requests that name any of these ids; part of erasing a person."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), 500):
        chunk = ordered[start : start + 500]
        named = sa.select(requests_about.c.request_key).where(requests_about.c.about.in_(chunk))
        _forget(connection, requests.c.request_key.in_(named))


_READ: Final = [column for column in requests.columns if column.name != "request_key"]


def _claimed(key: str, claimed_at: int) -> sa.ColumnElement[bool]:
    return sa.and_(requests.c.request_key == key, requests.c.claimed_at == claimed_at)


def _forget(connection: Connection, which: sa.ColumnElement[bool]) -> None:
    keys = connection.execute(sa.select(requests.c.request_key).where(which).limit(10_000)).scalars().all()
    for start in range(0, len(keys), 500):
        chunk = keys[start : start + 500]
        connection.execute(sa.delete(requests_about).where(requests_about.c.request_key.in_(chunk)))
        connection.execute(sa.delete(requests).where(requests.c.request_key.in_(chunk)))

"""What pages ask of the store that no request does.

Each costs a few rows of an index, however much is stored.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from nba_service.store.records.audit_log import Entry
from nba_service.store.sql.lookups import chunks
from nba_service.store.sql.sql_part import SqlPart
from nba_service.store.sql.tables import audit_log, customers, decisions, outcomes


@dataclass(frozen=True, slots=True)
class DecidedFor:
    """A decision and whose it is."""

    decision_id: str
    customer_id: str
    decided_at: int
    action: str
    channel: str | None


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A decision that somebody asked for.

    ``request``: JSON, None where only columns are kept.
    """

    customer_id: str
    decided_at: int
    channel: str | None
    request: str | None


class Overview(SqlPart):
    """Newest decisions, neighbours of a customer, newest entries of the audit log."""

    def newest_decisions(self, limit: int) -> Sequence[DecidedFor]:
        """The newest decisions of all customers, the newest first."""
        columns = [decisions.c[name] for name in DecidedFor.__slots__]
        statement = sa.select(*columns).order_by(decisions.c.decided_at.desc()).limit(limit)
        with self._transaction() as connection:
            return [DecidedFor(*row) for row in connection.execute(statement)]

    def asked_for(self, customer_ids: Sequence[str], since: int) -> Sequence[AskedFor]:
        """The decisions about some customers since a moment (ms), each customer's in the order of time."""
        columns = [decisions.c[name] for name in AskedFor.__slots__]
        found: list[AskedFor] = []
        with self._transaction() as connection:
            for chunk in chunks(customer_ids):
                these = decisions.c.customer_id.in_(chunk) & (decisions.c.decided_at >= since)
                statement = sa.select(*columns).where(these)
                statement = statement.order_by(decisions.c.customer_id, decisions.c.decided_at)
                found += [AskedFor(*row) for row in connection.execute(statement)]
        return found

    def neighbours(self, customer_id: str) -> tuple[str | None, str | None]:
        """The customers before and after an id, in the order of ids; None at an end."""
        key = customers.c.customer_id
        before = sa.select(key).where(key < customer_id).order_by(key.desc()).limit(1)
        after = sa.select(key).where(key > customer_id).order_by(key).limit(1)
        with self._transaction() as connection:
            return connection.execute(before).scalar(), connection.execute(after).scalar()

    def newest_moment(self) -> int | None:
        """When the newest decision was made, ms since 1970 UTC; None: there is none."""
        with self._transaction() as connection:
            return connection.execute(sa.select(sa.func.max(decisions.c.decided_at))).scalar()

    def newest_outcome(self) -> int | None:
        """When the newest outcome happened, ms since 1970 UTC; None: there is none. Reads all of them."""
        with self._transaction() as connection:
            return connection.execute(sa.select(sa.func.max(outcomes.c.occurred_at))).scalar()

    def audit_entries(self, limit: int, kinds: Collection[str] | None = None) -> Sequence[Entry]:
        """The newest entries of the audit log, the newest first; of some kinds or all."""
        statement = sa.select(audit_log).order_by(audit_log.c.seq.desc()).limit(limit)
        if kinds is not None:
            statement = statement.where(audit_log.c.kind.in_(sorted(kinds)))
        with self._transaction() as connection:
            return [Entry(**row) for row in connection.execute(statement).mappings()]

"""Outcomes of sources that know no decision.

They belong to the last one that was delivered. Such a row names a customer, an action and a channel. Its
decision is the one of theirs, on that channel, that was delivered last before it and whose window it falls
in. That is worked out from what is stored and from nothing else, so the order of arrival does not matter:
when the row arrives, and again (``settle``) before anybody learns from it. Every function runs inside the
caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.store.sql.queries import DELIVERED_AT
from nba_service.store.sql.tables import outcomes

NOBODY: Final = ""
"""The ``decision_id`` of an outcome for which there is no decision yet; no decision has it."""

PAGE: Final = 1_000

_FOUND: Final = f"""
SELECT d.decision_id FROM decisions d
WHERE d.customer_id = o.customer_id AND d.action = o.action AND d.channel = o.channel
  AND {DELIVERED_AT}
      BETWEEN o.occurred_at - o.window_ms AND o.occurred_at
ORDER BY {DELIVERED_AT} DESC, d.decision_id DESC
LIMIT 1"""  # noqa: S608 - constants

_COLUMNS: Final = f"""
SELECT o.outcome_id, o.customer_id, o.occurred_at, o.decision_id, COALESCE(({_FOUND}), '') AS found
FROM outcomes o"""  # noqa: S608 - constants

_OF_IDS: Final = sa.text(f"{_COLUMNS} WHERE o.customer_id IS NOT NULL AND o.outcome_id IN :ids").bindparams(
    sa.bindparam("ids", expanding=True)
)

_PAGE: Final = sa.text(f"""{_COLUMNS}
WHERE o.customer_id IS NOT NULL AND (o.customer_id, o.outcome_id) > (:customer, :outcome)
  AND o.occurred_at >= :since
ORDER BY o.customer_id, o.outcome_id LIMIT {PAGE}""")

_UPDATE: Final = (
    sa.update(outcomes)
    .where(outcomes.c.outcome_id == sa.bindparam("of"))
    .values(decision_id=sa.bindparam("found"))
)


def attribute(connection: Connection, ids: Sequence[str]) -> None:
    """Find the decisions of some outcomes."""
    if ids:
        apply(connection, connection.execute(_OF_IDS, {"ids": list(ids)}).mappings().all())


def page(connection: Connection, after: tuple[str, str], since: int) -> Sequence[sa.RowMapping]:
    """Outcomes without a decision of their own, with the one ``found`` for each, beyond ``after``."""
    parameters = {"customer": after[0], "outcome": after[1], "since": since}
    return connection.execute(_PAGE, parameters).mappings().all()


def changed(rows: Sequence[sa.RowMapping]) -> list[sa.RowMapping]:
    """The rows that belong to another decision than is stored."""
    return [row for row in rows if row["found"] != row["decision_id"]]


def apply(connection: Connection, rows: Sequence[sa.RowMapping]) -> None:
    """Store what was found."""
    moved = [{"of": row["outcome_id"], "found": row["found"]} for row in changed(rows)]
    if moved:
        connection.execute(_UPDATE, sorted(moved, key=lambda row: str(row["of"])))


def unattributed(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    """Those of ``ids`` that belong to no decision yet."""
    loose = outcomes.c.outcome_id.in_(list(ids)) & (outcomes.c.decision_id == NOBODY)
    return frozenset(connection.execute(sa.select(outcomes.c.outcome_id).where(loose)).scalars())

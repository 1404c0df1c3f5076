"""Consents: a ledger per person, begun with what the stored profiles say.

Profiles say when they were last told; imported ones do not, and count as older than everything. What events
took back is recorded when the service starts, since only the journey file says which events those are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_PAGE = 1_000
_customers = sa.table(
    "customers", sa.column("customer_id"), sa.column("consent"), sa.column("updated_at", sa.BigInteger)
)
_consents = sa.table("consents", sa.column("customer_id"), sa.column("ledger"))


def upgrade() -> None:
    made = op.create_table(
        "consents",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("ledger", sa.Text, nullable=False),
    )
    connection = op.get_bind()
    for page in _pages(connection, sa.select(_customers), _customers.c.customer_id):
        ledgers = [(row.customer_id, _ledger(row.consent, row.updated_at)) for row in page]
        rows = [{"customer_id": person, "ledger": json.dumps(ledger)} for person, ledger in ledgers if ledger]
        if rows:
            connection.execute(sa.insert(made), rows)


def downgrade() -> None:
    connection = op.get_bind()
    for page in _pages(connection, sa.select(_consents), _consents.c.customer_id):
        held = [{"person": row.customer_id, "held": json.dumps(_held(row.ledger))} for row in page]
        mine = sa.update(_customers).where(_customers.c.customer_id == sa.bindparam("person"))
        connection.execute(mine.values(consent=sa.bindparam("held")), held)
    op.drop_table("consents")


def _pages(
    connection: sa.Connection, statement: sa.Select[tuple[object, ...]], key: sa.ColumnClause[str]
) -> Iterator[Sequence[sa.Row[tuple[object, ...]]]]:
    after = ""
    while page := connection.execute(statement.where(key > after).order_by(key).limit(_PAGE)).all():
        yield page
        after = page[-1].customer_id


def _ledger(consent: str, at: int) -> dict[str, list[list[object] | None]]:
    told = _object(consent)
    statement: list[object] = [at, at, "profile"]
    return {flag: [statement, None] if given else [None, statement] for flag, given in told.items()}


def _held(ledger: str) -> dict[str, bool]:
    """What holds of a ledger; of one instant and arrival the refusal."""
    return {
        flag: refused is None or (granted is not None and _rank(granted) > _rank(refused))
        for flag, (granted, refused) in _object(ledger).items()
    }


def _rank(statement: list[int]) -> tuple[int, int]:
    return min(statement[0], statement[1]), statement[1]


def _object(text: str) -> dict:  # type: ignore[type-arg]  # JSON
    value = json.loads(text)
    return value if isinstance(value, dict) else {}

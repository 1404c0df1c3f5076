"""Each row keeps the id that it came in with.

So people can be parted again. Of what is stored already only decisions tell, by their requests. Consents of
people with aliases have an unknown origin; profiles count as the person's own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("interactions", "came_as"),
    ("decisions", "came_as"),
    ("outcomes", "came_as"),
    ("customers", "origins"),
    ("consents", "origins"),
    ("aliases", "merged_with"),
    ("audit", "other_id"),
)


def upgrade() -> None:
    for table, column in _COLUMNS:
        op.add_column(table, sa.Column(column, sa.Text))
    op.create_index("audit_of_other", "audit", ["other_id"])
    server = op.get_bind().dialect.name == "postgresql"
    asked, merged = _text_of("request", "customer_id", server), _text_of("detail", "alias", server)
    of_person = "SELECT alias FROM aliases WHERE aliases.customer_id = decisions.customer_id"
    op.execute(f"UPDATE decisions SET came_as = {asked} WHERE {asked} IN ({of_person})")  # noqa: S608
    op.execute(
        "UPDATE consents SET origins = '{\"\":' || ledger || '}'"
        " WHERE customer_id IN (SELECT customer_id FROM aliases)"
    )
    op.execute("UPDATE aliases SET merged_with = customer_id")
    op.execute(f"UPDATE audit SET other_id = {merged} WHERE kind = 'merge'")  # noqa: S608


def _text_of(column: str, name: str, server: bool) -> str:
    """A text in a column of JSON."""
    return f"CAST({column} AS json)->>'{name}'" if server else f"json_extract({column}, '$.{name}')"


def downgrade() -> None:
    op.drop_index("audit_of_other", "audit")
    for table, column in _COLUMNS:
        op.drop_column(table, column)

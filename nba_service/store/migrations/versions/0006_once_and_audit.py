"""Adds answers for ``Idempotency-Key``, and the audit log.

Each entry of the log has the hash of the one before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "requests",
        sa.Column("request_key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("claimed_at", sa.BigInteger, nullable=False),
        sa.Column("status", sa.BigInteger),
        sa.Column("content_type", sa.Text),
        sa.Column("body", sa.LargeBinary),
    )
    op.create_index("requests_by_time", "requests", ["claimed_at"])
    op.create_table(
        "requests_about",
        sa.Column("about", sa.Text, primary_key=True),
        sa.Column("request_key", sa.Text, primary_key=True),
    )
    op.create_index("requests_about_key", "requests_about", ["request_key"])
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_table(
        "audit_head",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in ("audit_head", "audit_log", "requests_about", "requests"):
        op.drop_table(table)

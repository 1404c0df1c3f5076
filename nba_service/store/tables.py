"""The four tables of the store, as SQLAlchemy Core sees them.

Times are integer milliseconds since 1970 UTC; JSON is text, so that SQLite and PostgreSQL hold the same
bytes. Nothing refers to anything by foreign key: an outcome may come before its decision, and a decision
may be for a customer of whom nothing is known. The history of the schema: ``migrations/versions``.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

metadata: Final = MetaData()

customers: Final = Table(
    "customers",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("account_id", Text),
    Column("attributes", Text, nullable=False),
    Column("consent", Text, nullable=False),
    Column("locale", Text),
    Column("time_zone", Text),
    Column("updated_at", BigInteger, nullable=False),
)

interactions: Final = Table(
    "interactions",
    metadata,
    Column("interaction_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("channel", Text),
    Column("touchpoint", Text, nullable=False),
    Column("action", Text),
    Column("phase", Text),
    Column("value", Double),
    Column("properties", Text),
    Index("interactions_of_customer", "customer_id", "occurred_at"),
)

decisions: Final = Table(
    "decisions",
    metadata,
    Column("decision_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("delivered_at", BigInteger),  # null: deferred, and then the first outcome says when
    Column("action", Text, nullable=False),  # of the first rank
    Column("channel", Text),
    Column("action_probability", Double),
    Column("contacts", Text, nullable=False),  # JSON: [[action, channel], ...] of the slate, without nothing
    Column("context", Text),
    Column("candidates", Text),
    Column("bundle", Text),
    Column("policy", Text),
    Column("arm", Text),
    Column("request", Text),  # canonical JSON of what was asked; null when imported or erased
    Column("answer", Text),  # JSON as it was answered
    Column("state", LargeBinary),  # compressed JSON of all that was known; what replay needs
    Index("decisions_of_customer", "customer_id", "decided_at"),
)

outcomes: Final = Table(
    "outcomes",
    metadata,
    Column("outcome_id", Text, primary_key=True),
    Column("decision_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("value", Double),
    Column("occurred_at", BigInteger, nullable=False),
    Index("outcomes_of_decision", "decision_id", "occurred_at"),
)

ALL: Final = {
    "customers": customers,
    "interactions": interactions,
    "decisions": decisions,
    "outcomes": outcomes,
}

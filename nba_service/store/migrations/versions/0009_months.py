"""Decisions and interactions by month on PostgreSQL; SQLite stays as it is.

What is there already becomes one partition that ends with the running month: nothing is copied but ids. A
primary key of a partitioned table must contain the time, so ids are unique in small tables of their own,
which triggers fill: docs/adr/0014-months.md. ``store/lifetime/partitions.py`` makes the months.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


class Monthly(NamedTuple):
    """A table that is divided by month."""

    name: str
    key: str
    at: str
    ids: str
    indexes: dict[str, str]


TABLES = (
    Monthly(
        "interactions",
        "interaction_id",
        "occurred_at",
        "interaction_ids",
        {"interactions_of_customer": "customer_id, occurred_at"},
    ),
    Monthly(
        "decisions",
        "decision_id",
        "decided_at",
        "decision_ids",
        {
            "decisions_of_customer": "customer_id, decided_at",
            "decisions_by_time": "decided_at, decision_id, phase, action, channel, bundle, propensity,"
            " delivered_at, deliver_by",
        },
    ),
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        _divide(table)
        op.execute(_NEW_ID.format(**table._asdict()))
        op.execute(_GONE_ID.format(**table._asdict()))
        op.execute(_OTHER_ID.format(**table._asdict()))


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        _unite(table)
        for function in ("is_new", "are_gone", "is_another"):
            op.execute(f"DROP FUNCTION {table.name}_id_{function}()")


def _divide(table: Monthly) -> None:
    name, key, at, ids, _ = table
    op.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
    op.execute(f"CREATE TABLE {ids} ({key} TEXT NOT NULL, {at} BIGINT NOT NULL)")
    op.execute(f"INSERT INTO {ids} SELECT {key}, {at} FROM {name}")  # noqa: S608
    op.execute(f"ALTER TABLE {ids} ADD PRIMARY KEY ({key})")
    op.execute(f"CREATE INDEX {ids}_by_time ON {ids} USING brin ({at})")
    month, begins = _next_month()
    before = f"{name}_before_{month}"
    op.execute(f"ALTER TABLE {name} RENAME TO {before}")
    op.execute(f"ALTER TABLE {before} DROP CONSTRAINT {name}_pkey")
    for index in table.indexes:
        op.execute(f"ALTER INDEX {index} RENAME TO {index}_before_{month}")
    op.execute(f"CREATE TABLE {name} (LIKE {before}) PARTITION BY RANGE ({at})")
    op.execute(f"ALTER TABLE {name} ADD PRIMARY KEY ({key}, {at})")
    _index(table)
    op.execute(f"CREATE TABLE {name}_default PARTITION OF {name} DEFAULT")
    op.execute(f"INSERT INTO {name} SELECT * FROM {before} WHERE {at} >= {begins}")  # noqa: S608
    op.execute(f"DELETE FROM {before} WHERE {at} >= {begins}")  # noqa: S608
    if op.get_bind().execute(sa.text(f"SELECT EXISTS (SELECT FROM {before})")).scalar_one():  # noqa: S608
        op.execute(f"ALTER TABLE {before} ADD PRIMARY KEY ({key}, {at})")
        op.execute(f"ALTER TABLE {name} ATTACH PARTITION {before} FOR VALUES FROM (MINVALUE) TO ({begins})")
    else:
        op.execute(f"DROP TABLE {before}")


def _unite(table: Monthly) -> None:
    name, key, _, ids, _ = table
    op.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
    op.execute(f"CREATE TABLE {name}_whole (LIKE {name})")
    op.execute(f"INSERT INTO {name}_whole SELECT * FROM {name}")  # noqa: S608
    op.execute(f"DROP TABLE {name}")
    op.execute(f"DROP TABLE {ids}")
    op.execute(f"ALTER TABLE {name}_whole RENAME TO {name}")
    op.execute(f"ALTER TABLE {name} ADD CONSTRAINT {name}_pkey PRIMARY KEY ({key})")
    _index(table)


def _index(table: Monthly) -> None:
    for index, columns in table.indexes.items():
        op.execute(f"CREATE INDEX {index} ON {table.name} ({columns})")


def _next_month() -> tuple[str, int]:
    """Its name, and when it begins (ms since 1970 UTC)."""
    now = datetime.fromtimestamp(time.time(), UTC)
    begins = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
    return f"{begins:%Y_%m}", int(begins.timestamp()) * 1000


# Whoever inserts first has the id; a row whose id is taken is left out, as ON CONFLICT DO NOTHING would.
_NEW_ID = """
CREATE FUNCTION {name}_id_is_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO {ids} ({key}, {at}) VALUES (NEW.{key}, NEW.{at}) ON CONFLICT DO NOTHING;
  IF FOUND THEN RETURN NEW; END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER {name}_id_is_new BEFORE INSERT ON {name}
FOR EACH ROW EXECUTE FUNCTION {name}_id_is_new();
"""

# Of statements about the whole table only: rows that move from one partition to another keep their ids.
_GONE_ID = """
CREATE FUNCTION {name}_id_are_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM {ids} i USING gone g WHERE i.{key} = g.{key};
  RETURN NULL;
END $$;
CREATE TRIGGER {name}_id_are_gone AFTER DELETE ON {name} REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION {name}_id_are_gone();
"""

# A row that moved to another month would look like a repeat there, and be lost.
_OTHER_ID = """
CREATE FUNCTION {name}_id_is_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.{at} <> OLD.{at} THEN
    RAISE EXCEPTION '{name}: {at} of a row does not change; delete the row and insert it anew';
  END IF;
  UPDATE {ids} SET {key} = NEW.{key} WHERE {key} = OLD.{key};
  RETURN NEW;
END $$;
CREATE TRIGGER {name}_id_is_another BEFORE UPDATE OF {key}, {at} ON {name}
FOR EACH ROW EXECUTE FUNCTION {name}_id_is_another();
"""

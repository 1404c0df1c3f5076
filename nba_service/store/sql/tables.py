"""The tables of the store, as SQLAlchemy Core sees them.

The four of the design, and the store's own. Times are integer milliseconds since 1970 UTC; JSON is text, so
that SQLite and PostgreSQL hold the same bytes. Nothing refers to anything by foreign key: an outcome may come
before its decision, and a decision may be for a customer of whom nothing is known. On PostgreSQL decisions
and interactions lie in partitions by month of their time (``lifetime/partitions.py``). The history of the
schema: ``migrations/versions``.
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
    text,
)

metadata: Final = MetaData()

customers: Final = Table(
    "customers",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("account_id", Text),
    Column("role", Text),  # in the account
    Column("attributes", Text, nullable=False),
    Column("consent", Text, nullable=False),  # as the profile last said it; what holds stands in consents
    Column("locale", Text),
    Column("time_zone", Text),
    Column("updated_at", BigInteger, nullable=False),
    Column("origins", Text),  # JSON: what came in under which id; null: all of it under the person's own
    Index(
        "customers_of_account",
        *("account_id", "customer_id"),
        sqlite_where=text("account_id IS NOT NULL"),
        postgresql_where=text("account_id IS NOT NULL"),
    ),
)

accounts: Final = Table(  # whose people are in customers
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("attributes", Text, nullable=False),
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
    Column("came_as", Text),  # the id it came in with; null: the person's own
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
    Column("candidates", Text),  # JSON, of decisions that were imported, journalled or made before workings
    Column("bundle", Text),
    Column("policy", Text),
    Column("arm", Text),
    Column("request", Text),  # canonical JSON of what was asked; null when imported or erased
    Column("answer", Text),  # JSON as it was answered; on SQLite compressed (``packed_answers``)
    Column("state", LargeBinary),  # JSON of all that was known, compressed if it is long; for replay
    Column("deliver_by", BigInteger),  # of a deferred decision: delivered later than this, it teaches nothing
    Column("phase", Text),  # of the customer, as it was decided in
    Column("propensity", Double),  # of the first rank, as the model had it before any update
    Column("updates", Text),  # version of the update that decided; null: none
    Column("came_as", Text),  # the id it was asked for; null: the person's own
    Column("reason", Text),  # of the first rank
    Column("refusals", Text),  # JSON: [[tier, code, treatments], ...]
    Column("taken", Text),  # JSON: what we would have done where the caller decided; null: we decided
    Column("workings", LargeBinary),  # candidates, packed (candidate_record.py); null: see candidates
    Column("variant", Text),  # of the texts of the first rank; null: they have none
    Column("variant_probability", Double),
    Index("decisions_of_customer", "customer_id", "decided_at"),
    Index(  # covers the count of responses, which would read whole answers otherwise
        "decisions_by_time",
        *("decided_at", "decision_id", "phase", "action", "channel", "bundle"),
        *("propensity", "delivered_at", "deliver_by", "variant"),
    ),
)

candidate_layouts: Final = Table(  # what names the packed candidates of decisions
    "candidate_layouts",
    metadata,
    Column("name", Text, primary_key=True),  # hash of the content
    Column("content", Text, nullable=False),  # JSON: treatments and phases, in their order
)

outcomes: Final = Table(
    "outcomes",
    metadata,
    Column("outcome_id", Text, primary_key=True),
    Column("decision_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("value", Double),
    Column("occurred_at", BigInteger, nullable=False),
    # Of a source that knows no decision: whose, of what, and how long after it. attribution.py finds the
    # decision_id, which is empty until there is one.
    Column("customer_id", Text),
    Column("action", Text),
    Column("channel", Text),
    Column("window_ms", BigInteger),
    Column("attribution", Text),  # last_delivered; null: the source named the decision
    Column("came_as", Text),  # the id it came in with; null: the person's own, or it names nobody
    Column("properties", Text),  # JSON object; null: it tells nothing more
    Index("outcomes_of_decision", "decision_id", "occurred_at"),
    Index(
        "outcomes_of_customer",
        *("customer_id", "outcome_id"),
        sqlite_where=text("customer_id IS NOT NULL"),
        postgresql_where=text("customer_id IS NOT NULL"),
    ),
)

people: Final = Table(
    "people",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),  # one up with every write about the person
    Column("latest_at", BigInteger, nullable=False),  # the newest time in any of their rows
    Column("first_at", BigInteger),  # no interaction and no contact is older; null: not known
)

states: Final = Table(
    "states",
    metadata,
    Column("customer_id", Text, primary_key=True),  # a person, never an alias
    Column("version", BigInteger, nullable=False),  # the person's, if the state is up to date
    Column("state", LargeBinary),  # the past, packed (models/domain/past); null: not made yet
    Column("base", LargeBinary),  # what of it retention took the rows of; null: nothing
)

consents: Final = Table(
    "consents",
    metadata,
    Column("customer_id", Text, primary_key=True),  # a person, never an alias
    Column("ledger", Text, nullable=False),  # JSON: flag → [last grant, last refusal]
    Column("origins", Text),  # JSON: id → ledger of what came in with it; null: all with the person's own
)

aliases: Final = Table(
    "aliases",
    metadata,
    Column("alias", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),  # a person, never an alias again
    Column("merged_at", BigInteger, nullable=False),
    Column("merged_with", Text),  # the id that it was said to be, which may be an alias itself
    Index("aliases_of_customer", "customer_id"),
)

capacity: Final = Table(
    "capacity",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("day", BigInteger, primary_key=True, autoincrement=False),  # local days since 1970
    Column("used", BigInteger, nullable=False),
)

audit: Final = Table(
    "audit",
    metadata,
    Column("audit_id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),  # merge, parting, erasure
    Column("customer_id", Text, nullable=False),  # as it was then
    Column("detail", Text),  # JSON
    Column("other_id", Text),  # the id that was merged or parted
    Index("audit_of_customer", "customer_id", "at"),
    Index("audit_of_other", "other_id"),
)

updates: Final = Table(
    "updates",
    metadata,
    Column("version", Text, primary_key=True),  # hash of the content
    Column("bundle", Text, primary_key=True),
    Column("made_at", BigInteger, nullable=False),  # when it was last found to hold
    Column("content", LargeBinary, nullable=False),
    Index("updates_of_bundle", "bundle", "made_at"),
)

api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("key_hash", Text, nullable=False, unique=True),  # SHA-256 of the key's text, which is nowhere
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),  # secret, publishable
    Column("scopes", Text, nullable=False),  # JSON lists, these three
    Column("origins", Text, nullable=False),
    Column("placements", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("last_used_at", BigInteger),
    Index("api_keys_of_name", "name"),
)

requests: Final = Table(  # that came with an Idempotency-Key
    "requests",
    metadata,
    Column("request_key", Text, primary_key=True),  # hash of the caller's name and key
    Column("fingerprint", Text, nullable=False),  # hash of method, address and body
    Column("claimed_at", BigInteger, nullable=False),
    Column("status", BigInteger),  # null: still being answered
    Column("content_type", Text),
    Column("body", LargeBinary),  # compressed
    Index("requests_by_time", "claimed_at"),
)

requests_about: Final = Table(
    "requests_about",
    metadata,
    Column("about", Text, primary_key=True),  # id of a customer or decision that the request names
    Column("request_key", Text, primary_key=True),
    Index("requests_about_key", "request_key"),
)

audit_log: Final = Table(
    "audit_log",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),  # canonical JSON
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

audit_head: Final = Table(
    "audit_head",
    metadata,
    Column("name", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)

marks: Final = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),  # exported; withdrawals, tombstones: with a hash, a salt
    Column("at", BigInteger, nullable=False),
)

tombstones: Final = Table(
    "tombstones",
    metadata,
    Column("id_hash", Text, primary_key=True),  # of an erased person's ids and decisions, salted
    Column("erased_at", BigInteger, nullable=False),
)

free_choices: Final = Table(  # among actions that the catalogue does not know
    "free_choices",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),  # hash of what was asked
    Column("chosen_at", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("activated_at", BigInteger),  # null: not shown yet
    Column("reward", Double),
    Index("free_choices_by_time", "chosen_at"),
)

free_actions: Final = Table(  # what their rewards say, in sums
    "free_actions",
    metadata,
    Column("action", Text, primary_key=True),
    Column("shown", Double, nullable=False),
    Column("reward", Double, nullable=False),
)

availability: Final = Table(  # of the choices of configurators
    "availability",
    metadata,
    Column("configurator", Text, primary_key=True),
    Column("option", Text, primary_key=True),
    Column("choice", Text, primary_key=True),
    Column("region", Text, primary_key=True),  # "*": everywhere
    Column("available", BigInteger, nullable=False),  # 0 or 1
    Column("first_day", Text, nullable=False),  # ISO days; empty: open
    Column("last_day", Text, nullable=False),
    Column("as_of", BigInteger, nullable=False),  # of the upload
)

wishes: Final = Table(  # what customers would have, and whether it could be delivered
    "wishes",
    metadata,
    Column("configurator", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("combination", Text, primary_key=True),  # canonical JSON
    Column("customer_id", Text, primary_key=True),
    Column("deliverable", BigInteger, primary_key=True, autoincrement=False),  # 0 or 1
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Index("wishes_of_customer", "customer_id"),
)

rollups: Final = Table(
    "rollups",
    metadata,
    Column("kind", Text, primary_key=True),  # decisions, events, moves, refusals, shadows, traits
    Column("week", BigInteger, primary_key=True, autoincrement=False),  # since 1970
    Column("bucket", BigInteger, primary_key=True, autoincrement=False),  # of customers
    Column("content", LargeBinary, nullable=False),  # packed records, compressed
)

rollup_people: Final = Table(
    "rollup_people",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),  # and number of decisions, as rolled up
)

rollup_names: Final = Table(
    "rollup_names",
    metadata,
    Column("code", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
)

worklists: Final = Table(
    "worklists",
    metadata,
    Column("worklist_id", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("capacity", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),  # the moment it is for
    Column("started_at", BigInteger, nullable=False),
    Column("beat_at", BigInteger, nullable=False),  # last sign of life of who makes it
    Column("state", Text, nullable=False),
    Column("decided", BigInteger, nullable=False),
    Column("answer", Text),  # JSON, once it is done
    Column("problem", Text),
)

ALL: Final = {
    "customers": customers,
    "interactions": interactions,
    "decisions": decisions,
    "outcomes": outcomes,
}

EXPORTED: Final = {**ALL, "accounts": accounts, "aliases": aliases, "consents": consents}

TIME_OF: Final = {"decisions": "decided_at", "interactions": "occurred_at"}
"""The tables that are divided by month on PostgreSQL, and the column that says which."""

postgres_metadata: Final = MetaData()
"""What only PostgreSQL has: which ids there are, and when. Triggers keep these; nobody else writes them."""

IDS: Final = {
    table: Table(
        ids,
        postgres_metadata,
        Column(key, Text, primary_key=True),
        Column(TIME_OF[table], BigInteger, nullable=False),
    )
    for table, ids, key in (
        ("decisions", "decision_ids", "decision_id"),
        ("interactions", "interaction_ids", "interaction_id"),
    )
}

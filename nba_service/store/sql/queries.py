"""The reads that are worth writing by hand.

A customer's past in one query, and the export's decisions. Plain SQL that SQLite and PostgreSQL both take. A
deferred decision counts as delivered when its first outcome says so; that is worked out here, at reading, so
the order in which things arrive changes nothing. Delivered after its window it is a contact like any other,
but it is closed: the export calls it undelivered.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

# What was only attributed says nothing about delivery: it was attributed because of it.
_FIRST_OUTCOME: Final = (
    "SELECT MIN(o.occurred_at) FROM outcomes o WHERE o.decision_id = d.decision_id AND o.attribution IS NULL"
)

CONTACTED_AT: Final = f"COALESCE(d.delivered_at, ({_FIRST_OUTCOME}))"

DELIVERED_AT: Final = (
    f"COALESCE(d.delivered_at, ({_FIRST_OUTCOME}"
    " AND (d.deliver_by IS NULL OR o.occurred_at <= d.deliver_by)))"
)

LEAVING_DECISION: Final = (
    "d.decided_at < :before AND (d.delivered_at IS NOT NULL OR COALESCE(d.deliver_by, 0) < :now)"
    " AND NOT EXISTS (SELECT 1 FROM outcomes since WHERE since.decision_id = d.decision_id"
    " AND since.occurred_at >= :before)"
)
"""Old, closed, and nothing has happened to it since; the same as ``lifetime/retention.py`` has it."""

_PERSON_COLUMNS: Final = """p.person, v.version, v.latest_at, v.first_at, c.customer_id, c.account_id,
       c.role, c.attributes, c.consent, c.locale, c.time_zone, c.updated_at, k.ledger,
       s.version AS state_version, s.state, s.base"""

_OF_PERSON: Final = """
LEFT JOIN people v ON v.customer_id = p.person
LEFT JOIN customers c ON c.customer_id = p.person
LEFT JOIN consents k ON k.customer_id = p.person
LEFT JOIN states s ON s.customer_id = p.person
"""

PERSON: Final = sa.text(f"""
SELECT {_PERSON_COLUMNS}
FROM (SELECT COALESCE((SELECT a.customer_id FROM aliases a WHERE a.alias = :customer),
                      CAST(:customer AS TEXT)) AS person) AS p {_OF_PERSON}""")  # noqa: S608 - constants

_PERSONS: Final = f"""
SELECT p.asked, {_PERSON_COLUMNS}
FROM (SELECT asked, COALESCE((SELECT a.customer_id FROM aliases a WHERE a.alias = asked), asked) AS person
      FROM {{ids}}) AS p {_OF_PERSON}"""  # noqa: S608 - constants

PERSONS_OF_ARRAY: Final = _PERSONS.format(ids="unnest(CAST(:customers AS TEXT[])) AS asked")
PERSONS_OF_JSON: Final = _PERSONS.format(ids="(SELECT value AS asked FROM json_each(:customers)) AS ids")
"""The same of many: PostgreSQL takes an array of ids, SQLite a JSON list."""

MEMBERS: Final = sa.text(
    "SELECT customer_id FROM customers WHERE account_id = :account ORDER BY customer_id LIMIT :limit"
)

ACCOUNT: Final = sa.text(
    "SELECT account_id, attributes, updated_at FROM accounts WHERE account_id = :account"
)

_COLUMNS: Final = "source, occurred_at, name, channel, action, phase, value, properties, id"

_INTERACTIONS: Final = """
    SELECT 'interaction' AS source, occurred_at, touchpoint AS name, channel, action, phase, value,
           properties, interaction_id AS id
    FROM interactions WHERE customer_id = :customer AND occurred_at >= :first"""

_CONTACTS: Final = f"""
    SELECT 'decision' AS source, {CONTACTED_AT} AS occurred_at, 'contact' AS name,
           CAST(NULL AS TEXT) AS channel, CAST(NULL AS TEXT) AS action, CAST(NULL AS TEXT) AS phase,
           CAST(NULL AS DOUBLE PRECISION) AS value, d.contacts AS properties, d.decision_id AS id
    FROM decisions d WHERE d.customer_id = :customer AND d.decided_at >= :first
      AND d.contacts <> '[]'"""  # noqa: S608 - constants

_OUTCOMES: Final = """
    SELECT 'outcome' AS source, o.occurred_at, o.outcome AS name, d.channel, d.action,
           CAST(NULL AS TEXT) AS phase, o.value, o.properties, o.outcome_id AS id
    FROM decisions d JOIN outcomes o ON o.decision_id = d.decision_id
    WHERE d.customer_id = :customer AND o.outcome <> 'delivered'"""

EVENTS: Final = sa.text(f"""
SELECT {_COLUMNS} FROM (
  SELECT * FROM ({_INTERACTIONS} AND occurred_at < :before ORDER BY occurred_at DESC LIMIT :limit) AS i
  UNION ALL SELECT * FROM ({_CONTACTS} AND d.decided_at < :before
    ORDER BY d.decided_at DESC LIMIT :limit) AS c
  UNION ALL SELECT * FROM ({_OUTCOMES} AND o.occurred_at < :before
    ORDER BY o.occurred_at DESC LIMIT :limit) AS r
) AS events
WHERE occurred_at IS NOT NULL AND occurred_at < :before
ORDER BY occurred_at DESC, source DESC, id DESC
""")  # noqa: S608 - built from constants of this file only

ALL_EVENTS: Final = sa.text(f"""
SELECT {_COLUMNS} FROM (
  SELECT * FROM ({_INTERACTIONS}) AS i
  UNION ALL SELECT * FROM ({_CONTACTS}) AS c
  UNION ALL SELECT * FROM ({_OUTCOMES}) AS r
) AS events
WHERE occurred_at IS NOT NULL
""")  # noqa: S608 - built from constants of this file only

LASTING: Final = sa.text(f"""
SELECT {_COLUMNS} FROM ({_INTERACTIONS} AND occurred_at < :cut) AS i
JOIN (
  SELECT touchpoint AS name_of, MAX(occurred_at) AS last_at FROM interactions
  WHERE customer_id = :customer AND occurred_at >= :first AND occurred_at < :cut GROUP BY touchpoint
) AS l ON i.name = l.name_of AND i.occurred_at = l.last_at
ORDER BY occurred_at DESC, id DESC LIMIT :limit
""")  # noqa: S608 - built from constants of this file only

AHEAD: Final = sa.text(f"""
SELECT {_COLUMNS} FROM (
  SELECT * FROM ({_INTERACTIONS} AND occurred_at >= :before ORDER BY occurred_at LIMIT :limit) AS i
  UNION ALL SELECT * FROM ({_CONTACTS} AND (d.decided_at >= :before OR d.delivered_at IS NULL)
    ORDER BY d.decided_at LIMIT :limit) AS c
) AS events
WHERE occurred_at IS NOT NULL AND occurred_at >= :before ORDER BY occurred_at, source, id
""")  # noqa: S608 - built from constants of this file only

EXPORTED_DECISIONS: Final = sa.text(f"""
SELECT d.decision_id, d.customer_id, d.decided_at, d.context, d.action, d.channel, d.action_probability,
       d.candidates, d.workings, d.bundle, d.policy, d.arm, {DELIVERED_AT} AS delivered_at, d.deliver_by,
       d.variant, d.variant_probability
FROM decisions d WHERE d.decision_id > :after ORDER BY d.decision_id LIMIT :limit
""")  # noqa: S608 - built from constants of this file only

DELIVERIES: Final = sa.text(f"""
SELECT d.decision_id, {DELIVERED_AT} AS delivered_at
FROM decisions d WHERE d.customer_id = :customer ORDER BY d.decided_at DESC, d.decision_id LIMIT :limit
""")  # noqa: S608 - built from constants of this file only

OUTCOMES_OF_CUSTOMER: Final = sa.text("""
SELECT o.outcome_id, o.decision_id, o.outcome, o.value, o.occurred_at, o.attribution, o.properties
FROM decisions d JOIN outcomes o ON o.decision_id = d.decision_id
WHERE d.customer_id = :customer
UNION SELECT o.outcome_id, o.decision_id, o.outcome, o.value, o.occurred_at, o.attribution, o.properties
FROM outcomes o WHERE o.customer_id = :customer
ORDER BY occurred_at DESC, outcome_id LIMIT :limit
""")

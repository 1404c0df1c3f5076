"""The reads that are worth writing by hand: a customer's past in one query, and the export's decisions.

Plain SQL that SQLite and PostgreSQL both take. A deferred decision counts as delivered when its first
outcome says so; that is worked out here, at reading, so the order in which things arrive changes nothing.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

DELIVERED_AT: Final = (
    "COALESCE(d.delivered_at,"
    " (SELECT MIN(o.occurred_at) FROM outcomes o WHERE o.decision_id = d.decision_id))"
)

EVENTS: Final = sa.text(f"""
SELECT source, occurred_at, name, channel, action, phase, value, properties, id FROM (
  SELECT * FROM (
    SELECT 'interaction' AS source, occurred_at, touchpoint AS name, channel, action, phase, value,
           properties, interaction_id AS id
    FROM interactions WHERE customer_id = :customer AND occurred_at < :before
    ORDER BY occurred_at DESC LIMIT :limit) AS i
  UNION ALL SELECT * FROM (
    SELECT 'decision' AS source, {DELIVERED_AT} AS occurred_at, 'contact' AS name,
           CAST(NULL AS TEXT) AS channel, CAST(NULL AS TEXT) AS action, CAST(NULL AS TEXT) AS phase,
           CAST(NULL AS DOUBLE PRECISION) AS value, d.contacts AS properties, d.decision_id AS id
    FROM decisions d WHERE d.customer_id = :customer AND d.decided_at < :before AND d.contacts <> '[]'
    ORDER BY d.decided_at DESC LIMIT :limit) AS c
  UNION ALL SELECT * FROM (
    SELECT 'outcome' AS source, o.occurred_at, o.outcome AS name, d.channel, d.action,
           CAST(NULL AS TEXT) AS phase, o.value, CAST(NULL AS TEXT) AS properties, o.outcome_id AS id
    FROM decisions d JOIN outcomes o ON o.decision_id = d.decision_id
    WHERE d.customer_id = :customer AND o.occurred_at < :before AND o.outcome <> 'delivered'
    ORDER BY o.occurred_at DESC LIMIT :limit) AS r
) AS events
WHERE occurred_at IS NOT NULL AND occurred_at < :before
ORDER BY occurred_at DESC, source DESC, id DESC LIMIT :limit
""")  # noqa: S608 - built from constants of this file only

EXPORTED_DECISIONS: Final = sa.text(f"""
SELECT d.decision_id, d.customer_id, d.decided_at, d.context, d.action, d.channel, d.action_probability,
       d.candidates, d.bundle, d.policy, d.arm, {DELIVERED_AT} AS delivered_at
FROM decisions d WHERE d.decision_id > :after ORDER BY d.decision_id LIMIT :limit
""")  # noqa: S608 - built from constants of this file only

OUTCOMES_OF_CUSTOMER: Final = sa.text("""
SELECT o.outcome_id, o.decision_id, o.outcome, o.value, o.occurred_at
FROM decisions d JOIN outcomes o ON o.decision_id = d.decision_id
WHERE d.customer_id = :customer ORDER BY o.occurred_at DESC LIMIT :limit
""")

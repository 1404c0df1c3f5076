"""All that is stored about some people, for rollups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.measures.log.facts import DecisionFact, Facts, InteractionFact, OutcomeFact, ProfileFact
from nba_service.store.sql.lookups import chunks
from nba_service.store.sql.tables import customers, decisions, interactions, outcomes

Consents = Callable[[Connection, Sequence[str]], Mapping[str, Mapping[str, bool]]]
"""What holds now of each person who said anything."""

_INTERACTIONS: Final = tuple(interactions.c[name] for name in InteractionFact._fields)
_OUTCOMES: Final = tuple(outcomes.c[name] for name in OutcomeFact._fields)
_PROFILES: Final = tuple(customers.c[name] for name in ProfileFact._fields[:-1])
_RENAMED: Final = {"probability": "action_probability"}
_DECISIONS: Final = tuple(decisions.c[_RENAMED.get(name, name)] for name in DecisionFact._fields)


def read_facts(connection: Connection, customer_ids: Sequence[str], consents_of: Consents) -> Facts:
    """Events, decisions, outcomes and profiles of people."""
    events: list[InteractionFact] = []
    ours: list[DecisionFact] = []
    came: list[OutcomeFact] = []
    known: list[ProfileFact] = []
    answered = outcomes.join(decisions, outcomes.c.decision_id == decisions.c.decision_id)
    for chunk in chunks(customer_ids):
        theirs = sa.select(*_INTERACTIONS).where(interactions.c.customer_id.in_(chunk))
        events += map(InteractionFact._make, connection.execute(theirs))
        made = sa.select(*_DECISIONS).where(decisions.c.customer_id.in_(chunk))
        ours += map(DecisionFact._make, connection.execute(made))
        told = sa.select(*_OUTCOMES).select_from(answered)
        told = told.where(decisions.c.customer_id.in_(chunk))
        came += map(OutcomeFact._make, connection.execute(told))
        profiles = sa.select(*_PROFILES).where(customers.c.customer_id.in_(chunk))
        consents = consents_of(connection, chunk)
        known += [
            ProfileFact(**row, consent=consents.get(row["customer_id"], {}))
            for row in connection.execute(profiles).mappings()
        ]
    return Facts(people=customer_ids, interactions=events, decisions=ours, outcomes=came, profiles=known)

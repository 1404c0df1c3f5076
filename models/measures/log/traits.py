"""What is known of customers as they are, as records.

Attributes that the journey file declares, consents, language and time zone, as rules see them. Free texts are
left out: they may be anything about a person, and names of records outlive people.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import orjson

from models.arrays import Records
from models.domain.journey import AttributeType, Journey
from models.domain.rules.rules import rule_attributes
from models.measures.log.facts import Facts, ProfileFact
from models.measures.log.records import TRAIT, Names, customer_hash

ATTRIBUTE: Final = "attributes."
CONSENT: Final = "consent."
LOCALE: Final = "locale"
TIME_ZONE: Final = "time_zone"


def trait_records(journey: Journey, facts: Facts, names: Names) -> Records:
    """One record for each value of each person, who may have no profile."""
    newest: dict[str, int] = {}
    for event in facts.interactions:
        newest[event.customer_id] = max(newest.get(event.customer_id, 0), event.occurred_at)
    for decision in facts.decisions:
        newest[decision.customer_id] = max(newest.get(decision.customer_id, 0), decision.decided_at)
    profiles = {profile.customer_id: profile for profile in facts.profiles}
    rows = []
    for person in facts.people:
        profile = profiles.get(person) or ProfileFact(person, "{}", None, None, 0, {})
        who = customer_hash(profile.customer_id)
        at = max(newest.get(profile.customer_id, 0), profile.updated_at)
        for field, value in _values(journey, profile):
            number = names.code(value) if isinstance(value, str) else float(value)
            rows.append((who, at, names.code(field), number))
    return np.array(rows, dtype=TRAIT)


def _values(journey: Journey, profile: ProfileFact) -> Iterator[tuple[str, str | float | bool]]:
    declared = tuple(a for a in journey.attributes if a.type is not AttributeType.TEXT)
    known = rule_attributes(declared, orjson.loads(profile.attributes or "{}"))
    for name, value in known.items():
        yield ATTRIBUTE + name, value
    for flag, given in profile.consent.items():
        if flag in journey.consents:
            yield CONSENT + flag, given
    yield LOCALE, profile.locale or journey.default_locale
    yield TIME_ZONE, profile.time_zone or journey.time_zone

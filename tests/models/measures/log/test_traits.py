"""What is known of people becomes records; free texts never do."""

from __future__ import annotations

from dataclasses import replace

from models.domain.journey import Attribute, AttributeType, Journey
from models.measures.log.facts import Facts, ProfileFact
from models.measures.log.records import Names
from models.measures.log.traits import trait_records
from tests.models.measures.fact_builders import DAY0, visit


def facts(*profiles: ProfileFact) -> Facts:
    return Facts(people=["c"], interactions=[visit(3, "visit")], decisions=[], outcomes=[], profiles=profiles)


def test_numbers_flags_words_and_consents_but_no_free_text(tiny_journey: Journey) -> None:
    notes = Attribute(name="notes", type=AttributeType.TEXT, label="Notes")
    journey = replace(tiny_journey, attributes=(*tiny_journey.attributes, notes))
    names = Names()
    profile = ProfileFact(
        "c",
        '{"age": 40, "vip": true, "notes": "secret", "shoe": 1}',
        "de",
        None,
        5,
        {"email": True, "x": True},
    )

    records = trait_records(journey, facts(profile), names)

    known = {names.name(field): value for field, value in records[["field", "value"]].tolist()}
    assert known["attributes.age"] == 40.0
    assert known["attributes.vip"] == known["consent.email"] == 1.0
    assert names.name(int(known["locale"])) == "de"
    assert names.name(int(known["time_zone"])) == journey.time_zone
    assert not {"attributes.notes", "attributes.shoe", "consent.x"} & set(known)
    assert "secret" not in names.known()


def test_they_lie_at_the_newest_thing_that_is_stored(tiny_journey: Journey) -> None:
    """So they live as long as something of the person does; who has no profile has the defaults."""
    records = trait_records(tiny_journey, facts(), Names())

    assert set(records["at"].tolist()) == {DAY0 + 3 * 86_400_000}
    assert len(records) == 2

"""A history holds what decisions see, in their order; properties only where phase rules read them."""

from __future__ import annotations

from models.domain.journey import Journey
from models.journey_file import parse_journey
from models.measures.log.facts import Facts
from models.measures.log.past import Past
from models.measures.log.responses import Responses
from tests.models.measures.fact_builders import decision, outcome, visit


def test_of_one_instant_contacts_come_first_and_outcomes_last(tiny_journey: Journey) -> None:
    facts = Facts(
        people=["c"],
        interactions=[visit(1, "quote"), visit(0, "mail_sent"), visit(0, "elsewhere")],
        decisions=[decision("d", 1), decision("e", 2, "nothing"), decision("f", 3, delivered_at=None)],
        outcomes=[outcome("d", 1), outcome("f", 3, "delivered")],
    )
    history = Past(tiny_journey).history(facts, {"c": 0}, Responses(tiny_journey).tell(facts))

    named = [history.touchpoints[code] for code in history.touchpoint]
    assert named == ["mail_sent", "elsewhere", "contact", "quote", "clicked", "contact"]
    assert history.kind.tolist() == [1, 0, 1, 0, 2, 1]
    assert history.start.tolist() == [0, 6]
    assert history.properties is None


def test_phase_rules_that_read_properties_get_them(tiny_journey_text: str) -> None:
    text = tiny_journey_text.replace(
        'when: interaction.touchpoint == "order"', "when: interaction.properties.total > 5.0"
    )
    journey = parse_journey(text.encode(), "t.yaml")
    facts = Facts(
        people=["c"],
        interactions=[visit(0, "visit")._replace(properties='{"total": 7}')],
        decisions=[],
        outcomes=[],
    )
    history = Past(journey).history(facts, {"c": 0}, [])

    assert history.properties == [{"total": 7}]

"""How far customers come, worked by hand, and which rule alone holds them back."""

from __future__ import annotations

from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.measures.funnel import STEPS, funnel_of, step_of
from models.measures.log.records import Names, customer_hash
from tests.models.measures.fact_builders import DAY0, build, decision, outcome


def refused(*refusals: tuple[str, str, int]) -> str:
    return "[" + ",".join(f'["{tier}","{code}",{number}]' for tier, code, number in refusals) + "]"


def test_customers_come_as_far_as_their_best_decision(tiny_journey: Journey) -> None:
    """Four treatments: e-mail teaser, web teaser, offer, care."""
    names, nothing = Names(), "nothing"
    asked = ("asked", "NOT_ASKED", 2)
    log = build(
        tiny_journey,
        names,
        decision(
            "a1", 0, nothing, customer_id="a", refusals=refused(asked, ("consent", "CONSENT_MISSING", 2))
        ),
        decision("b1", 0, nothing, customer_id="b", refusals=refused(asked, ("contact", "QUIET_HOURS", 2))),
        decision("b2", 1, nothing, customer_id="b", refusals=refused(asked, ("contact", "QUIET_HOURS", 1))),
        decision("c1", 0, "teaser", customer_id="c", refusals=refused(asked)),
        outcome("c1", 1),
        decision("d1", 0, "teaser", customer_id="d", delivered_at=None, refusals=refused(asked)),
        decision("e1", 0, nothing, customer_id="e", reason=None),
        decision(
            "f1",
            0,
            nothing,
            customer_id="f",
            refusals=refused(asked, ("eligibility", "TICKET", 1), ("consent", "CONSENT_MISSING", 1)),
        ),
    )
    found = funnel_of(log, names, DAY0, DAY0 + 2 * DAY_MS, len(tiny_journey.treatments) - 1)

    reached = dict(zip(found.customers.tolist(), found.reached.tolist(), strict=True))
    steps = {who: STEPS[reached[customer_hash(who)]] for who in "abcdf"}
    assert steps == {
        "a": "asked",
        "b": "within_limits",
        "c": "response",
        "d": "chosen",
        "f": "asked",
    }
    assert (int(found.forced.sum()), int(found.peace.sum()), found.unknown) == (2, 1, 1)
    assert found.reasons[1] == {"CONSENT_MISSING": 2, "TICKET": 1}
    rules = {rule.code: (rule.alone, rule.with_others) for rule in found.rules}
    assert rules == {"CONSENT_MISSING": (1, 1), "TICKET": (0, 1)}


def test_of_nobody_there_is_nothing(tiny_journey: Journey) -> None:
    found = funnel_of(build(tiny_journey, Names()), Names(), 0, 1, 4)

    assert (len(found.customers), found.rules, found.unknown) == (0, (), 0)
    assert [step_of(tier) for tier in ("asked", "consent", "suitability", "repeat")] == [0, 1, 3, 4]

"""Worth of customers, worked by hand: outcomes and phases of the period, and of the time before."""

from __future__ import annotations

from models.domain.journey import Journey
from models.measures.customers import customers_of, daily_worth
from models.measures.log.records import Names
from tests.models.measures.fact_builders import DAY0, build, decision, outcome, visit

DAY = 86_400_000


def test_a_customer_is_worth_outcomes_and_phases_of_the_period(tiny_journey: Journey) -> None:
    """A teaser's response is worth 2 EUR, becoming interested 1, becoming a customer 100."""
    names = Names()
    log = build(
        tiny_journey,
        names,
        visit(0, "visit"),
        visit(5, "quote"),  # 1 EUR, before the period
        decision("before", 5),
        outcome("before", 6),  # 2 EUR, before
        decision("first", 10),
        outcome("first", 11),  # 2 EUR on day 10
        visit(12, "order"),  # 100 EUR on day 12
        decision("second", 13, arm="random"),
        decision("third", 13.5, "nothing", arm="random"),
    )
    since, until = DAY0 + 10 * DAY, DAY0 + 20 * DAY
    customers = customers_of(log, since, until)

    assert customers.value.tolist() == [102.0]
    assert customers.earlier.tolist() == [3.0]
    assert names.name(customers.arm[0]) == "treatment"
    assert customers.mixed.tolist() == [True]
    assert (customers.decisions[0], customers.contacts[0], customers.responses[0]) == (3, 2, 1)
    assert customers.cost.tolist() == [0.2]
    daily = daily_worth(log, customers.key, since, 10)
    assert daily[0].tolist() == [2.0, 0.0, 100.0, *[0.0] * 7]


def test_of_nobody_there_is_no_row(tiny_journey: Journey) -> None:
    log = build(tiny_journey, Names(), visit(0, "visit"))
    customers = customers_of(log, DAY0, DAY0 + DAY)

    assert len(customers) == 0
    assert daily_worth(log, customers.key, DAY0, 2).shape == (0, 2)

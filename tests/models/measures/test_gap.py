"""Theirs and ours, worked by hand, and the three lists."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.measures.effects import Odds
from models.measures.gap import Cell, Gap, Row, idle, missing, rows_of_journey, unmoved
from models.measures.intervals import Interval
from models.measures.log.records import Names
from tests.models.measures.fact_builders import DAY0, build, decision, visit


@pytest.fixture
def journey(tiny_journey: Journey) -> Journey:
    touchpoints = [replace(t, channel="web") for t in tiny_journey.touchpoints]
    touchpoints[0] = replace(touchpoints[0], actions=("teaser",))
    return replace(tiny_journey, touchpoints=tuple(touchpoints))


def test_shares_are_of_customers_and_of_contacts_in_the_phase(journey: Journey) -> None:
    """Four strangers are seen: two of them visit (one twice); of three contacts two are teasers."""
    names = Names()
    log = build(
        journey,
        names,
        visit(0, "visit", "a"),
        visit(1, "visit", "a"),
        visit(0, "visit", "b"),
        decision("d1", 2, "teaser", customer_id="c"),
        decision("d2", 2, "teaser", customer_id="d", channel="web", contacts='[["teaser","web"]]'),
        decision("d3", 3, "care", customer_id="d", channel="web", contacts='[["care","web"]]'),
        decision("d4", 4, "nothing", customer_id="d"),
    )
    counted = Gap(journey, log, names, DAY0, DAY0 + 10 * DAY_MS, DAY0 + 10 * DAY_MS)
    rows = {row.name: row for row in rows_of_journey(journey)}

    stranger, interested, _ = counted.phases()
    assert (stranger.customers, stranger.contacts, interested.customers) == (4, 3, 0)
    visits, web = counted.cells(rows["visit"])[0], counted.cells(rows["web"])[0]
    assert (visits.theirs, visits.customers) == (0.5, 2)
    assert (visits.ours, visits.contacts, visits.contacted) == (2 / 3, 2, 2)
    assert (web.theirs, web.ours, web.cost) == (0.5, 2 / 3, 0.002)
    assert web.effect is None
    assert counted.cells(rows["visit"])[1].theirs == 0.0
    assert [row.kind for row in rows_of_journey(journey)] == ["channel"] * 2 + ["touchpoint"] * 3


def cell(theirs: float, ours: float, effect: tuple[float, float, float] | None = None) -> Cell:
    odds = None
    if effect is not None:
        value, low, high = effect
        odds = Odds(interval=Interval(value=value, low=low, high=high), basis="logged")
    return Cell(
        phase="stranger",
        theirs=theirs,
        ours=ours,
        customers=round(1000 * theirs),
        contacts=round(500 * ours),
        contacted=round(400 * ours),
        cost=100 * ours,
        effect=odds,
    )


def test_the_three_lists_say_where_to_look() -> None:
    row = Row(name="x", kind="channel", label="X", channel="x", ownership="owned")
    there = (row, cell(0.4, 0.01))
    here = (row, cell(0.05, 0.5, (1.0, 0.8, 1.2)))
    both = (row, cell(0.3, 0.3, (1.5, 1.2, 1.9)))
    found = [there, here, both]

    gain = Interval(value=2.0, low=-1.0, high=5.0)
    (absent,) = missing(found, {"stranger": gain}, 30.4375)
    assert absent.cell == there[1]
    assert absent.eur_month == Interval(value=800.0, low=-400.0, high=2000.0)
    assert missing(found, {}, 28)[0].eur_month is None
    (one,) = idle(found, 30.4375)
    assert one.eur_month is not None
    assert (one.cell, one.eur_month.value) == (here[1], -50.0)
    assert [f.cell for f in unmoved(found, 28)] == [here[1]]
    assert missing(found, {}, 28, hide_below=401) == ()

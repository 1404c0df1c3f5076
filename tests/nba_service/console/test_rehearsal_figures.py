"""Figures of a rehearsal: who goes where, and the weeks ahead, each case with its headline."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from models.policy.rehearsal.look_ahead import NO_PRESSURE, LimitUse, Pressure, WeekOfContacts
from models.policy.rehearsal.rehearsal import Flow
from nba_service.console import rehearsal_figures as figures
from nba_service.console.desk import Desk
from nba_service.console.wording import Words

MakeDesk = Callable[..., Desk]
FLOWS = (
    Flow(before=None, after="offer", decisions=30),
    Flow(before="nothing", after="offer", decisions=10),
    Flow(before="offer", after="care", decisions=1),
)


def weeks(*pairs: tuple[float, float]) -> Pressure:
    rows = tuple(
        WeekOfContacts(
            since=f"2026-11-{20 + 7 * index:02}" if index < 2 else f"2026-12-{4 + 7 * (index - 2):02}",
            customers=40,
            before=before,
            after=after,
            most_before=2.0,
            most_after=3.0,
        )
        for index, (before, after) in enumerate(pairs)
    )
    limit = LimitUse(
        code="EMAIL_2_IN_7_DAYS",
        window_days=7.0,
        count_before=2,
        count_after=3,
        before=(0.5,) * len(rows),
        after=(1.0,) * len(rows),
    )
    return Pressure(customers=40, occasions=80, weeks=rows, limits=(limit,))


@pytest.mark.parametrize(
    ("found", "english", "german"),
    [
        (NO_PRESSURE, "Nobody would hear from us", "Niemand würde"),
        (
            weeks((0.2, 0.4), (0.2, 0.4)),
            "0.80 times in four weeks, instead of 0.40",
            "0,80 Mal von uns hören statt",
        ),
        (weeks((0.4, 0.2)), "only 0.20 times", "nur 0,20 Mal"),
        (weeks((0.4, 0.4)), "0.40 times in four weeks, as now", "wie jetzt"),
    ],
)
def test_each_case_of_pressure_has_its_headline(found: Pressure, english: str, german: str) -> None:
    assert english in figures.pressure_title(Words("en"), found)
    assert german in figures.pressure_title(Words("de"), found)


def test_pressure_is_drawn_with_its_limits_and_both_values(make_desk: MakeDesk) -> None:
    drawn = figures.draw_pressure(make_desk(), weeks((0.2, 0.4), (0.3, 0.3)))

    assert "0.20 → 0.40" in drawn
    assert ">0.30<" in drawn  # the same before and after is said once
    assert "50\N{NO-BREAK SPACE}% → 100\N{NO-BREAK SPACE}%" in drawn
    assert "at most 2 → 3 in 7 days" in drawn
    assert "week of 20 Nov" in drawn
    assert figures.draw_pressure(make_desk(), NO_PRESSURE) == ""


def test_a_limit_that_nobody_uses_is_not_drawn_but_in_its_table(make_desk: MakeDesk) -> None:
    used = weeks((0.2, 0.2))
    idle = LimitUse(code="IDLE", window_days=30, count_before=1, count_after=1, before=(0.0,), after=(0.0,))
    found = Pressure(customers=1, occasions=1, weeks=used.weeks, limits=(*used.limits, idle))

    assert "Idle" not in figures.draw_pressure(make_desk(), found)
    assert ("IDLE", "2026-11-20", 0.0, 0.0) in figures.limit_table(found).rows


def test_flows_keep_forced_nothing_and_peace_apart(make_desk: MakeDesk) -> None:
    drawn = figures.draw_flows(make_desk(), FLOWS)

    assert "Gets nothing" in drawn
    assert "Left in peace" in drawn
    assert "40 come" in drawn
    assert "one leaves" in drawn
    assert (
        figures.flows_title(make_desk(), FLOWS)
        == "41 people would get something else; 30 of them get nothing now"
    )
    assert "41 Personen" in figures.flows_title(make_desk("de"), FLOWS)
    assert figures.draw_flows(make_desk(), ()) == ""


def test_small_ends_are_drawn_together_and_none_is_lost(make_desk: MakeDesk) -> None:
    many = [Flow(before=f"a{number}", after="care", decisions=number) for number in range(1, 12)]
    drawn = figures.draw_flows(make_desk(), many).split("</svg>")[0]
    leaving = [int(number) for number in re.findall(r">(\d+) leave<", drawn)]

    assert "Other actions" in drawn
    assert sum(leaving) == sum(flow.decisions for flow in many)

"""Phases stated in the steps until a moment: the same for one customer and for many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.history import DAY_MS, build_history, to_ms
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.learned.advantage.belief import UNKNOWN, WINDOW
from models.learned.advantage.stated_phases import StatedPhases
from models.learned.features.builder import FeatureBuilder, make_spec
from models.learned.features.situations import Situations

NOW = datetime(2026, 11, 21, 11, tzinfo=UTC)
STEP_DAYS = 7.0


def statement(phase: str, days_ago: float) -> Interaction:
    when = NOW - timedelta(days=days_ago)
    return Interaction(occurred_at=when, channel=None, touchpoint="visit", phase=phase)


def situate(journey: Journey, pasts: list[list[Interaction]]) -> tuple[Situations, StatedPhases]:
    builder = FeatureBuilder(make_spec(journey), journey)
    situations = builder.situate(
        history=build_history(journey, pasts),
        customer=np.arange(len(pasts)),
        instant=np.full(len(pasts), to_ms(NOW)),
        attributes=builder.attribute_matrix([{}] * len(pasts)),
    )
    return situations, StatedPhases(builder.machine, np.full(len(journey.phases), STEP_DAYS))


def test_each_step_reads_what_was_stated_before_it(tiny_journey: Journey) -> None:
    first, second = (phase.name for phase in tiny_journey.phases[:2])
    past = [statement(second, 22.0), statement(first, 13.0), statement(second, 1.0)]

    situations, reader = situate(tiny_journey, [past])

    found = reader.read(situations)[0].tolist()
    assert found == [UNKNOWN] * (WINDOW - 4) + [1, 1, 0, 1]


@settings(deadline=None, max_examples=40)
@given(
    pasts=st.lists(
        st.lists(st.tuples(st.integers(0, 2), st.floats(0.01, 80.0)), max_size=8), min_size=1, max_size=6
    )
)
def test_a_customer_alone_is_read_as_among_many_and_as_decisions_then_were(
    tiny_journey: Journey, pasts: list[list[tuple[int, float]]]
) -> None:
    """What a service reads of one customer is what training reads of all."""
    names = [phase.name for phase in tiny_journey.phases]
    told = [[statement(names[p], days) for p, days in sorted(past, key=lambda s: -s[1])] for past in pasts]
    situations, reader = situate(tiny_journey, told)
    builder = FeatureBuilder(make_spec(tiny_journey), tiny_journey)

    together = reader.read(situations)

    for k, past in enumerate(told):
        alone, _ = situate(tiny_journey, [past])
        np.testing.assert_array_equal(reader.read(alone)[0], together[k])
        for back in range(WINDOW):
            then = builder.situate(
                history=alone.history,
                customer=alone.customer,
                instant=alone.instant - round(back * STEP_DAYS * DAY_MS),
                attributes=builder.attribute_matrix([{}]),
            )
            stated = together[k, WINDOW - 1 - back]
            assert stated in (UNKNOWN, then.phase[0])
            assert (stated == UNKNOWN) <= (then.end[0] == 0)

"""Features of a past that was partly folded away are those of all events, bit for bit."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import kernel
from models.arrays import Floats32
from models.domain.history import History, to_ms
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.past import build_past, event_of
from models.domain.past.reading import PastReader
from models.learned.advantage.contacts import ContactReader
from models.learned.features.builder import FeatureBuilder, Situations, make_spec
from tests.models.learned.features.situations import EVENTS, NOON

LOG = st.lists(EVENTS, max_size=25, unique_by=lambda event: event.occurred_at)


@pytest.fixture(scope="module")
def builder(tiny_journey: Journey) -> FeatureBuilder:
    return FeatureBuilder(make_spec(tiny_journey, windows_days=(0.5, 7, 31)), tiny_journey)


def situate(builder: FeatureBuilder, history: History, instants: list[int]) -> Situations:
    return builder.situate(
        history=history,
        customer=np.zeros(len(instants), dtype=np.int64),
        instant=np.array(instants, dtype=np.int64),
        attributes=builder.attribute_matrix([{}]),
    )


@pytest.mark.parametrize("compiled", [True, False])
@settings(deadline=None)
@given(log=LOG, folded_days=st.integers(0, 40), more_days=st.integers(0, 60))
def test_folded_totals_and_events_give_the_same_bits(
    builder: FeatureBuilder,
    tiny_journey: Journey,
    compiled: bool,
    log: list[Interaction],
    folded_days: int,
    more_days: int,
) -> None:
    reader = PastReader(tiny_journey, builder.machine)
    past = build_past(event_of(event, str(number)) for number, event in enumerate(log))
    before = to_ms(NOON + timedelta(days=folded_days))
    folded = past.fold(before, reader.checkpoint(past, before))
    instant = before + (31 + more_days) * 86_400_000  # no window reaches into what was folded
    treatment = np.arange(len(tiny_journey.treatments), dtype=np.int64)

    def both(history: History) -> tuple[Floats32, Floats32]:
        situations = situate(builder, history, [instant])
        rows = np.zeros(len(treatment), dtype=np.int64)
        return (
            builder.customer_features(situations),
            builder.candidate_features(situations, rows, treatment),
        )

    with pytest.MonkeyPatch.context() as patch:
        if not compiled:
            patch.setattr(kernel, "native", None)
        for found, made in zip(both(reader.history(folded)), both(reader.history(past)), strict=True):
            assert found.tobytes() == made.tobytes()
        several = situate(builder, reader.history(folded), [instant, instant + 1])
        one = situate(builder, reader.history(folded), [instant + 1])
        assert np.array_equal(
            builder.customer_features(several)[1:], builder.customer_features(one), equal_nan=True
        )


@settings(deadline=None)
@given(log=LOG, folded_days=st.integers(0, 40))
def test_what_a_channel_was_answered_counts_for_good(
    builder: FeatureBuilder, tiny_journey: Journey, log: list[Interaction], folded_days: int
) -> None:
    reader = PastReader(tiny_journey, builder.machine)
    treatments = tuple((t.action, t.channel) for t in tiny_journey.treatments)
    contacts = ContactReader(builder.spec, tiny_journey, treatments, builder.spec.channels, np.full(3, 7.0))
    past = build_past(event_of(event, str(number)) for number, event in enumerate(log))
    before = to_ms(NOON + timedelta(days=folded_days))
    folded = past.fold(before, reader.checkpoint(past, before))
    instant = before + 70 * 86_400_000
    found, made = (
        contacts.read(situate(builder, reader.history(each), [instant])) for each in (folded, past)
    )
    assert np.array_equal(found.taste, made.taste)
    assert found.felt[0, 2] == made.felt[0, 2]

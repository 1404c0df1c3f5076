"""Rules of features: what each column says, that none sees the future, and that company changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain import spans as spans_module
from models.domain.actions import Channel
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.errors import UnknownNameError
from models.learned.features import candidate as candidate_features
from models.learned.features import customer as customer_features
from models.learned.features.builder import FeatureBuilder, make_spec
from tests.models.learned.features.situations import (
    ATTRIBUTES,
    INSTANTS,
    LOGS,
    NOON,
    ZONES,
    contact,
    event,
    matrices,
    situate,
)


@settings(max_examples=100, deadline=None)
@given(
    LOGS, st.lists(INSTANTS, min_size=1, max_size=4), st.lists(ATTRIBUTES, min_size=5, max_size=5), st.data()
)
def test_one_at_a_time_equals_all_at_once_bit_for_bit(
    builder: FeatureBuilder,
    tiny_journey: Journey,
    log: list[list[Interaction]],
    instants: list[datetime],
    attributes: list[dict[str, Any]],
    data: st.DataObject,
) -> None:
    moments = [(customer, instant) for instant in instants for customer in range(len(log))]
    zones = data.draw(st.lists(ZONES, min_size=len(log), max_size=len(log)))
    stated = data.draw(st.lists(st.integers(-1, 2), min_size=len(moments), max_size=len(moments)))
    together = situate(builder, tiny_journey, log, moments, attributes[: len(log)], zones, stated)
    x, candidates = matrices(builder, tiny_journey, together)
    for i, (customer, instant) in enumerate(moments):
        alone = situate(
            builder,
            tiny_journey,
            [log[customer]],
            [(0, instant)],
            [attributes[customer]],
            [zones[customer]],
            [stated[i]],
        )
        own_x, own_candidates = matrices(builder, tiny_journey, alone)
        assert own_x.tobytes() == x[i].tobytes()
        assert own_candidates.tobytes() == candidates[i].tobytes()
        taken = replace(together, customer_x=x).take(np.array([i]))
        assert taken.customer_x is not None
        assert taken.customer_x.tobytes() == x[i].tobytes()
        assert matrices(builder, tiny_journey, taken)[1].tobytes() == candidates[i].tobytes()


@settings(max_examples=60, deadline=None)
@given(LOGS, st.lists(INSTANTS, min_size=1, max_size=4), st.integers(1, 6), st.integers(1, 4))
def test_the_size_of_a_chunk_changes_no_bit(
    builder: FeatureBuilder,
    tiny_journey: Journey,
    log: list[list[Interaction]],
    instants: list[datetime],
    events: int,
    rows: int,
) -> None:
    moments = [(customer, instant) for instant in instants for customer in range(len(log))]

    def build() -> tuple[bytes, bytes]:
        x, candidates = matrices(builder, tiny_journey, situate(builder, tiny_journey, log, moments))
        return x.tobytes(), candidates.tobytes()

    whole = build()
    small = partial(spans_module.spans, events=events, rows=rows)
    with pytest.MonkeyPatch.context() as patch:
        for module in (spans_module, customer_features, candidate_features):
            patch.setattr(module, "spans", small)
        assert build() == whole


@settings(max_examples=100, deadline=None)
@given(LOGS, LOGS, INSTANTS)
def test_no_feature_changes_with_anything_at_or_after_its_moment(
    builder: FeatureBuilder,
    tiny_journey: Journey,
    log: list[list[Interaction]],
    other: list[list[Interaction]],
    instant: datetime,
) -> None:
    """The same past with one future, with another, and with none."""
    past = [[each for each in events if each.occurred_at < instant] for events in log]
    future = [[each for each in events if each.occurred_at >= instant] for events in log]
    strange = [[replace(e, occurred_at=instant + (e.occurred_at - NOON)) for e in events] for events in other]
    strange += [[]] * len(log)
    moments = [(customer, instant) for customer in range(len(log))]
    bits = set()
    for later in (future, strange, [[]] * len(log)):
        histories = [early + late for early, late in zip(past, later, strict=False)]
        x, candidates = matrices(builder, tiny_journey, situate(builder, tiny_journey, histories, moments))
        bits.add(x.tobytes() + candidates.tobytes())

    assert len(bits) == 1


def test_a_journey_may_grow_without_a_new_spec(tiny_journey: Journey) -> None:
    """A new action on a new channel has no code yet: it is built as unknown, not refused."""
    new = replace(tiny_journey.actions[0], name="aaa", channels=("post",), group="unheard_of")
    journey = replace(
        tiny_journey,
        actions=(new, *tiny_journey.actions),
        channels=(Channel(name="post", label="Post"), *tiny_journey.channels),
    )
    builder = FeatureBuilder(make_spec(tiny_journey), journey)
    events = [contact(0, "aaa", "post"), event(0, "visit", "web")]
    situations = situate(builder, journey, [events], [(0, NOON + timedelta(days=1))])
    row = builder.candidate_features(
        situations, np.array([0]), np.array([journey.treatment_index["aaa", "post"]])
    )[0]
    found = dict(zip(builder.spec.candidate_names, row.tolist(), strict=True))

    assert np.isnan([found[name] for name in ("action", "channel", "group")]).all()
    assert (found["action_contacts_7d"], found["days_since_action"]) == (1, 1)
    assert builder.customer_features(situations)[0, builder.spec.customer_names.index("channel.web.7d")] == 1


def test_a_history_may_number_its_touchpoints_as_it_likes(
    builder: FeatureBuilder, tiny_journey: Journey
) -> None:
    """Columns go by the names in the history, not by the order of its codes, and need no outcome there."""
    moment = [(0, NOON + timedelta(days=3))]
    situations = situate(builder, tiny_journey, [[event(1, "visit"), event(2, "quote")]], moment)
    own = replace(
        situations.history, touchpoint=np.array([1, 0], dtype=np.int32), touchpoints=("quote", "visit")
    )

    same = builder.customer_features(replace(situations, history=own))

    assert same.tobytes() == builder.customer_features(situations).tobytes()


def test_an_unknown_time_zone_is_named(builder: FeatureBuilder, tiny_journey: Journey) -> None:
    with pytest.raises(UnknownNameError, match="Atlantis"):
        situate(builder, tiny_journey, [[]], [(0, NOON)], zones=["Europe/Atlantis"])

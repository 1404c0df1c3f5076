"""Columns of what customers told stand behind the attributes; without typed properties nothing changes."""

from __future__ import annotations

import numpy as np
import pytest

from models.domain.history import build_history
from models.domain.journey import Journey
from models.errors import FeatureMismatchError
from models.learned.features.builder import FeatureBuilder, FeatureSpec, make_spec
from models.learned.features.feedback import FeedbackColumns
from tests.models.domain.test_feedback import at, event

NAMES = ("last.csat", "mean.csat.90d", "last.ticket.severity", "last.ticket.solved")
NAMES += ("last.ticket.hours", "mean.ticket.hours.90d")


def test_columns_are_those_of_facts_that_are_features(told_journey: Journey, tiny_journey: Journey) -> None:
    spec = make_spec(told_journey)
    assert spec.customer_names[-6:] == NAMES
    assert spec.customer_names.index("last.ticket.severity") in spec.customer_categorical
    assert FeatureSpec.from_json(spec.to_json()) == spec
    assert "feedback" not in make_spec(tiny_journey).to_json()


def test_they_say_what_was_told_before_the_moment(told_journey: Journey) -> None:
    """Of the first customer: 4 last, (2 + 4) / 2 within 90 days; the second told nothing."""
    log = [event(0, score=2), event(5, "ticket", severity="critical", hours=3), event(6, score=4)]
    history = build_history(told_journey, [[*log, event(7, score=1)], []])
    builder = FeatureBuilder(make_spec(told_journey, history), told_journey)
    customer, instant = np.array([0, 1]), np.full(2, at(7))
    attributes = builder.attribute_matrix([{}, {}])
    situations = builder.situate(history=history, customer=customer, instant=instant, attributes=attributes)
    found = builder.customer_features(situations)[:, -6:]
    assert np.array_equal(found[0], [4, 3, 1, np.nan, 3, 3], equal_nan=True)
    assert np.isnan(found[1]).all()
    alone = build_history(told_journey, [[*log, event(7, score=1)]])
    one = builder.situate(
        history=alone, customer=customer[:1], instant=instant[:1], attributes=attributes[:1]
    )
    assert builder.customer_features(one)[:, -6:].tobytes() == found[:1].tobytes()


def test_a_mean_forgets_after_90_days(told_journey: Journey) -> None:
    history = build_history(told_journey, [[event(0, score=2)]])
    built = FeedbackColumns(make_spec(told_journey), told_journey)
    assert built.width == 6
    zero = np.zeros(1, dtype=np.int64)
    for day, expected in ((90, 2.0), (90.01, np.nan)):
        found = built.build(history, zero, np.ones(1, dtype=np.int64), np.array([at(day)]))
        assert np.array_equal(found[0, :2], [2.0, expected], equal_nan=True)


def test_a_property_that_the_journey_types_otherwise_is_refused(
    told_journey: Journey, tiny_journey: Journey
) -> None:
    with pytest.raises(FeatureMismatchError, match="the property 'csat' as number"):
        FeatureBuilder(make_spec(told_journey), tiny_journey)

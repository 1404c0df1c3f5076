"""The compiled kernel gives the bits of the NumPy code next to it, and refuses what does not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import kernel
from models.domain.history import CONTACT, DAY_MS, build_history, to_ms
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.past import build_past, event_of
from models.domain.past.reading import PastReader
from models.domain.phases import PhaseMachine
from models.learned.features.builder import FeatureBuilder, make_spec
from models.learned.trees.lightgbm_text import parse_forest
from models.learned.trees.mask_scorer import MaskScorer
from models.learned.trees.trees import Trees
from models.policy.eligibility.rule_facts import _touchpoint_facts
from tests.models.learned.features.situations import ATTRIBUTES, INSTANTS, LOGS, ZONES, situate
from tests.models.learned.trees.test_trees import MODELS, N_SHARED, booster, rows_like_training

Found = TypeVar("Found")
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.skipif(kernel.native is None, reason="the kernel was not built: no C compiler")


def without_kernel(call: Callable[[], Found]) -> Found:
    native, kernel.native = kernel.native, None
    try:
        return call()
    finally:
        kernel.native = native


def test_trees_score_to_the_same_bits() -> None:
    rng = np.random.default_rng(3)
    for name in MODELS:
        if MODELS[name].get("zero_as_missing"):
            continue
        scorer = MaskScorer(parse_forest(booster(name).model_to_string()))
        X = rows_like_training(300, 7).astype(np.float32)
        X[rng.random(X.shape) < 0.02] = np.inf
        shared, own, row = X[:40, :N_SHARED].copy(), X[:, N_SHARED:].copy(), rng.integers(0, 40, 300)
        for call in (
            lambda s=scorer, x=X: s.raw_scores(x),
            lambda s=scorer, a=shared, b=own, r=row: s.raw_scores_split(a, b, r),
        ):
            assert call().tobytes() == without_kernel(call).tobytes(), name


def test_planned_trees_score_to_the_same_bits() -> None:
    """Of one row of shared columns: with own ones by blocks of rows and the rest, and alone."""
    for name in MODELS:
        trees = Trees.from_model_string(booster(name).model_to_string())
        X = rows_like_training(21, 8).astype(np.float32)
        shared, own, row = X[:1, :N_SHARED].copy(), X[:, N_SHARED:].copy(), np.zeros(21, dtype=np.int64)
        planned, alone = trees.plan(N_SHARED), trees.plan(trees.n_features)
        assert planned is not None, name
        assert alone is not None, name
        expected = trees.raw_scores_split(shared, own, row)
        assert planned.scores(shared, own).tobytes() == expected.tobytes(), name
        assert alone.scores(X[:1]).tobytes() == trees.raw_scores(X[:1]).tobytes(), name
        with pytest.raises(ValueError, match="rows do not fit"):
            planned.scores(X[:1], own)


@settings(max_examples=40, deadline=None)
@given(log=LOGS, when=INSTANTS, known=ATTRIBUTES, zone=ZONES, stated=st.sampled_from([-1, 0, 1]))
def test_features_of_one_situation_have_the_same_bits(
    tiny_journey: Journey,
    log: Sequence[Sequence[Interaction]],
    when: datetime,
    known: dict[str, Any],
    zone: str | None,
    stated: int,
) -> None:
    builder = FeatureBuilder(make_spec(tiny_journey, windows_days=(0.5, 7, 40)), tiny_journey)
    treatment = np.arange(len(tiny_journey.treatments))
    for customer in range(len(log)):
        found = situate(
            builder, tiny_journey, log, [(customer, when)], [known] * len(log), [zone] * len(log), [stated]
        )
        row = np.zeros(len(treatment), dtype=np.int64)
        for call in (
            lambda s=found: builder.customer_features(s),
            lambda s=found, r=row: builder.candidate_features(s, r, treatment),
        ):
            assert call().tobytes() == without_kernel(call).tobytes()


def test_months_and_hours_before_1970_and_after_2100(tiny_journey: Journey) -> None:
    builder = FeatureBuilder(make_spec(tiny_journey), tiny_journey)
    for day in range(-700_000, 2_000_000, 39_973):
        found = builder.situate(
            history=build_history(tiny_journey, [[]]),
            customer=np.zeros(1, dtype=np.int64),
            instant=np.array([day * DAY_MS + day % 86_400_000], dtype=np.int64),
            attributes=builder.attribute_matrix([{}]),
        )
        call = lambda s=found: builder.customer_features(s)  # noqa: E731
        assert call().tobytes() == without_kernel(call).tobytes()


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(st.integers(0, 4), max_size=12),
    folded=st.booleans(),
    cut=st.tuples(st.integers(0, 12), st.integers(0, 12)),
)
def test_how_often_and_when_last_are_the_same(
    tiny_journey: Journey, names: list[int], folded: bool, cut: tuple[int, int]
) -> None:
    declared = ("visit", "quote", "order", "odd", "odder")
    events = [
        Interaction(occurred_at=NOON + timedelta(minutes=n), channel="web", touchpoint=declared[name])
        for n, name in enumerate(names)
    ]
    history = build_history(tiny_journey, [events])
    if folded:
        past = build_past(event_of(event, str(n)) for n, event in enumerate(events)).fold(
            to_ms(NOON) + 200_000
        )
        history = PastReader(tiny_journey, PhaseMachine(tiny_journey)).history(past)
    begin, end = sorted(min(place, history.n_events) for place in cut)

    found = _touchpoint_facts(history, begin, end)

    plain = without_kernel(lambda: _touchpoint_facts(history, begin, end))
    assert [column.tolist() for column in found] == [column.tolist() for column in plain]


def test_events_that_do_not_fit_are_refused(tiny_journey: Journey) -> None:
    names, times, room = np.array([7], dtype=np.int32), np.zeros(1, np.int64), np.zeros(3, np.int64)
    with pytest.raises(ValueError, match="a name is out of range"):
        kernel.native.touchpoint_facts(names, times, 0, 1, room, room.copy())
    with pytest.raises(ValueError, match="sizes of events do not fit"):
        kernel.native.touchpoint_facts(names, times, 0, 2, room, room.copy())
    history = build_history(
        tiny_journey, [[Interaction(occurred_at=NOON, channel="web", touchpoint="visit")]]
    )
    object.__setattr__(history, "phase", np.array([99], dtype=np.int32))
    with pytest.raises(ValueError, match="a phase is out of range"):
        PhaseMachine(tiny_journey).walk_one(history, 1, to_ms(NOON))


def test_sizes_and_codes_that_do_not_fit_are_refused(tiny_journey: Journey) -> None:
    scorer = MaskScorer(parse_forest(booster("binary").model_to_string()))
    nodes = scorer._part(0, N_SHARED).nodes
    assert nodes is not None
    with pytest.raises(ValueError, match="do not fit"):
        nodes.masks(np.zeros((2, 1), np.float32))
    with pytest.raises(ValueError, match="do not fit"):
        kernel.native.leaf_sums(None, None, None, np.zeros(3), 2, 1, 4, 2, np.zeros(1))
    with pytest.raises(TypeError, match="expected 9 arguments, got 0"):
        kernel.native.leaf_sums()
    builder = FeatureBuilder(make_spec(tiny_journey), tiny_journey)
    found = situate(builder, tiny_journey, [[]], [(0, datetime.fromisoformat("2026-05-01T12:00:00Z"))])
    column = {"occurred_at": np.int64, "value_cents": np.int64, "kind": np.int8}
    names = ("occurred_at", "kind", "channel", "touchpoint", "action", "phase", "value_cents")
    events = {name: np.full(1, CONTACT, dtype=column.get(name, np.int32)) for name in names}
    broken = build_history(tiny_journey, [[]])
    for name, values in {
        **events,
        "touchpoint": np.full(1, 10_000, np.int32),
        "start": np.array([0, 1]),
    }.items():
        object.__setattr__(broken, name, values)
    object.__setattr__(found, "history", broken)
    object.__setattr__(found, "end", np.ones(1, dtype=np.int64))
    with pytest.raises(ValueError, match="code is out of range"):
        builder.customer_features(found)

"""One customer at one moment is what the same moment among others is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from models import kernel
from models.domain.history import PhaseWalk, build_history
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.learned.features.builder import FeatureBuilder, make_spec
from models.learned.features.one_moment import can_walk
from tests.models.learned.features.situations import INSTANTS, LOGS, ZONES, situate

_READ = ("instant", "end", "phase", "phase_since", "phase_lags", "phases_entered", "window_start", "local_ms")


@settings(max_examples=60, deadline=None)
@given(log=LOGS, when=INSTANTS, zone=ZONES, stated=st.sampled_from([-1, 0, 1]), compiled=st.booleans())
def test_alone_and_among_others(
    tiny_journey: Journey,
    log: Sequence[Sequence[Interaction]],
    when: datetime,
    zone: str | None,
    stated: int,
    compiled: bool,
) -> None:
    builder = FeatureBuilder(make_spec(tiny_journey, windows_days=(0.5, 7, 40)), tiny_journey)
    own = [log[0]] if log else [[]]
    native = kernel.native if compiled else None

    with mock.patch.object(kernel, "native", native):
        alone = situate(builder, tiny_journey, own, [(0, when)], [{}], [zone], [stated])
    twice = situate(builder, tiny_journey, own, [(0, when)] * 2, [{}], [zone], [stated] * 2)

    for name in _READ:
        mine, theirs = attrgetter(name)(alone), attrgetter(name)(twice.take(slice(0, 1)))
        assert (mine.dtype, mine.shape, mine.tolist()) == (theirs.dtype, theirs.shape, theirs.tolist()), name


def test_many_customers_or_a_long_past_without_the_kernel_are_traced(tiny_journey: Journey) -> None:
    visits = [
        Interaction(
            occurred_at=datetime.fromisoformat("2026-05-01T12:00:00Z"), channel="web", touchpoint="visit"
        )
    ]
    long = build_history(tiny_journey, [visits * 300])
    assert not can_walk(build_history(tiny_journey, [visits, visits]))
    with mock.patch.object(kernel, "native", None):
        assert can_walk(build_history(tiny_journey, [visits]))
        assert not can_walk(long)
        assert can_walk(replace(long, walked=(256, PhaseWalk(0, -1, -1, 0, 0, 0, 0))))

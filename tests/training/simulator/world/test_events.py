"""A growing history equals one made at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.simulator.world.events import GrowingHistory, join, make_events

batches = st.lists(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), max_size=12), min_size=1, max_size=5
)


@given(batches)
def test_appending_step_by_step_equals_all_at_once(steps: list[list[tuple[int, int]]]) -> None:
    """Each step lies after the one before, as decisions do."""
    parts = []
    for k, batch in enumerate(steps):
        pairs = np.array(batch, dtype=np.int64).reshape(-1, 2)
        codes = np.arange(len(pairs)) + 100 * k
        parts.append(make_events(pairs[:, 0], pairs[:, 1] + 10 * k, codes, action=k))
    growing, once = GrowingHistory(5, ("x",)), GrowingHistory(5, ("x",))
    for part in parts:
        growing.append(part)
    once.append(join(parts))
    got, expected = growing.history(), once.history()
    for name in ("start", "occurred_at", "kind", "channel", "touchpoint", "action", "phase"):
        assert np.array_equal(getattr(got, name), getattr(expected, name)), name
    for i in range(5):
        assert (np.diff(got.occurred_at[got.start[i] : got.start[i + 1]]) >= 0).all()

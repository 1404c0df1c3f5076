"""Parts follow one another in time, and no label of an earlier part was known only in a later one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import TrainingDataError
from training.config import Split
from training.rows.labels import NEVER
from training.rows.rows import UNKNOWN, DecisionRows
from training.rows.split import Part, random_split, split_rows, without_test


def make_rows(decided_at: list[int], window: int, customer: list[int] | None = None) -> DecisionRows:
    n = len(decided_at)
    at = np.array(decided_at, dtype=np.int64)
    return DecisionRows(
        customer=np.array(customer or range(n), dtype=np.int64),
        decided_at=at,
        treatment=np.ones(n, dtype=np.int32),
        action_probability=np.full(n, np.nan),
        source=np.zeros(n, dtype=np.int8),
        stated_phase=np.full(n, -1, dtype=np.int32),
        phase=np.zeros(n, dtype=np.int32),
        response=np.zeros(n, dtype=np.int8),
        response_known_at=at + window,
        responded_at=np.full(n, NEVER),
        reward=np.zeros(n),
        next_phase=np.zeros(n, dtype=np.int32),
        next_known_at=at + window,
        decision=np.arange(n),
    )


@settings(max_examples=60, deadline=None)
@given(
    times=st.lists(st.integers(0, 1000), min_size=20, max_size=60),
    window=st.integers(0, 30),
    first=st.floats(0.3, 0.6),
)
def test_no_label_tells_a_later_part(times: list[int], window: int, first: float) -> None:
    rows = make_rows(times, window)
    try:
        split = split_rows(rows, np.zeros(0, np.int64), Split(calibrate_from=first, test_from=0.7), True)
    except TrainingDataError:
        return  # everything was purged, and it said so

    known = split.rows.response != UNKNOWN
    for part, limit in ((Part.TRAIN, split.calibrate_from), (Part.CALIBRATE, split.test_from)):
        mine = split.of(part)
        assert (rows.decided_at[mine] < limit).all()
        assert (rows.response_known_at[mine & known] <= limit).all()
    assert (rows.decided_at[split.of(Part.TEST)] >= split.test_from).all()
    assert split.purged == int((~known).sum())


def test_after_the_test_every_row_is_learned_from_and_no_label_tells_the_later_part() -> None:
    rows = make_rows(list(range(0, 200, 10)), window=15)
    split = split_rows(rows, np.zeros(0, np.int64), Split(calibrate_from=0.5, test_from=0.8), True)

    again = without_test(split, purge=True)

    assert [int((again.part == part).sum()) for part in Part] == [16, 4, 0]
    known = again.rows.response != UNKNOWN
    assert known.tolist() == [True] * 15 + [False] + [True] * 4  # 150 is known at 165, after 160 begins
    assert known.sum() > (split.rows.response != UNKNOWN).sum()


def test_customers_stay_whole_when_split_by_their_start() -> None:
    customer = [0, 1, 2, 3, 4] * 4
    rows = make_rows(list(range(20)), 0, customer)
    start = np.array([0, 1, 2, 3, 4])

    split = split_rows(
        rows, start, Split(by="customer_start", calibrate_from=0.6, test_from=0.8), purge=False
    )

    assert {int(c): int(p) for c, p in zip(rows.customer, split.part, strict=True)} == {
        0: Part.TRAIN,
        1: Part.TRAIN,
        2: Part.TRAIN,
        3: Part.CALIBRATE,
        4: Part.TEST,
    }
    assert all(len(set(split.part[rows.customer == c])) == 1 for c in range(5))


def test_a_split_that_leaves_nothing_to_learn_from_says_what_to_change() -> None:
    with pytest.raises(TrainingDataError, match="train part"):
        split_rows(make_rows(list(range(20)), 100), np.zeros(0, np.int64), Split(), purge=True)


def test_a_random_split_keeps_customers_whole() -> None:
    customer = np.repeat(np.arange(200), 3)
    rows = make_rows(list(range(600)), 0, customer.tolist())

    part = random_split(rows, np.random.default_rng(1))

    assert all(len(set(part[customer == c])) == 1 for c in range(200))
    assert {*part.tolist()} == {*Part}

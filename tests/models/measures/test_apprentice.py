"""What callers did next to what we would have done: counted by pairs, and estimated by stated chances."""

from __future__ import annotations

import numpy as np

from models.arrays import Records
from models.measures.apprentice import (
    agreement,
    by_callers,
    choices,
    our_estimate,
    refused_by_us,
    same_treatment,
)
from models.measures.log.records import DECISION

NOTHING = 9


def taken(n: int = 4_000) -> Records:
    """A caller who draws one of two actions evenly; ours is the better one in nine of ten cases."""
    rng = np.random.default_rng(4)
    records = np.zeros(n, dtype=DECISION)
    records["customer"] = np.arange(n) // 2
    records["action"] = rng.integers(1, 3, n)
    records["channel"] = 7
    records["our_action"] = np.where(rng.random(n) < 0.9, 2, 1)
    records["our_channel"] = 7
    records["probability"] = 0.5
    records["our_probability"] = np.where(records["action"] == 2, 0.9, 0.1)
    records["value"] = np.where(records["action"] == 2, 3.0, 1.0)
    records["cost"] = 0.5
    return records


def test_pairs_add_up_to_all_decisions() -> None:
    records = taken()
    pairs = choices(records)

    assert by_callers(records).all()
    assert {(one.taken[0], one.ours[0]) for one in pairs} == {(1, 1), (1, 2), (2, 1), (2, 2)}
    assert sum(one.decisions for one in pairs) == len(records)
    assert [one.decisions for one in pairs] == sorted((one.decisions for one in pairs), reverse=True)
    assert sum(one.value for one in pairs) == records["value"].sum()


def test_agreement_is_the_share_of_same_choices() -> None:
    records = taken()
    share = agreement(records)

    assert share.value == same_treatment(records).mean()
    assert 0 < share.low < share.value < share.high < 1


def test_what_ours_would_have_earned_is_estimated_where_the_caller_states_chances() -> None:
    """Worth 2.5 in nine of ten cases and 0.5 in one: 2.3 EUR a decision, 0.8 more than the caller's 1.5."""
    records = taken()
    unstated = records.copy()
    unstated["probability"] = np.nan

    found = our_estimate(records, now=1)

    assert found.difference is not None
    assert found.difference.low < 0.8 < found.difference.high
    assert our_estimate(unstated, now=1).refused is not None


def test_decisions_whose_window_is_open_do_not_count() -> None:
    records = taken()
    records["until"][: len(records) // 2] = 10

    assert our_estimate(records, now=9).decisions == len(records) // 2


def test_what_our_rules_would_not_have_allowed() -> None:
    """Doing nothing is never refused."""
    records = taken(3)
    records["our_probability"] = np.nan
    records["action"] = [1, 2, NOTHING]

    assert refused_by_us(records, NOTHING).tolist() == [True, True, False]

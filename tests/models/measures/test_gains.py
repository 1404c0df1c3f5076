"""What an action earned over nothing: right by stated probabilities, silent where there was no chance."""

from __future__ import annotations

import numpy as np

from models.arrays import Records
from models.measures.gains import gain_over_nothing
from models.measures.log.records import DECISION

ACTION, NOTHING = 1, 2


def drawn(n: int = 20_000) -> Records:
    """The action adds 2 EUR and costs 0.5; eager customers, worth 10 EUR anyway, get it more often."""
    rng = np.random.default_rng(3)
    eager = rng.random(n) < 0.5
    p = np.where(eager, 0.8, 0.2)
    acted = rng.random(n) < p
    records = np.zeros(n, dtype=DECISION)
    records["customer"] = rng.integers(0, n // 2, n)
    records["action"] = np.where(acted, ACTION, NOTHING)
    records["phase"], records["channel"] = 1, np.where(acted, 4, 0)
    records["probability"] = np.where(acted, p, 1 - p)
    records["value"] = np.where(eager, 10.0, 0.0) + np.where(acted, 2.0, 0.0) + rng.normal(0, 1, n)
    records["cost"] = np.where(acted, 0.5, 0.0)
    return records


def test_stated_probabilities_undo_that_it_went_to_those_who_are_worth_more_anyway() -> None:
    records = drawn()
    own, nothing = records["action"] == ACTION, records["action"] == NOTHING

    found = gain_over_nothing(records, own, nothing, 1)

    assert found is not None
    assert found.interval.low < 1.5 < found.interval.high
    assert records["value"][own].mean() - records["value"][nothing].mean() > 6
    assert found.decisions == own.sum()


def test_where_nothing_could_have_come_out_otherwise_nothing_is_said() -> None:
    records = drawn(1_000)
    own, nothing = records["action"] == ACTION, records["action"] == NOTHING

    assert gain_over_nothing(records, own, nothing, 0) is not None
    silent = records.copy()
    silent["value"] = 0.0  # its interval would be no wider than a point
    assert gain_over_nothing(silent, own, nothing, 0) is None
    records["until"] = 5
    assert gain_over_nothing(records, own, nothing, 4) is None  # all windows are open
    records["probability"] = 1.0
    assert gain_over_nothing(records, own, nothing, 5) is None
    records["probability"] = np.nan
    assert gain_over_nothing(records, own, nothing, 5) is None

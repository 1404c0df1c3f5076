"""What an action earned over nothing: right by stated probabilities, silent where there was no chance."""

from __future__ import annotations

import numpy as np

from models.arrays import Records
from models.measures.gains import gain_over_nothing, over_others
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


def shown(rate: float, other: float, n: int = 4_000) -> Records:
    """Contacts between two texts; both as often, then the own four times as often, in a worse week."""
    rng = np.random.default_rng(7)
    later = np.arange(n) >= n // 2
    p = np.where(later, 0.8, 0.5)
    own = rng.random(n) < p
    records = np.zeros(n, dtype=DECISION)
    records["customer"] = np.arange(n)
    records["variant"] = np.where(own, 1, 2)
    records["variant_probability"] = np.where(own, p, 1 - p)
    chance = np.where(own, rate, other) * np.where(later, 0.3, 1.0)
    records["responded"] = rng.random(n) < chance
    return records


def test_a_text_is_compared_as_if_shares_had_never_moved() -> None:
    """Half in a week of 20 %, half in one of 6 %: 13 % with every text."""
    alike = shown(0.2, 0.2)
    own = alike["variant"] == 1
    better = shown(0.3, 0.2)

    same, found = over_others(alike, own), over_others(better, better["variant"] == 1)

    assert alike["responded"][own].mean() < alike["responded"][~own].mean() - 0.02
    assert same is not None
    assert found is not None
    assert (same.proved(), found.proved()) == ("no", "up")
    assert found.low < 0.065 < found.high


def test_of_few_contacts_or_responses_nothing_is_said() -> None:
    few, silent = shown(0.2, 0.2, 30), shown(0.0, 0.0)

    assert over_others(few, few["variant"] == 1) is None
    assert over_others(silent, silent["variant"] == 1) is None

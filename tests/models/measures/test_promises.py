"""A promise is held against what came, week by week, of contacts whose window is over."""

from __future__ import annotations

import numpy as np

from models.measures.log.records import DECISION
from models.measures.promises import judged_contacts, promises_by_week

DAY = 86_400_000


def contacts(n: int, at: int, promised: float, came: float) -> np.ndarray:
    records = np.zeros(n, dtype=DECISION)
    records["customer"] = np.arange(n)
    records["at"] = records["delivered"] = at
    records["propensity"] = promised
    records["responded"] = np.arange(n) < round(came * n)
    return records


def test_each_week_has_its_promise_and_what_came() -> None:
    first, second = contacts(400, 1 * DAY, 0.2, 0.2), contacts(400, 8 * DAY, 0.2, 0.4)

    kept, broken = promises_by_week(np.concatenate([first, second]), [0, 7 * DAY], 14 * DAY)

    assert kept.happened is not None
    assert kept.happened.low < 0.2 == kept.promised < kept.happened.high
    assert broken.happened is not None
    assert broken.happened.low > 0.2
    assert (broken.contacts, broken.customers) == (400, 400)


def test_a_week_of_few_says_nothing() -> None:
    (few,) = promises_by_week(contacts(5, DAY, 0.2, 0.2), [0], 7 * DAY)

    assert (few.contacts, few.promised, few.happened) == (5, None, None)


def test_only_our_delivered_contacts_with_a_promise_and_a_closed_window_count() -> None:
    records = contacts(5, DAY, 0.2, 0.2)
    records["delivered"][0] = 0
    records["propensity"][1] = np.nan
    records["until"][2] = 9 * DAY
    records["our_action"][3] = 1

    assert judged_contacts(records, 8 * DAY)["customer"].tolist() == [4]

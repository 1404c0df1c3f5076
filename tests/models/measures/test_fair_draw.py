"""The sample-ratio check: seldom a false alarm, however often it is asked, and soon a right one."""

from __future__ import annotations

import numpy as np

from models.measures.fair_draw import fair_draw, p_value

DESIGN = {"treatment": 0.95, "random": 0.05}


def test_false_alarms_at_95_to_5_stay_below_one_percent_at_twenty_looks() -> None:
    rng = np.random.default_rng(2)
    alarms = 0
    for _ in range(500):
        small = rng.binomial(500, 0.05, size=20).cumsum()
        looks = [
            p_value(DESIGN, {"treatment": 500 * (look + 1) - int(n), "random": int(n)})
            for look, n in enumerate(small)
        ]
        alarms += min(looks) < 0.01

    assert alarms <= 5


def test_a_tenth_of_an_arm_that_is_missing_is_found() -> None:
    seen = fair_draw(DESIGN, {"treatment": 95_000, "random": 4_500, "older": 7})

    assert not seen.fair
    assert seen.customers == 99_500
    (_, random) = seen.shares
    assert random.seen < random.low < 0.05 < random.high


def test_without_customers_there_is_nothing_to_object_to() -> None:
    nobody = fair_draw(DESIGN, {}, in_two_arms=3)

    assert (nobody.fair, nobody.p_value, nobody.in_two_arms) == (True, None, 3)
    assert nobody.to_json()["shares"][0]["arm"] == "treatment"

"""Logs whose probabilities are not those of the policy that made them."""

from __future__ import annotations

import numpy as np

from models.arrays import Floats
from training.evaluation.off_policy.balance import Balance, find_imbalance


def asked(chance: Floats, stated: Floats, x: Floats, rng: np.random.Generator) -> Balance:
    """Two treatments, the second with ``chance`` and said to be done with ``stated``."""
    treatment = (rng.random(len(x)) < chance).astype(np.int64)
    probability = np.where(treatment == 1, stated, 1 - stated)
    eligible = np.ones((len(x), 2), dtype=bool)
    found = find_imbalance(
        np.arange(len(x)) // 4, treatment, probability, eligible, x, ("age", "region", "noise")
    )
    assert found is not None
    return found


def test_targeting_that_keeps_average_weights_at_one_is_noticed() -> None:
    """Half of all get the offer, as stated; but the old ones more often, which is not."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((8_000, 3))
    found = asked(np.where(x[:, 0] > 0, 0.6, 0.4), np.full(8_000, 0.5), x, rng)

    assert not found.sound
    assert found.feature == "age"
    assert found.z > 10 > found.limit


def test_targeting_that_is_stated_is_sound() -> None:
    rng = np.random.default_rng(2)
    x = rng.standard_normal((8_000, 3))
    chance = np.where(x[:, 0] > 0, 0.8, 0.1)

    assert asked(chance, chance, x, rng).sound


def test_hardly_any_sound_log_is_objected_to() -> None:
    rng = np.random.default_rng(3)
    sound = []
    for _ in range(200):
        x = rng.standard_normal((1_000, 3))
        sound.append(asked(np.full(1_000, 0.3), np.full(1_000, 0.3), x, rng).sound)

    assert np.mean(sound) > 0.99


def test_missing_features_and_rare_treatments_are_no_objection() -> None:
    x = np.full((1_000, 1), np.nan)
    treatment = np.zeros(1_000, dtype=np.int64)
    probability, eligible = np.ones(1_000), np.ones((1_000, 2), dtype=bool)

    found = find_imbalance(np.arange(1_000), treatment, probability, eligible, x, ("age",))
    nobody = find_imbalance(np.arange(9), treatment[:9], probability[:9], eligible[:9], x[:9], ("age",))

    assert found is not None
    assert found.sound
    assert nobody is None

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
        np.arange(len(x)) // 4,
        treatment,
        probability,
        eligible,
        np.column_stack([1 - stated, stated]),
        x,
        ("age", "region", "noise"),
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


def test_rare_treatments_and_rare_features_raise_no_alarm() -> None:
    """One in a hundred gets the letter at random, and a feature that one in fifty has meets none of them
    often: chance, which the few decisions taken do not show."""
    sound = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        x = np.column_stack([rng.random(20_000) < 0.02, rng.random(20_000) < 0.002, rng.random(20_000)])
        chance = np.full(20_000, 0.012)
        sound.append(asked(chance, chance, x.astype(np.float64), rng).sound)

    assert np.mean(sound) >= 0.99


def test_missing_features_and_rare_treatments_are_no_objection() -> None:
    x = np.full((1_000, 1), np.nan)
    treatment = np.zeros(1_000, dtype=np.int64)
    probability, eligible = np.ones(1_000), np.ones((1_000, 2), dtype=bool)

    usual = np.tile([0.9, 0.1], (1_000, 1))
    data = (np.arange(1_000), treatment, probability, eligible, usual, x)

    found = find_imbalance(*data, ("age",))
    nobody = find_imbalance(*(column[:9] for column in data), ("age",))

    assert found is not None
    assert found.sound
    assert nobody is None

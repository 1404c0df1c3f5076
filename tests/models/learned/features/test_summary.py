"""Value features: what the journey value and the course see of a customer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.learned.features.summary import ValueFeatures, choose_value_features


@pytest.fixture
def columns(world: Any) -> Any:
    return world.columns


def _counted(columns: Any, name: str) -> tuple[ValueFeatures, Any]:
    """Features, and customers who have had 0, 1, 2 and 3 of ``name`` and nothing else."""
    rng = np.random.default_rng(3)
    seen = rng.poisson(2.0, (500, len(columns.customer_names))).astype(np.float32)
    x = np.zeros((4, len(columns.customer_names)), dtype=np.float32)
    x[:, columns.customer_names.index(name)] = np.arange(4)
    return choose_value_features(columns, seen), x


def test_each_contact_counts_as_much_as_the_one_before(columns: Any) -> None:
    features, x = _counted(columns, "contacts_30d")

    steps = np.diff(features.now(x)[:, features.names.index("contacts_30d")])

    assert steps == pytest.approx(np.full(3, steps[0]))


def test_each_touchpoint_counts_less_than_the_one_before(columns: Any) -> None:
    features, x = _counted(columns, "touchpoints_30d")

    steps = np.diff(features.now(x)[:, features.names.index("touchpoints_30d")])

    assert np.all(np.diff(steps) < 0)


def test_they_survive_json(columns: Any) -> None:
    features, x = _counted(columns, "contacts_30d")

    assert np.array_equal(ValueFeatures.from_json(features.to_json()).now(x), features.now(x))


def test_bundles_of_before_keep_their_contacts_as_logarithms(columns: Any) -> None:
    features, x = _counted(columns, "contacts_30d")
    stored = features.to_json()
    del stored["logged"]
    k = features.names.index("contacts_30d")

    now = ValueFeatures.from_json(stored).now(x)[:, k]

    assert now == pytest.approx((np.log1p(np.arange(4)) - features.mean[k]) / features.scale[k])

"""A policy decides over a frame as training scored the same rows, and says why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import RegistryError
from models.registry import Registry
from training.api import Dataset, Policy, load_bundle, train
from training.api.policy import DECISIONS
from training.studies.later_rows import later_rows


@pytest.fixture(scope="module")
def moments(dataset: Dataset) -> Any:
    """The last 40 decisions of the log."""
    return dataset.tables.decisions.slice(3_560).select(["customer_id", "decided_at", "decision_id"])


def test_a_decision_for_each_row_with_its_gain_and_interval(
    policy: Policy, dataset: Dataset, moments: Any
) -> None:
    decided = policy.decide(moments, dataset)

    assert decided.schema == DECISIONS
    assert decided.column("decision_id").to_pylist() == moments.column("decision_id").to_pylist()
    for row in decided.to_pylist():
        assert row["over_nothing_low"] <= row["over_nothing"] <= row["over_nothing_high"]
        assert 0 < row["action_probability"] <= 1


def test_it_sees_what_the_rows_of_training_see(policy: Policy, dataset: Dataset, moments: Any) -> None:
    """One customer at a time from the tables, or all at once from the encoded log: the same phases."""
    engine = policy.engine()
    prepared = later_rows(dataset, engine, None)
    at = np.flatnonzero(prepared.rows.decision >= 3_560)
    order = at[np.argsort(prepared.rows.decision[at])]
    phases = [p.name for p in policy.journey.phases]

    decided = policy.decide(moments, dataset)

    assert decided.column("phase").to_pylist() == [phases[c] for c in prepared.situations.phase[order]]


def test_only_asked_channels_are_used(policy: Policy, dataset: Dataset, moments: Any) -> None:
    decided = policy.decide(moments, dataset, channels=["web"])

    assert set(decided.column("channel").to_pylist()) <= {"web", None}


def test_the_best_action_is_worth_at_least_what_is_drawn(
    policy: Policy, dataset: Dataset, moments: Any
) -> None:
    drawn, best = (policy.decide(moments, dataset, best=each) for each in (False, True))

    gains = [table.column("over_nothing").to_numpy() for table in (drawn, best)]
    assert (gains[1] >= gains[0]).all()
    assert (gains[1] > gains[0]).any(), "the tiny journey explores"
    assert (gains[1] >= 0).all(), "doing nothing is always a candidate"


def test_the_same_moments_give_the_same_bits(policy: Policy, dataset: Dataset, moments: Any) -> None:
    assert policy.decide(moments, dataset).equals(policy.decide(moments, dataset))


def test_it_explains_every_candidate(policy: Policy, dataset: Dataset, moments: Any) -> None:
    row = moments.slice(0, 1).to_pylist()[0]

    why = policy.explain(row["customer_id"], dataset, at=row["decided_at"])

    assert why.decision.customer_id == row["customer_id"]
    named = {each.candidate.action for each in why.candidates} | {each.action for each in why.drop_outs}
    assert {"teaser", "offer", "nothing"} <= named


def test_an_empty_registry_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"no bundle of .* decides yet; promote one"):
        load_bundle(tmp_path / "registry")


def test_a_bundle_is_loaded_by_role_by_id_and_by_folder(dataset: Dataset, tmp_path: Path) -> None:
    root = tmp_path / "registry"
    manifest = train(dataset, root).manifest

    found = [
        load_bundle(root),
        load_bundle(root, manifest.bundle_id),
        load_bundle(Registry(root).path(manifest.bundle_id)),
    ]

    assert {each.name for each in found} == {manifest.bundle_id}
    assert all(each.learned_until == manifest.provenance.training_until for each in found)

"""The first sentence says whether something simpler would do."""

from __future__ import annotations

from typing import Any

import pytest

from training.report.verdict import first_sentence


def values(**minus: tuple[float, float, float]) -> dict[str, Any]:
    names = {name.replace("_", " "): each for name, each in minus.items()}
    estimates = {name: {"value": v, "low": low, "high": high} for name, (v, low, high) in names.items()}
    return {"identifiable": True, "unit": "EUR per decision", "ours_minus": estimates}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            values(do_nothing=(2.0, 1.0, 3.0), uplift_ranking=(0.5, 0.2, 0.8)),
            "No simpler policy is as good: it earns more than each, least more than 'uplift "
            "ranking' (+0.50 EUR",
        ),
        (
            values(do_nothing=(2.0, 1.0, 3.0), uplift_ranking=(-0.5, -0.8, -0.2)),
            "A simpler policy is better: 'uplift ranking' earns 0.50 EUR per decision more (95 % inter",
        ),
        (
            values(do_nothing=(2.0, -1.0, 5.0), uplift_ranking=(0.5, -0.2, 0.8)),
            "does not show that this bundle earns more than 'do nothing' does (difference +2.00",
        ),
        (values(random=(2.0, 1.0, 3.0), logging_policy=(1.0, 0.5, 1.5)), "cannot be told from this log"),
        ({"identifiable": False}, "the log has no action probabilities"),
    ],
)
def test_each_case_has_its_sentence(found: dict[str, Any], said: str) -> None:
    assert said in first_sentence(found)


def test_a_bundle_that_is_a_simple_policy_says_so() -> None:
    said = first_sentence(values(do_nothing=(0.0, 0.0, 0.0)), "phase chain")

    assert said.startswith("A simpler policy is better, so the bundle is that policy: 'phase chain'")

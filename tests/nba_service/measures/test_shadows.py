"""The shadow's estimate: over all decisions of its trial, refused where they say too little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.domain.history import from_ms
from models.domain.journey import Journey
from models.measures.log.records import SHADOW
from models.registry import Role, Trial
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading
from nba_service.measures.shadows import shadow_estimate


def trial(reading: Reading) -> Trial:
    since = from_ms(reading.since).isoformat().replace("+00:00", "Z")
    return Trial(role=Role.SHADOW, bundle="b-1", since=since, reason="to see", share=None)


def with_shadows(reading: Reading, share: float = 1.0, failed: int = 0) -> Reading:
    """A shadow that looked at a share of the decisions and would have done half of them."""
    decisions = reading.log.decisions[: round(share * len(reading.log.decisions))]
    shadows = np.zeros(len(decisions), dtype=SHADOW)
    for field in ("customer", "at", "action", "channel"):
        shadows[field] = decisions[field]
    shadows["bundle"] = reading.names.find("b-1")
    shadows["probability"] = decisions["probability"]
    shadows["failed"][:failed] = 1
    return replace(reading, log=replace(reading.log, shadows=shadows))


def test_it_is_over_all_decisions_of_the_learned_arm(reading: Reading, armed: Journey) -> None:
    """One that would have done the same with the same chance earns the same."""
    found = shadow_estimate(with_shadows(reading, failed=4), armed, Question(), trial(reading))

    assert found["decisions"] == found["looked_at"] == 600
    assert found["failed"] <= 4
    assert found["same"] == 1.0
    assert abs(found["estimate"]["difference"]["value"]) < 1e-9
    assert found["estimate"]["refused"] is None


def test_without_anything_looked_at_it_says_why(reading: Reading, armed: Journey) -> None:
    found = shadow_estimate(reading, armed, Question(), trial(reading))

    assert (found["decisions"], found["looked_at"], found["same"]) == (600, 0, None)
    assert found["estimate"]["refused"]["code"] == "too_little_evidence"


def test_few_customers_are_hidden(reading: Reading, armed: Journey) -> None:
    found = shadow_estimate(with_shadows(reading, share=0.02), armed, Question(), trial(reading))

    assert (found["decisions"], found["estimate"]) == (None, None)

"""Golden decisions of the journey file are made again by the new bundle."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.bundle import Models
from models.domain.journey import Journey
from models.domain.objective import GoldenDecision
from models.policy.engine import Engine
from training.gate.golden import check_golden_decisions, request_of

ELEVEN = datetime(2026, 5, 1, 11, tzinfo=UTC)


@pytest.fixture(scope="module")
def engine(tiny_journey: Journey, tiny_models: Models) -> Engine:
    return Engine(tiny_journey, tiny_models, "b")


def checked(engine: Engine, *golden: GoldenDecision):  # type: ignore[no-untyped-def]
    gate = replace(engine.journey.gate, golden_decisions=golden)
    return check_golden_decisions(engine, gate, ELEVEN)


def test_without_any_the_check_passes_and_says_so(engine: Engine) -> None:
    check = checked(engine)

    assert check.passed
    assert check.value is None


def test_what_must_never_happen_is_refused_by_name(engine: Engine) -> None:
    """Doing nothing is always allowed, so a decision that forbids it is broken for sure."""
    forbidden = GoldenDecision(name="never", phase="stranger", never=("nothing",))
    allowed = GoldenDecision(name="fine", phase="stranger")

    check = checked(engine, allowed, forbidden)

    assert not check.passed
    assert check.value == 1.0
    assert "1 of 2 golden decisions are wrong: never: nothing would be allowed" in check.sentence


def test_another_action_than_expected_is_told_with_both(engine: Engine) -> None:
    check = checked(engine, GoldenDecision(name="hope", phase="stranger", expect=("no_such_action",)))

    assert not check.passed
    assert "hope: expected no_such_action, got" in check.sentence


def test_the_request_has_the_stated_phase_and_no_history() -> None:
    request = request_of(GoldenDecision(name="x", phase="customer", attributes={"age": 7.0}), ELEVEN)

    assert request.stated_phase == "customer"
    assert request.customer.attributes == {"age": 7.0}
    assert request.decided_at == ELEVEN

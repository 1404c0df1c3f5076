"""Golden decisions: customers for whom the journey file states what is right.

Knows the statements and asks ``decide``; knows nothing of logs.
"""

from __future__ import annotations

from datetime import datetime

from models.bundle.gate import GOLDEN_DECISIONS, GateCheck
from models.domain.decision import DecisionRequest
from models.domain.history import from_ms
from models.domain.interaction import Customer
from models.domain.objective import Gate, GoldenDecision
from models.policy.decide import decide
from models.policy.engine import Engine


def check_golden_decisions(engine: Engine, gate: Gate, at: datetime) -> GateCheck:
    """Decide for each, without exploration: the treatment with the highest priority counts.

    Args:
        at: when the decisions are made; aware.
    """
    broken = [text for golden in gate.golden_decisions if (text := _broken(engine, golden, at)) is not None]
    n = len(gate.golden_decisions)
    if not n:
        sentence = "The journey file states no golden decisions."
    elif broken:
        sentence = f"{len(broken)} of {n} golden decisions are wrong: {'; '.join(broken)}."
    else:
        sentence = f"All {n} golden decisions are as the journey file states."
    return GateCheck(
        name=GOLDEN_DECISIONS,
        value=float(len(broken)) if n else None,
        threshold=0.0 if n else None,
        passed=not broken,
        sentence=sentence,
    )


def _broken(engine: Engine, golden: GoldenDecision, at: datetime) -> str | None:
    decision = decide(engine, request_of(golden, at))
    candidates = {candidate.action for candidate in decision.candidates}
    best = max(decision.candidates, key=lambda candidate: candidate.value.priority).action
    forbidden = sorted(candidates & set(golden.never))
    if forbidden:
        return f"{golden.name}: {', '.join(forbidden)} would be allowed"
    if golden.expect and best not in golden.expect:
        return f"{golden.name}: expected {' or '.join(golden.expect)}, got {best}"
    return None


def request_of(golden: GoldenDecision, at: datetime) -> DecisionRequest:
    """The stated customer as a request: no history but the phase."""
    return DecisionRequest(
        decision_id=f"golden/{golden.name}",
        customer=Customer(
            customer_id=f"golden/{golden.name}", attributes=golden.attributes, consent=golden.consent
        ),
        decided_at=at,
        channels=golden.channels or None,
        stated_phase=golden.phase,
    )


def eleven_utc(end: int) -> datetime:
    """Eleven o'clock UTC of the log's last day: no quiet hours, and the same for the same data."""
    return from_ms(end).replace(hour=11, minute=0, second=0, microsecond=0)

"""``decide`` turns one request into one complete decision.

Pure: no clock, no store, no hidden randomness. The service, batch, replay, what-if and off-policy
evaluation call this one function, so what is measured is what is served. The steps are in ``steps.py``,
the decision is put together in ``compose.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.domain.decision import Decision, DecisionRequest
from models.policy.compose import build_decision
from models.policy.engine import Engine
from models.policy.steps import DecisionSteps, run_all_steps, run_steps


def decide(engine: Engine, request: DecisionRequest) -> Decision:
    """Choose for one customer in one moment.

    The same engine and request give the same decision in any process: the draw is seeded by
    ``request.decision_id`` alone.

    Returns:
        A decision with at least one action (doing nothing, if need be) and with the scores of every
        candidate; with its drop-outs if ``request.explain``.

    Raises:
        UnknownNameError: the request names what the journey file does not have.
        RequestError: a number in the request is out of range.
        HistoryError: an interaction has no time zone or no sensible value.
    """
    return decide_in_steps(engine, request)[0]


def decide_in_steps(engine: Engine, request: DecisionRequest) -> tuple[Decision, DecisionSteps]:
    """The decision of ``decide``, and the steps that it can be explained from without deciding again."""
    steps = run_steps(engine, request)
    return build_decision(engine, steps), steps


def decide_all_in_steps(
    engine: Engine, requests: Sequence[DecisionRequest]
) -> list[tuple[Decision, DecisionSteps]]:
    """What ``decide_in_steps`` gives for each request, bit for bit; together they take less time.

    Raises:
        NBAError: as ``decide``, if any of them cannot be decided; then ask for one at a time which it is.
    """
    return [(build_decision(engine, steps), steps) for steps in run_all_steps(engine, requests)]

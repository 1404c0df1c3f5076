"""A request becomes a decision with its texts.

``decide`` and the content of what it chose, in one step, for decisions that are made, worked out again or
hypothetical; nothing is read or stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from models.domain.decision import Decision, DecisionRequest
from models.errors import NBAError
from models.policy.decide import decide_in_steps
from models.policy.explain.explanation import Explanation
from models.policy.steps import DecisionSteps
from nba_service.content.facts import FactBook
from nba_service.content.variables import decision_variables, person_variables
from nba_service.decisions import degraded
from nba_service.decisions.answers import decision_answer
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.degraded import Degraded
from nba_service.decisions.made import MadeDecision
from nba_service.engine.serving import Serving

log: Final = structlog.get_logger(__name__)


def decide_and_render(
    serving: Serving,
    call: DecisionCall,
    request: DecisionRequest,
    facts: FactBook,
    degraded_by: Sequence[Degraded] = (),
    *,
    version: int = 0,
    keep_steps: bool = False,
) -> MadeDecision:
    """Decide and render.

    Args:
        degraded_by: what kept the decision from being as good as it can be.
        version: of the person as they were read.
        keep_steps: whether it will be explained, though its call does not ask for that.
    """
    serving, decision, steps, failed = _decided(serving, request)
    journey = serving.journey
    shared = person_variables(journey, request, facts, phase=decision.phase.name)
    locale = request.context.get("locale") or request.customer.locale
    contents = [
        serving.renderer.render(
            treatment.action,
            treatment.channel,
            treatment.placement,
            locale,
            decision_variables(shared, journey, decision, treatment),
        )
        for treatment in decision.actions
    ]
    answer = decision_answer(decision, contents, timed=call.when is not None)
    if call.taken is not None:
        answer["taken"] = {"action": call.taken.action, "channel": call.taken.channel}
    reasons = (*degraded_by, *failed, *degraded.of_contents(contents))
    return MadeDecision(
        serving,
        call,
        request,
        decision,
        degraded.mark(answer, *reasons),
        version,
        steps=steps if keep_steps or call.explain else None,
    )


def explain_request(serving: Serving, request: DecisionRequest) -> tuple[Serving, Explanation]:
    """The decision of a request with its reasons, and the engine that gave them.

    An explanation that fails is an error: reasons of the playbook would be those of another decision.
    """
    serving, decision, steps, _ = _decided(serving, request)
    return serving, serving.explainer.explain_steps(decision, steps)


def _decided(
    serving: Serving, request: DecisionRequest
) -> tuple[Serving, Decision, DecisionSteps, tuple[Degraded, ...]]:
    """The decision; in playbook order if the models fail, as nothing that a customer asks for may."""
    try:
        return serving, *decide_in_steps(serving.engine, request), ()
    except NBAError:
        raise
    except Exception:
        log.exception("models_failed", bundle=serving.bundle_id)
        if serving.engine.models is None:
            raise
        serving = serving.playbook()
        return serving, *decide_in_steps(serving.engine, request), (Degraded.MODEL_FAILED,)

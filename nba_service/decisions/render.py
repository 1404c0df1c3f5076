"""A request becomes a decision with its texts.

``decide`` and the content of what it chose, in one step, for decisions that are made, worked out again or
hypothetical; nothing is read or stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, NamedTuple, TypeVar

import structlog

from models.domain.actions import NOTHING
from models.domain.configurations import Configured
from models.domain.decision import Decision, DecisionRequest, RankedTreatment
from models.domain.past import Past
from models.errors import NBAError
from models.policy.choice.variants import Variant, draw_variant
from models.policy.decide import decide_all_in_steps, decide_in_steps
from models.policy.engine import Engine
from models.policy.explain.explanation import Explanation
from models.policy.steps import DecisionSteps
from nba_service.content.facts import FactBook
from nba_service.content.variables import (
    PersonVariables,
    configuration_variables,
    decision_variables,
    person_variables,
)
from nba_service.decisions import degraded
from nba_service.decisions.answers import account_answer, decision_answer
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.configurations.coding import configuration_answer
from nba_service.decisions.degraded import Degraded
from nba_service.decisions.made import MadeDecision
from nba_service.engine.serving import Serving

Result = TypeVar("Result")

log: Final = structlog.get_logger(__name__)


class Asked(NamedTuple):
    """A request to decide, and what its decision is answered with.

    ``degraded_by``: what kept the decision from being as good as it can be; ``version`` and ``past``: of the
    person as they were read; ``others``: of the other people of the account.
    """

    serving: Serving
    call: DecisionCall
    request: DecisionRequest
    degraded_by: Sequence[Degraded] = ()
    version: int = 0
    others: tuple[tuple[str, int], ...] = ()
    past: Past | None = None


def decide_and_render(
    serving: Serving,
    call: DecisionCall,
    request: DecisionRequest,
    facts: FactBook,
    degraded_by: Sequence[Degraded] = (),
    *,
    version: int = 0,
    others: tuple[tuple[str, int], ...] = (),
    keep_steps: bool = False,
) -> MadeDecision:
    """Decide and render.

    Args:
        degraded_by: what kept the decision from being as good as it can be.
        version: of the person as they were read.
        others: ids and versions of the other people of the account, as they were read.
        keep_steps: whether it will be explained, though its call does not ask for that.
    """
    asked = Asked(serving, call, request, tuple(degraded_by), version, others)
    return decide_asked(asked, facts, keep_steps=keep_steps)


def decide_asked(asked: Asked, facts: FactBook, *, keep_steps: bool = False) -> MadeDecision:
    """The same of all that belongs to a request."""
    serving, (decision, steps), failed = with_models_or_playbook(
        asked.serving, lambda engine: decide_in_steps(engine, asked.request)
    )
    asked = asked._replace(serving=serving, degraded_by=(*asked.degraded_by, *failed))
    return _rendered(asked, decision, steps, facts, keep_steps=keep_steps)


def decide_and_render_all(asked: Sequence[Asked], facts: FactBook) -> list[MadeDecision]:
    """The same for many requests, which together take less time; in their order."""
    made: dict[int, MadeDecision] = {}
    for positions in _by_engine(asked):
        some = [asked[position] for position in positions]
        try:
            decided = decide_all_in_steps(some[0].serving.engine, [one.request for one in some])
        except Exception:  # one by one each of them answers, or fails, as it does alone
            made |= {
                position: decide_asked(one, facts) for position, one in zip(positions, some, strict=True)
            }
        else:
            made |= {
                position: _rendered(one, decision, steps, facts)
                for position, one, (decision, steps) in zip(positions, some, decided, strict=True)
            }
    return [made[position] for position in range(len(asked))]


def _by_engine(asked: Sequence[Asked]) -> Iterable[list[int]]:
    """Positions of those that one engine decides."""
    groups: dict[int, list[int]] = {}
    for position, one in enumerate(asked):
        groups.setdefault(id(one.serving.engine), []).append(position)
    return groups.values()


def _rendered(
    asked: Asked, decision: Decision, steps: DecisionSteps, facts: FactBook, *, keep_steps: bool = False
) -> MadeDecision:
    """The decision with its texts."""
    serving, call, request, degraded_by, version, others, past = asked
    variants = _variants(serving, request, decision)
    contents = _texts(serving, request, decision, facts, variants)
    answer = decision_answer(decision, contents, timed=call.when is not None)
    for variant, action in zip(variants, answer["actions"], strict=True):
        if variant is not None and action["content"] and not action["content"]["fallback"]:
            action["variant"] = {"name": variant.name, "probability": variant.probability}
    if call.taken is not None:
        answer["taken"] = {"action": call.taken.action, "channel": call.taken.channel}
    for chosen, action in zip(decision.actions, answer["actions"], strict=True):
        configured = _configured(serving, request, chosen.action)
        if configured is not None:
            action["configuration"] = configuration_answer(configured)
    if request.account is not None:
        answer["account"] = account_answer(request.account, serving.engine, decision.phase)
    return MadeDecision(
        serving,
        call,
        request,
        decision,
        degraded.mark(answer, *degraded_by, *degraded.of_contents(contents)),
        version,
        others=others,
        steps=steps if keep_steps or call.explain else None,
        past=past,
    )


def _configured(serving: Serving, request: DecisionRequest, action: str) -> Configured | None:
    """The configuration that the texts of an action speak of."""
    journey, known = serving.journey, request.configured
    name = None if action == NOTHING else journey.actions[journey.action_index[action]].configuration
    return None if known is None or name is None else known.get(name)


def _variants(serving: Serving, request: DecisionRequest, decision: Decision) -> list[Variant | None]:
    """Of the texts of each action the variant that is drawn."""
    update = serving.engine.update
    learned = None if update is None else update.variants
    return [
        draw_variant(serving.journey, learned, request.unit, one.action, one.channel, one.placement)
        for one in decision.actions
    ]


def _texts(
    serving: Serving,
    request: DecisionRequest,
    decision: Decision,
    facts: FactBook,
    variants: Sequence[Variant | None],
) -> list[dict[str, str] | None]:
    """The texts of each action; what they say of the customer is made where one of them says it."""
    journey = serving.journey
    shared: PersonVariables | None = None

    def variables(treatment: RankedTreatment) -> dict[str, object]:
        nonlocal shared
        if shared is None:
            shared = person_variables(journey, request, facts, phase=decision.phase.name)
        configuration = configuration_variables(journey, treatment.action, request.configured)
        return {**decision_variables(shared, journey, decision, treatment), **configuration}

    locale = request.context.get("locale") or request.customer.locale
    return [
        serving.renderer.render(
            treatment.action,
            treatment.channel,
            treatment.placement,
            locale,
            partial(variables, treatment),
            variant=None if variant is None else variant.name,
        )
        for treatment, variant in zip(decision.actions, variants, strict=True)
    ]


def explain_request(serving: Serving, request: DecisionRequest) -> tuple[Serving, Explanation]:
    """The decision of a request with its reasons, and the engine that gave them.

    An explanation that fails is an error: reasons of the playbook would be those of another decision.
    """
    serving, (decision, steps), _ = with_models_or_playbook(
        serving, lambda engine: decide_in_steps(engine, request)
    )
    return serving, serving.explainer.explain_steps(decision, steps)


def with_models_or_playbook(
    serving: Serving, work: Callable[[Engine], Result]
) -> tuple[Serving, Result, tuple[Degraded, ...]]:
    """What ``work`` gives; in playbook order if the models fail, as nothing that a customer asks for may."""
    try:
        return serving, work(serving.engine), ()
    except NBAError:
        raise
    except Exception:
        log.exception("models_failed", bundle=serving.bundle_id)
        if serving.engine.models is None:
            raise
        serving = serving.playbook()
        return serving, work(serving.engine), (Degraded.MODEL_FAILED,)

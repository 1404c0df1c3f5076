"""Decisions that were made, and their rows in the store.

A decision travels as itself: e-mail, pages, clients of other vendors and the command line read ``answer``;
only what answers over HTTP asks for JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

import orjson
import structlog

from models.configurations.coding import encode_configured
from models.domain.actions import NOTHING
from models.domain.decision import Decision, DecisionRequest
from models.domain.history import DAY_MS, to_ms
from models.domain.past import Past
from models.policy.batch.rows import CONFIGURATIONS
from models.policy.explain.explanation import Explanation
from models.policy.scoring.candidate_record import PackedCandidates
from models.policy.scoring.updates import as_modelled
from models.policy.steps import DecisionSteps
from nba_service.decisions import degraded
from nba_service.decisions.answers import Answer, candidate_answers, explanation_answer
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.capacity import reserved_capacity
from nba_service.decisions.degraded import Degraded
from nba_service.decisions.request_builder import encode_state
from nba_service.decisions.same_request import canonical_request
from nba_service.engine.serving import Serving
from nba_service.http.json_body import canonical_json, dump_json
from nba_service.http.precision import shown
from nba_service.store.rows import Claim, DecisionRow

log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True)
class MadeDecision:
    """A decision that was made now, and all that belongs to it.

    ``version`` and ``past``: of the person as they were read; ``others``: of the other people of their
    account. ``explanation``: None unless it was asked for. ``steps``: what it can be explained from without
    deciding again; kept only where that is likely.
    """

    serving: Serving
    call: DecisionCall
    request: DecisionRequest
    decision: Decision
    answer: Answer
    version: int = 0
    others: tuple[tuple[str, int], ...] = ()
    explanation: dict[str, object] | None = None
    steps: DecisionSteps | None = None
    past: Past | None = None

    @cached_property
    def text(self) -> bytes:
        """The answer as the store keeps it: JSON with every digit."""
        return dump_json(self.answer)

    def explain(self) -> MadeDecision:
        """The same with the reasons, if its call asks for them; marked if they cannot be given."""
        if not self.call.explain:
            return self
        try:
            return replace(self, explanation=explanation_answer(self.reasons()))
        except Exception:
            log.exception("explanation_failed", bundle=self.serving.bundle_id)
            return replace(self, answer=degraded.mark(self.answer, Degraded.EXPLANATION_FAILED))

    def reasons(self, *, everyone: bool = False) -> Explanation:
        """Why it was made. ``everyone``: contributions of every candidate, not only of the best."""
        explainer = self.serving.explainer
        if self.steps is None:
            return explainer.explain(self.request, everyone=everyone)
        return explainer.explain_steps(self.decision, self.steps, everyone=everyone)

    def explained(self) -> dict[str, object]:
        """The answer, with its explanation if that was asked for."""
        return explained(self.answer, self.explanation)

    def to_json(self) -> bytes:
        """The answer as it goes over HTTP."""
        return told(self.answer, self.explanation)


@dataclass(frozen=True)
class StoredDecision:
    """A decision that was made before.

    Its answer is given again, byte for byte. ``explanation``: None unless it was asked for.
    """

    text: str
    explanation: dict[str, object] | None = None

    @cached_property
    def answer(self) -> Answer:
        """The stored answer."""
        answer: Answer = orjson.loads(self.text)
        return answer

    def explained(self) -> dict[str, object]:
        """The answer, with its explanation if that was asked for."""
        return explained(self.answer, self.explanation)

    def to_json(self) -> bytes:
        """The answer as it goes over HTTP."""
        return told(self.answer, self.explanation)


AnsweredDecision = MadeDecision | StoredDecision
"""What a call gets: a decision of its own, or the one that is stored under its id."""


def explained(answer: Answer, explanation: dict[str, object] | None) -> dict[str, object]:
    """The answer, with its explanation if there is one."""
    return {**answer} if explanation is None else {**answer, "explanation": explanation}


def told(answer: Answer, explanation: dict[str, object] | None) -> bytes:
    """The JSON that a caller gets, in six digits."""
    return dump_json(shown(explained(answer, explanation)))


def contacts(made: MadeDecision) -> tuple[tuple[str, str | None], ...]:
    """Action and channel of every treatment that contacts the customer: the caller's, if it decided."""
    taken = made.call.taken
    if taken is not None:
        return () if taken.action == NOTHING else ((taken.action, taken.channel),)
    return tuple((t.action, t.channel) for t in made.decision.actions if t.action != NOTHING)


def came_as(made: MadeDecision) -> str | None:
    """The id it was asked for, if that is an alias of the person."""
    asked = made.call.customer_id
    return None if asked in ("", made.decision.customer_id) else asked  # empty: for an account


def claim(made: MadeDecision) -> Claim:
    """What must still hold when the decision is stored; a caller's own contact takes no seat of ours."""
    ours = made.call.taken is None
    seats = reserved_capacity(made.serving.journey, made.decision) if ours else ()
    raises = bool(contacts(made) or came_as(made))
    return Claim(version=made.version, seats=seats, others=made.others, past=made.past, raises=raises)


def decision_row(made: MadeDecision, packed: PackedCandidates | None = None) -> DecisionRow:
    """The row that keeps a decision, with all that replay needs.

    ``packed``: its candidates, where the store knows their layout; None: they are kept as JSON.
    """
    decision, chosen = made.decision, _chosen(made)
    decided_at = to_ms(decision.decided_at)
    window_ms = round(made.serving.journey.delivery_window_days * DAY_MS)
    return DecisionRow(
        decision_id=decision.decision_id,
        customer_id=decision.customer_id,
        decided_at=decided_at,
        delivered_at=None if made.call.deferred else decided_at,
        action=chosen.action,
        channel=chosen.channel,
        action_probability=chosen.probability,
        contacts=contacts(made),
        context=_context(made),
        candidates=None if packed else _candidates(made),
        bundle=decision.bundle,
        policy=chosen.policy,
        arm=chosen.arm,
        request=canonical_request(made.call),
        answer=made.text.decode(),
        state=encode_state(made.request),
        deliver_by=decided_at + window_ms if made.call.deferred else None,
        phase=decision.phase.name,
        propensity=chosen.propensity,
        updates=made.serving.update,
        came_as=came_as(made),
        reason=decision.reason.value,
        refusals=dump_json(decision.refusals).decode(),
        taken=chosen.instead_of,
        workings=None if packed is None else packed.record,
        variant=chosen.variant,
        variant_probability=chosen.variant_probability,
    )


def _context(made: MadeDecision) -> str | None:
    """What the caller said of the moment, and what could be delivered, for readers of the log."""
    configured = made.request.configured
    own = {} if configured is None else {CONFIGURATIONS: encode_configured(configured)}
    context = {**made.call.context, **own}
    return canonical_json(context) if context else None


def _candidates(made: MadeDecision) -> str:
    """The candidates as JSON; of a caller's decision without probabilities, which are not the caller's."""
    taken, candidates = made.call.taken, made.decision.candidates
    if taken is None:
        return dump_json(candidate_answers(candidates)).decode()
    pairs = dict.fromkeys([*((one.action, one.channel) for one in candidates), (taken.action, taken.channel)])
    return dump_json([{"action": action, "channel": channel} for action, channel in pairs]).decode()


class _Chosen(NamedTuple):
    """What reached the customer, by whom; ``instead_of``: JSON of what we would have done."""

    action: str
    channel: str | None
    probability: float | None
    propensity: float | None
    policy: str | None
    arm: str | None
    instead_of: str | None
    variant: str | None = None
    variant_probability: float | None = None


def _chosen(made: MadeDecision) -> _Chosen:
    """Our choice; or the caller's, made in no arm and by no policy of ours, with ours next to it.

    What is learned later comes from what was done, so the columns say that.
    """
    decision, first, taken = made.decision, made.decision.actions[0], made.call.taken
    if taken is None:
        probability = float(first.action_probability)
        ours = (probability, _as_modelled(made), decision.policy, decision.arm, None)
        drawn = made.answer["actions"][0].get("variant")
        variant = (None, None) if drawn is None else (drawn["name"], drawn["probability"])
        return _Chosen(first.action, first.channel, *ours, *variant)
    same = [one for one in decision.candidates if (one.action, one.channel) == (taken.action, taken.channel)]
    instead_of = {
        "action": first.action,
        "channel": first.channel,
        "arm": decision.arm,
        "probability": float(same[0].action_probability) if same else None,
    }
    text = dump_json(instead_of).decode()
    return _Chosen(taken.action, taken.channel, taken.probability, None, None, None, text)


def _as_modelled(made: MadeDecision) -> float:
    """The model's own propensity of the first treatment, which later updates compare outcomes with."""
    journey, first = made.serving.journey, made.decision.actions[0]
    return as_modelled(
        made.serving.engine.update,
        journey.phase_index[made.decision.phase.name],
        journey.treatment_index[first.action, first.channel],
        float(first.propensity.value),
    )

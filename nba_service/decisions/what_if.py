"""What-if: a decision with some facts changed, next to the one without.

Nothing is stored or counted. Knows how changes are applied to a request, to the rules and to the bundle; the
deciding is ``decisions``' own. Both answers draw the same numbers, so a difference is never chance alone.
"""

from __future__ import annotations

from dataclasses import replace

from models.domain.decision import DecisionRequest
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.journey_file import policy_rule_problems
from models.policy.engine import Engine
from models.policy.explain.customer_text import customer_text
from models.policy.explain.explanation import Explanation
from nba_service.decisions.answers import explanation_answer
from nba_service.decisions.calls import DETAILS, FULL, ChangesCall, ExplanationCall, RulesCall
from nba_service.decisions.decide import Decisions
from nba_service.decisions.made import MadeDecision
from nba_service.decisions.render import decide_and_render
from nba_service.engine.serving import Serving
from nba_service.engine.source import EngineSource
from nba_service.errors import FieldProblem, problem_of_fields


class WhatIf:
    """Explains hypothetical decisions, and past ones under changes."""

    def __init__(self, source: EngineSource, decisions: Decisions) -> None:
        self._source = source
        self._decisions = decisions

    def answer(self, call: ExplanationCall) -> dict[str, object]:
        """The decision, explained; with ``what_if`` and ``differences`` if there are changes."""
        made = self._base(call)
        asked = {"everyone": call.contributions == "all", "full": call.detail == FULL}
        answer = explained_answer(made, call.text, **asked)
        if call.changes is None:
            return answer
        changed = self._changed(made, call.changes)
        return {
            **answer,
            "what_if": explained_answer(changed, call.text, **asked),
            "differences": differences(made, changed),
        }

    def of_stored(
        self, decision_id: str, language: str | None, detail: str | None = None
    ) -> dict[str, object]:
        """A stored answer as it was given, with its explanation and perhaps the text for the customer.

        Raises:
            Problem: ``detail`` is neither ``short`` nor ``full``; and as reading a decision does.
        """
        if detail is not None and detail not in DETAILS:
            expected = f"expected {' or '.join(DETAILS)}, got {detail!r}"
            raise problem_of_fields([FieldProblem(field="detail", code="REQUEST_INVALID", detail=expected)])
        recorded, explanation = self._decisions.recorded.explain(decision_id)
        answer = {**recorded.answer, "explanation": explanation_answer(explanation, full=detail == FULL)}
        return answer | customer_part(recorded.serving, recorded.request, explanation, language)

    def _base(self, call: ExplanationCall) -> MadeDecision:
        if call.of is not None:
            return self._decisions.recorded.recompute(call.of)
        return self._decisions.hypothetical(call.decision, keep_steps=True)

    def _changed(self, made: MadeDecision, changes: ChangesCall) -> MadeDecision:
        serving = made.serving
        if changes.bundle is not None:
            serving = self._source.of_bundle(changes.bundle)
        if changes.rules is not None:
            serving = _with_rules(serving, changes.rules)
        request = changed_request(made.request, changes)
        return decide_and_render(serving, made.call, request, self._decisions.facts, keep_steps=True)


def changed_request(request: DecisionRequest, changes: ChangesCall) -> DecisionRequest:
    """The request with the changes; what they do not name stays."""
    customer, profile = request.customer, changes.profile
    if profile is not None:
        attributes = {**customer.attributes, **profile.attributes}
        customer = replace(
            customer,
            attributes={name: value for name, value in attributes.items() if value is not None},
            consent={**customer.consent, **profile.consent},
            locale=profile.locale or customer.locale,
            time_zone=profile.time_zone or customer.time_zone,
        )
    added = tuple(
        Interaction(
            occurred_at=interaction.occurred_at or request.decided_at,
            channel=interaction.channel,
            touchpoint=interaction.touchpoint,
            action=interaction.action,
            phase=interaction.phase,
            value=interaction.value or 0.0,
            properties=interaction.properties,
        )
        for interaction in changes.interactions
    )
    return replace(
        request.with_events(added, without=changes.without),
        customer=customer,
        decided_at=changes.time or request.decided_at,
        stated_phase=changes.phase or request.stated_phase,
        context={**request.context, **({"weights": changes.weights} if changes.weights else {})},
    )


def explained_answer(
    made: MadeDecision, language: str | None, *, everyone: bool = False, full: bool = False
) -> dict[str, object]:
    """An answer with its explanation and, if asked for, the text for the customer."""
    explanation = made.reasons(everyone=everyone)
    answer = {**made.answer, "explanation": explanation_answer(explanation, full=full)}
    return answer | customer_part(made.serving, made.request, explanation, language)


def customer_part(
    serving: Serving, request: DecisionRequest, explanation: Explanation, language: str | None
) -> dict[str, object]:
    """``customer_text``, if a language is asked for."""
    if language is None:
        return {}
    text = customer_text(serving.engine, request, explanation, language)
    sections = [{"heading": section.heading, "lines": list(section.lines)} for section in text.sections]
    return {"customer_text": {"language": text.language, "text": text.text, "sections": sections}}


def differences(before: MadeDecision, after: MadeDecision) -> list[dict[str, object]]:
    """Every treatment that is a candidate on either side and whose chance or priority differs."""
    sides = [
        {
            (candidate.action, candidate.channel): (candidate.action_probability, candidate.value.priority)
            for candidate in made.decision.candidates
        }
        for made in (before, after)
    ]
    treatments = sorted({*sides[0], *sides[1]}, key=lambda key: (key[0], key[1] or ""))
    return [
        {
            "action": action,
            "channel": channel,
            "before": _side(sides[0].get((action, channel))),
            "after": _side(sides[1].get((action, channel))),
        }
        for action, channel in treatments
        if sides[0].get((action, channel)) != sides[1].get((action, channel))
    ]


def _side(figures: tuple[float, float] | None) -> dict[str, float] | None:
    return None if figures is None else {"action_probability": figures[0], "priority": figures[1]}


def _with_rules(serving: Serving, rules: RulesCall) -> Serving:
    """The serving with policies taken out and put in."""
    journey = serving.journey
    _check_rules(journey, rules)
    without = set(rules.without) | {policy.code for policy in rules.put}
    remaining = tuple(policy for policy in journey.policies if policy.code not in without)
    changed = replace(journey, policies=(*remaining, *rules.put))
    engine = serving.engine
    return Serving.of(Engine(changed, engine.models, engine.bundle_id, trained=engine.trained))


def _check_rules(journey: Journey, rules: RulesCall) -> None:
    """Refuse codes that there are not, and rules that the journey file could not carry either.

    Raises:
        Problem: ``REQUEST_INVALID`` or ``UNKNOWN_NAME``, with each of them.
    """
    known = {policy.code for policy in journey.policies}
    problems = [
        FieldProblem(
            field="changes.rules.without",
            code="UNKNOWN_NAME",
            detail=f"expected the code of a policy, got {code!r}. `nba journey show` lists them.",
        )
        for code in rules.without
        if code not in known
    ]
    problems += [
        FieldProblem(field=f"changes.rules.put[{index}].when", code="REQUEST_INVALID", detail=problem)
        for index, one in enumerate(rules.put)
        for problem in policy_rule_problems(journey, one.when)
    ]
    if problems:
        raise problem_of_fields(problems)

"""The slots of a page.

One decision each, which hold for the visit. A decision of its own for each slot, so that a click is counted
for what was clicked; deferred, so that only what was really seen counts as a contact and is learned from. The
slots of a page never show the same action, actions that conflict, or two of a group that has a contact limit.
What a visit got, it gets again, until the visitor does something: nothing changes under the reader's eyes for
no reason.

Knows what a page may see of a decision: texts, and no values. How decisions are made is the business of
``Decisions``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from models.domain.actions import NOTHING
from models.domain.journey import Journey
from nba_service.decisions.calls import DecisionCall, Profile
from nba_service.decisions.checks import usable_attributes
from nba_service.decisions.decide import Decisions
from nba_service.decisions.made import AnsweredDecision, StoredDecision
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem
from nba_service.store.interface import RequestStore
from nba_service.web.calls import SlotsCall

_CONTENT: Final = ("title", "body", "image_url", "click_url", "html", "button")
_OPTIONAL: Final = ("html", "button")


@dataclass(frozen=True, slots=True)
class FilledSlots:
    """``ignored``: what the journey file does not know or allow."""

    slots: tuple[dict[str, object], ...] = ()
    ignored: tuple[str, ...] = ()


class Slots:
    """Decides for the slots of pages."""

    def __init__(self, store: RequestStore, source: EngineSource, decisions: Decisions) -> None:
        self._store = store
        self._source = source
        self._decisions = decisions

    def fill(
        self,
        call: SlotsCall,
        adapt: Callable[[DecisionCall], DecisionCall],
        allowed: frozenset[str] | None = None,
    ) -> FilledSlots:
        """One decision for each placement, in the order of the page.

        Args:
            adapt: what the headers of the request change in a decision call.
            allowed: the placements that the caller's key is for; None: all.

        Raises:
            StoreError: the store does not answer.
        """
        serving = self._source.current()
        names, journey = serving.names, serving.journey
        attributes = usable_attributes(names, call.attributes)
        usable = names.placement if allowed is None else names.placement & allowed
        placements = [name for name in call.placements if name in usable]
        ids = [slot_decision_id(call, placement) for placement in placements]
        stored = self._store.decisions(ids)
        slots: list[dict[str, object]] = []
        for placement, decision_id in zip(placements, ids, strict=True):
            row = stored.get(decision_id)
            if row is not None and row.answer is not None:
                decision: AnsweredDecision = StoredDecision(row.answer)
            else:
                taken = [str(slot["action"]) for slot in slots]
                wanted = _decision_call(call, placement, decision_id, attributes, rivals(journey, taken))
                decision = self._decide(adapt(wanted))
            slots.append(slot_answer(journey, placement, decision))
        unknown = [f"placements.{name}" for name in call.placements if name not in usable]
        return FilledSlots(tuple(slots), (*unknown, *_ignored(call.attributes, attributes)))

    def _decide(self, call: DecisionCall) -> AnsweredDecision:
        try:
            (decision,) = self._decisions.decide([call])
            return decision
        except Problem as problem:  # another tab of the same visit was faster, and knew something else
            if problem.kind != "IDEMPOTENCY_MISMATCH" or call.decision_id is None:
                raise
            return self._decisions.recorded.get(call.decision_id)


def slot_decision_id(call: SlotsCall, placement: str) -> str:
    """The id of the decision for a slot during a visit; it names its visitor, who alone may answer it."""
    return f"web/{call.batch.visitor}/{placement}.{call.visit}"


def rivals(journey: Journey, taken: Sequence[str]) -> tuple[str, ...]:
    """The actions that must not stand next to those that the page shows already."""
    shown = {name for name in taken if name != NOTHING}
    limited = {group for limit in journey.contact_limits for group in limit.groups}
    actions = {action.name: action for action in journey.actions}
    groups = {actions[name].group for name in shown if name in actions} & limited
    conflicts = {other for name in shown if name in actions for other in actions[name].conflicts}
    return tuple(
        action.name
        for action in journey.actions
        if action.name in shown | conflicts
        or (action.group is not None and action.group in groups)
        or shown & set(action.conflicts)
    )


def slot_answer(journey: Journey, placement: str, decision: AnsweredDecision) -> dict[str, object]:
    """What a page may see of a decision."""
    answer = decision.answer
    first = answer["actions"][0]
    action, content = first["action"], first["content"]
    return {
        "placement": placement,
        "decision_id": answer["decision_id"],
        "action": action,
        "content": None if content is None else _content(content),
        "outcome": journey.response_outcome(action),
    }


def _content(content: Mapping[str, str]) -> dict[str, str]:
    """Plain texts, links, and ``html`` where there is some."""
    return {name: content[name] for name in _CONTENT if content.get(name) or name not in _OPTIONAL}


def _decision_call(
    call: SlotsCall,
    placement: str,
    decision_id: str,
    attributes: Mapping[str, object],
    without: tuple[str, ...],
) -> DecisionCall:
    """nba.js asks only with the visitor's consent, so the call says so; a stored refusal still wins."""
    return DecisionCall(
        customer_id=call.batch.visitor,
        placements=(placement,),
        profile=Profile(attributes=attributes, consent={"personalization": True}),
        context=call.context,
        exclude=without,
        decision_id=decision_id,
        deferred=True,
    )


def _ignored(stated: Collection[str], used: Collection[str]) -> Iterator[str]:
    yield from (f"attributes.{name}" for name in stated if name not in used)

"""Decisions of a run as rows of the table ``decisions``.

A row's context says of which run it is and what that run alone knew, so that it can be worked out again.
Knows steps of decisions; knows nothing of files or of how a run is cut.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from models.configurations.coding import decode_configured, encode_configured
from models.domain.account import AccountContact
from models.domain.configurations import Configured
from models.domain.decision import DecisionRequest
from models.domain.history import to_ms
from models.policy.batch.capacity import Cut
from models.policy.choice.choice import policy_name
from models.policy.engine import Engine
from models.policy.steps import DecisionSteps

Row = dict[str, Any]

_RUN: Final = "run"
_JOURNEY: Final = "journey"
_CHANNELS: Final = "channels"
_CUTS: Final = "cuts"
_COLLEAGUES: Final = "contacts_of_account"
CONFIGURATIONS: Final = "configurations"
"""What could be delivered to the customer, by configurator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What the context of a row says of its run.

    Attributes:
        run: its id.
        journey: SHA-256 of the journey file that it decided with.
        channels: that it decided for.
        cuts: where each full channel's contacts ended; empty: there was room for all.
        colleagues: action and channel of each contact that the run had decided on before for other people of
            the account.
        configured: what could be delivered; None: no action speaks of a configurator.
    """

    run: str
    journey: str
    channels: tuple[str, ...]
    cuts: Mapping[str, Cut]
    colleagues: tuple[tuple[str, str | None], ...]
    configured: Mapping[str, Configured] | None = None

    @classmethod
    def read(cls, context: str | None) -> RunContext | None:
        """From a stored context; None: no run wrote it."""
        told = json.loads(context) if context else {}
        if not isinstance(told, dict) or not isinstance(told.get(_RUN), str) or _JOURNEY not in told:
            return None
        return cls(
            run=told[_RUN],
            journey=told[_JOURNEY],
            channels=tuple(told.get(_CHANNELS, ())),
            cuts={channel: Cut.from_json(cut) for channel, cut in told.get(_CUTS, {}).items()},
            colleagues=tuple((action, channel) for action, channel in told.get(_COLLEAGUES, ())),
            configured=decode_configured(told[CONFIGURATIONS]) if CONFIGURATIONS in told else None,
        )

    def contacts(self, instant: int) -> tuple[AccountContact, ...]:
        """With other people of the account, at the moment of the run, in ms since 1970 UTC."""
        return tuple(AccountContact(instant, action, channel) for action, channel in self.colleagues)


class RowWriter:
    """Writes decisions as rows of a table.

    What ``nba import`` reads and training learns from.
    """

    def __init__(self, engine: Engine, run_id: str) -> None:
        self._engine = engine
        self._heads = [
            f'{{"action": {json.dumps(t.action)}, "channel": {json.dumps(t.channel)}, "action_probability": '
            for t in engine.journey.treatments
        ]
        self._run = {_RUN: run_id, _JOURNEY: engine.journey.sha256}
        self._contexts: dict[tuple[str, tuple[str, ...] | None], str] = {}
        self._policy = {arm: policy_name(engine, arm.policy) for arm in engine.journey.objective.arms}

    def __call__(self, steps: DecisionSteps) -> Row:
        """The row of one decision."""
        request, pick = steps.request, steps.picks[0]
        chosen = self._engine.journey.treatments[int(steps.candidates[pick.candidate])]
        return {
            "decision_id": request.decision_id,
            "customer_id": request.customer.customer_id,
            "decided_at": request.decided_at,
            "context": self._context_of(steps),
            "action": chosen.action,
            "channel": chosen.channel,
            "action_probability": pick.probability.item(pick.candidate),
            "candidates": self._candidates(steps),
            "bundle": self._engine.bundle_id,
            "policy": self._policy[steps.arm],
            "arm": steps.arm.name,
            "delivered_at": None,
        }

    def _context_of(self, steps: DecisionSteps) -> str:
        request, phase = steps.request, self._engine.phases[int(steps.situations.phase[0])]
        channels = request.channels
        text = self._contexts.get((phase, channels))
        if text is None:
            told = {"phase_at_decision": phase, **self._run, _CHANNELS: channels or ()}
            text = self._contexts[phase, channels] = json.dumps(told)
        own = _own_context(request)
        return json.dumps({**json.loads(text), **own}) if own else text

    def _candidates(self, steps: DecisionSteps) -> str:
        """As JSON, doing nothing first; numbers to their last digit."""
        columns = (steps.candidates, steps.picks[0].probability, steps.scores.priority)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        parts = [f'{self._heads[code]}{chance!r}, "priority": {worth!r}}}' for code, chance, worth in rows]
        return f"[{', '.join(parts)}]"


def _own_context(request: DecisionRequest) -> dict[str, object]:
    """What the run alone knew of one customer."""
    own: dict[str, object] = {}
    if request.account is not None:
        instant = to_ms(request.decided_at)
        of_run = [[c.action, c.channel] for c in request.account.contacts if c.at == instant]
        own |= {_COLLEAGUES: of_run} if of_run else {}
    if request.configured is not None:
        own[CONFIGURATIONS] = encode_configured(request.configured)
    return own


def contacts_of_account(row: Row) -> tuple[AccountContact, ...]:
    """What a row's run had decided on before for other people of the account."""
    told = RunContext.read(row["context"])
    return () if told is None else told.contacts(to_ms(row["decided_at"]))


def with_cuts(context: str, cuts: Mapping[str, Cut]) -> str:
    """A row's context that says where contacts of full channels ended."""
    return json.dumps({**json.loads(context), _CUTS: {name: cut.to_json() for name, cut in cuts.items()}})

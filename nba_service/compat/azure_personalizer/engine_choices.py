"""What our engine chooses among the listed actions it knows.

Those that the journey file has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from nba_service.compat.azure_personalizer.schemas import RankCall
from nba_service.compat.features import Adapt, flatten, read_features, shown_channels
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.decide import Decisions
from nba_service.engine.source import EngineSource
from nba_service.errors import StoreError
from nba_service.resilience.resilient_store import ResilientStore


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """The action, and the probability of every listed one.

    The rest is that of doing nothing.
    """

    action: str
    probability: Mapping[str, float]


class EngineChoices:
    """Has the engine choose for rank calls."""

    def __init__(self, *, store: ResilientStore, source: EngineSource, decisions: Decisions) -> None:
        self._store = store
        self._source = source
        self._decisions = decisions

    def preview(self, call: RankCall, event_id: str, known: Sequence[str], adapt: Adapt) -> EngineChoice:
        """What the engine would choose among ``known``; nothing is stored."""
        decision = self._decisions.hypothetical(adapt(self._call(call, event_id, known))).decision
        pairs = ((option.action, float(option.action_probability)) for option in decision.candidates)
        return EngineChoice(decision.actions[0].action, _by_action(known, pairs))

    def choose(self, call: RankCall, event_id: str, known: Sequence[str], adapt: Adapt) -> EngineChoice:
        """What the engine chooses among ``known``, stored under the id of the event."""
        (decision,) = self._decisions.decide([adapt(self._call(call, event_id, known))])
        answer = decision.answer
        try:
            row = self._store.decisions([answer["decision_id"]]).get(answer["decision_id"])
            stored = None if row is None else self._store.candidates(row) or "[]"
        except StoreError:  # it was decided without
            stored = None
        candidates = answer["actions"] if stored is None else orjson.loads(stored)
        pairs = ((option["action"], option["action_probability"]) for option in candidates)
        return EngineChoice(answer["actions"][0]["action"], _by_action(known, pairs))

    def _call(self, call: RankCall, event_id: str, known: Sequence[str]) -> DecisionCall:
        serving = self._source.current()
        features = read_features(serving.names, dict(flatten(list(call.features))))
        usual = None if features.placements else shown_channels(serving.journey)
        return DecisionCall(
            customer_id=features.customer_id or f"personalizer/{event_id}"[:200],
            phase=features.phase,
            channels=features.channels or usual,
            placements=features.placements,
            profile=features.profile,
            context=features.context,
            exclude=tuple(action for action in serving.journey.action_index if action not in known),
            decision_id=event_id,
            deferred=call.deferred,
        )


def _by_action(known: Sequence[str], pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    """P(action) over its channels."""
    sums = dict.fromkeys(known, 0.0)
    for action, probability in pairs:
        if action in sums:
            sums[action] += probability
    return sums

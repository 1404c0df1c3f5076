"""Azure AI Personalizer's rank, reward and activate, answered by our engine and, beside it, by a bandit.

Actions of the catalogue are decided by the engine with all its rules and stored as any decision. Actions
that it does not know compete by their rewards alone (``bandit``); in a list of both, the engine's choice is
one of the bandit's arms. Every probability of an answer is the one that was drawn with: the seed is the id
of the event. Knows calls and probabilities; knows nothing of HTTP.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import orjson

from models.domain.actions import NOTHING
from models.domain.history import DAY_MS, to_ms
from models.policy.choice.exploration import draw, numbers
from nba_service.compat.azure_personalizer.bandit import probabilities
from nba_service.compat.azure_personalizer.schemas import RankCall
from nba_service.compat.features import flatten, read_features, shown_channels
from nba_service.customers.events import Events
from nba_service.decisions.calls import DecisionCall, OutcomeCall
from nba_service.decisions.decide import Decisions
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem, StoreError
from nba_service.http.json_body import canonical_json, dump_json
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.records.free_choices import Evidence, FreeChoice
from nba_service.store.rows import DELIVERED

KEPT_DAYS: Final = 90
_CLEAN_EVERY: Final = 1_000

Adapt = Callable[[DecisionCall], DecisionCall]


@dataclass(frozen=True, slots=True)
class _Decided:
    """What the engine decided: the action, and the probability of every listed one; the rest is nothing."""

    action: str
    probability: Mapping[str, float]


class Personalizer:
    """Ranks actions and learns from rewards."""

    def __init__(
        self,
        store: ResilientStore,
        source: EngineSource,
        decisions: Decisions,
        events: Events,
        clock: Callable[[], datetime],
        id_maker: Callable[[], str],
        seconds: float,
    ) -> None:
        """``seconds``: how long to wait for the store where choices of unknown actions are concerned."""
        self._store = store
        self._source = source
        self._decisions = decisions
        self._events = events
        self._clock = clock
        self._id_maker = id_maker
        self._seconds = seconds
        self._ranked = 0

    def rank(self, call: RankCall, adapt: Adapt) -> dict[str, Any]:
        """The actions in order, the first that is not excluded being the one to show.

        ``adapt``: what the headers of the request change in a decision call.

        Raises:
            Problem: an id that is taken by another request.
            StoreError: there are unknown actions, and the store does not answer.
        """
        event_id = call.event_id or self._id_maker()
        journey = self._source.current().journey
        listed = [name for name in call.actions if name not in call.excluded]
        known = [name for name in listed if name in journey.action_index or name == NOTHING]
        if len(known) == len(listed):
            decided = self._decide(call, event_id, known, adapt)
            return _ranking(call, event_id, decided.action, decided.probability)
        return self._rank_free(call, event_id, listed, known, adapt)

    def activate(self, event_id: str) -> None:
        """Say that what was ranked first has been shown.

        Raises:
            Problem: ``DECISION_UNKNOWN``.
        """
        choice = self._choice(event_id)
        if choice is not None:
            self._ask(lambda: self._store.choices.activate(event_id, to_ms(self._clock())))
        if self._is_decision(event_id, choice):
            self._tell(event_id, DELIVERED)

    def reward(self, event_id: str, value: float) -> None:
        """Say what came of it, -1 to 1; the first reward counts, and says that it was shown.

        A decision's reward above 0 is its action's positive outcome, worth what the journey file says.

        Raises:
            Problem: ``DECISION_UNKNOWN``.
        """
        choice = self._choice(event_id)
        if choice is not None:
            self._ask(lambda: self._store.choices.reward(event_id, value, to_ms(self._clock())))
        if self._is_decision(event_id, choice):
            self._tell(event_id, self._outcome(event_id, choice) if value > 0 else DELIVERED)

    def _rank_free(
        self, call: RankCall, event_id: str, listed: Sequence[str], known: Sequence[str], adapt: Adapt
    ) -> dict[str, Any]:
        """Rank a list that has unknown actions in it; the answer is stored with the choice."""
        fingerprint = _fingerprint(call)
        stored = self._choice(event_id)
        if stored is None:
            action, probability = self._choose(call, event_id, listed, known, adapt)
            now = to_ms(self._clock())
            choice = FreeChoice(
                event_id=event_id,
                fingerprint=fingerprint,
                chosen_at=now,
                action=action,
                answer=dump_json(_ranking(call, event_id, action, probability)).decode(),
                activated_at=None if call.deferred else now,
            )
            stored = self._ask(lambda: self._store.choices.add(choice))
            self._clean(now)
        if stored.fingerprint != fingerprint:
            raise Problem(
                "IDEMPOTENCY_MISMATCH",
                f"Expected the same request as before for eventId {event_id!r}, got another one."
                " Use a new eventId for a new event.",
            )
        answer: dict[str, Any] = orjson.loads(stored.answer)
        return answer

    def _choose(
        self, call: RankCall, event_id: str, listed: Sequence[str], known: Sequence[str], adapt: Adapt
    ) -> tuple[str, dict[str, float]]:
        """One arm per unknown action, and one for whatever the engine chooses among those that it knows."""
        free = [name for name in listed if name not in known]
        found = self._ask(lambda: self._store.choices.evidence(listed))
        evidence = [found.get(name, Evidence()) for name in free]
        alone = probabilities(evidence)
        first, second = numbers(f"free:{event_id}", 2)
        if not known:
            return free[_drawn(alone, first)], dict(zip(free, alone, strict=True))
        engine = [found.get(name, Evidence()) for name in known]
        pooled = Evidence(sum(one.shown for one in engine), sum(one.reward for one in engine))
        *shares, share = probabilities([*evidence, pooled])
        decided = self._asked(call, event_id, known, adapt)
        nothing = 1.0 - sum(decided.probability.values())
        arm = _drawn([*shares, share], first)
        if arm < len(free):
            action = free[arm]
        else:
            decided = self._decide(call, event_id, known, adapt)
            action = decided.action if decided.action in known else free[_drawn(alone, second)]
        probability = {
            name: one + share * nothing * other for name, one, other in zip(free, shares, alone, strict=True)
        }
        return action, probability | {name: share * p for name, p in decided.probability.items()}

    def _asked(self, call: RankCall, event_id: str, known: Sequence[str], adapt: Adapt) -> _Decided:
        """What the engine would decide; nothing is stored."""
        made = self._decisions.hypothetical(adapt(self._call(call, event_id, known)))
        pairs = [(one.action, float(one.action_probability)) for one in made.decision.candidates]
        return _Decided(made.decision.actions[0].action, _summed(known, pairs))

    def _decide(self, call: RankCall, event_id: str, known: Sequence[str], adapt: Adapt) -> _Decided:
        """What the engine decides, stored under the id of the event."""
        (decision,) = self._decisions.decide([adapt(self._call(call, event_id, known))])
        answer = decision.answer
        try:
            row = self._store.decisions([answer["decision_id"]]).get(answer["decision_id"])
        except StoreError:  # it was decided without
            row = None
        candidates = answer["actions"] if row is None else orjson.loads(row.candidates or "[]")
        pairs = [(one["action"], one["action_probability"]) for one in candidates]
        return _Decided(answer["actions"][0]["action"], _summed(known, pairs))

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

    def _choice(self, event_id: str) -> FreeChoice | None:
        found: FreeChoice | None = self._ask(lambda: self._store.choices.find(event_id))
        return found

    def _is_decision(self, event_id: str, choice: FreeChoice | None) -> bool:
        """Whether the engine decided what was shown.

        Raises:
            Problem: ``DECISION_UNKNOWN``, if nobody did.
        """
        if choice is not None:
            return choice.action in self._source.current().journey.action_index
        if event_id not in self._store.known_decisions([event_id]):
            raise Problem(
                "DECISION_UNKNOWN",
                f"Expected the eventId of a rank, got {event_id[:200]!r}. Rank first.",
            )
        return True

    def _outcome(self, event_id: str, choice: FreeChoice | None) -> str:
        action = choice.action if choice else self._store.decisions([event_id])[event_id].action
        return self._source.current().journey.response_outcome(action) or DELIVERED

    def _tell(self, event_id: str, outcome: str) -> None:
        suffix = DELIVERED if outcome == DELIVERED else "reward"
        call = OutcomeCall(decision_id=event_id, outcome=outcome, outcome_id=f"{event_id}/{suffix}"[-200:])
        try:
            self._events.add_outcomes([call])
        except Problem as problem:
            if problem.kind != "IDEMPOTENCY_MISMATCH":  # another reward came first
                raise

    def _ask(self, work: Callable[[], Any]) -> Any:
        return self._store.ask(work, self._seconds)

    def _clean(self, now: int) -> None:
        self._ranked += 1
        if self._ranked % _CLEAN_EVERY == 0:
            self._ask(lambda: self._store.choices.forget_before(now - KEPT_DAYS * DAY_MS))


def _summed(known: Sequence[str], pairs: Sequence[tuple[str, float]]) -> dict[str, float]:
    """P(action) over its channels."""
    return {name: sum(p for action, p in pairs if action == name) for name in known}


def _drawn(shares: Sequence[float], number: float) -> int:
    return int(draw(np.array(shares), number))


def _fingerprint(call: RankCall) -> str:
    told = {**asdict(call), "excluded": sorted(call.excluded)}
    return hashlib.sha256(canonical_json(told).encode()).hexdigest()


def _ranking(call: RankCall, event_id: str, chosen: str, probability: Mapping[str, float]) -> dict[str, Any]:
    """Excluded actions keep their places; of the others the chosen one leads, then the likelier one."""
    listed = [name for name in call.actions if name not in call.excluded]
    ordered = sorted(listed, key=lambda name: (name != chosen, -probability.get(name, 0.0)))
    places = iter(ordered)
    order = [name if name in call.excluded else next(places) for name in call.actions]
    return {
        "ranking": [{"id": name, "probability": probability.get(name, 0.0)} for name in order],
        "eventId": event_id,
        "rewardActionId": chosen if chosen in listed else None,
    }

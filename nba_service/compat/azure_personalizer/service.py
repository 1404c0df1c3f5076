"""Azure AI Personalizer's rank, reward and activate.

Answered by our engine and, for actions that the journey file does not have, by a bandit. Actions of the
catalogue are decided by the engine with all its rules and stored as any decision. Actions that it does not
know compete by their rewards alone (``bandit``); in a list of both, the engine's choice is one of the
bandit's arms. Every probability of an answer is the one that was drawn with: the seed is the id of the event.
Knows calls and probabilities; knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import orjson

from models.domain.actions import NOTHING
from models.domain.history import to_ms
from models.policy.choice.exploration import draw, numbers
from nba_service.clock import Clock, IdMaker
from nba_service.compat.azure_personalizer.bandit import probabilities
from nba_service.compat.azure_personalizer.engine_choices import EngineChoices
from nba_service.compat.azure_personalizer.ranking import fingerprint, listed_actions, ranking
from nba_service.compat.azure_personalizer.schemas import RankCall
from nba_service.compat.azure_personalizer.stored_choices import StoredChoices
from nba_service.compat.features import Adapt
from nba_service.customers.events import Events
from nba_service.decisions.calls import OutcomeCall
from nba_service.decisions.decide import Decisions
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem
from nba_service.http.json_body import dump_json
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.records.free_choices import Evidence, FreeChoice
from nba_service.store.rows import DELIVERED


class AzurePersonalizer:
    """Ranks actions and learns from rewards."""

    def __init__(
        self,
        *,
        store: ResilientStore,
        source: EngineSource,
        decisions: Decisions,
        events: Events,
        clock: Clock,
        id_maker: IdMaker,
        seconds: float,
    ) -> None:
        """``seconds``: how long to wait for the store where choices of unknown actions are concerned."""
        self._store = store
        self._source = source
        self._engine = EngineChoices(store=store, source=source, decisions=decisions)
        self._events = events
        self._clock = clock
        self._id_maker = id_maker
        self._choices = StoredChoices(store, clock, seconds)

    def rank(self, call: RankCall, adapt: Adapt) -> dict[str, object]:
        """The actions in order, the first that is not excluded being the one to show.

        ``adapt``: what the headers of the request change in a decision call.

        Raises:
            Problem: an id that is taken by another request.
            StoreError: there are unknown actions, and the store does not answer.
        """
        event_id = call.event_id or self._id_maker()
        journey = self._source.current().journey
        listed = listed_actions(call)
        known = [name for name in listed if name in journey.action_index or name == NOTHING]
        if len(known) == len(listed):
            choice = self._engine.choose(call, event_id, known, adapt)
            return ranking(call, event_id, choice.action, choice.probability)
        return self._rank_free(call, event_id, known, adapt)

    def activate(self, event_id: str) -> None:
        """Say that what was ranked first has been shown.

        Raises:
            Problem: ``DECISION_UNKNOWN``.
        """
        choice = self._choices.find(event_id)
        if choice is not None:
            self._choices.activate(event_id)
        if self._is_decision(event_id, choice):
            self._add_outcome(event_id, DELIVERED)

    def reward(self, event_id: str, value: float) -> None:
        """Say what came of it, -1 to 1; the first reward counts, and says that it was shown.

        A decision's reward above 0 is its action's positive outcome, worth what the journey file says.

        Raises:
            Problem: ``DECISION_UNKNOWN``.
        """
        choice = self._choices.find(event_id)
        if choice is not None:
            self._choices.reward(event_id, value)
        if self._is_decision(event_id, choice):
            self._add_outcome(event_id, self._outcome(event_id, choice) if value > 0 else DELIVERED)

    def _rank_free(
        self, call: RankCall, event_id: str, known: Sequence[str], adapt: Adapt
    ) -> dict[str, object]:
        """Rank a list that has unknown actions in it; the answer is stored with the choice."""
        stored = self._choices.find(event_id)
        if stored is None:
            action, probability = self._choose(call, event_id, known, adapt)
            now = to_ms(self._clock())
            choice = FreeChoice(
                event_id=event_id,
                fingerprint=fingerprint(call),
                chosen_at=now,
                action=action,
                answer=dump_json(ranking(call, event_id, action, probability)).decode(),
                activated_at=None if call.deferred else now,
            )
            stored = self._choices.add(choice)
        if stored.fingerprint != fingerprint(call):
            raise Problem(
                "IDEMPOTENCY_MISMATCH",
                f"Expected the same request as before for eventId {event_id!r}, got another one."
                " Use a new eventId for a new event.",
            )
        answer: dict[str, object] = orjson.loads(stored.answer)
        return answer

    def _choose(
        self, call: RankCall, event_id: str, known: Sequence[str], adapt: Adapt
    ) -> tuple[str, dict[str, float]]:
        """One arm per unknown action, and one for whatever the engine chooses among those that it knows."""
        free = [name for name in listed_actions(call) if name not in known]
        arms = self._choices.evidence([*free, *known])
        evidence, engine = arms[: len(free)], arms[len(free) :]
        alone = probabilities(evidence)
        first, second = numbers(f"free:{event_id}", 2)
        if not known:
            return free[_drawn(alone, first)], dict(zip(free, alone, strict=True))
        pooled = Evidence(sum(arm.shown for arm in engine), sum(arm.reward for arm in engine))
        *shares, share = probabilities([*evidence, pooled])
        choice = self._engine.preview(call, event_id, known, adapt)
        nothing = 1.0 - sum(choice.probability.values())
        arm = _drawn([*shares, share], first)
        if arm < len(free):
            action = free[arm]
        else:
            choice = self._engine.choose(call, event_id, known, adapt)
            action = choice.action if choice.action in known else free[_drawn(alone, second)]
        probability = {
            name: own + share * nothing * other for name, own, other in zip(free, shares, alone, strict=True)
        }
        return action, probability | {name: share * p for name, p in choice.probability.items()}

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

    def _add_outcome(self, event_id: str, outcome: str) -> None:
        suffix = DELIVERED if outcome == DELIVERED else "reward"
        call = OutcomeCall(decision_id=event_id, outcome=outcome, outcome_id=f"{event_id}/{suffix}"[-200:])
        try:
            self._events.add_outcomes([call])
        except Problem as problem:
            if problem.kind != "IDEMPOTENCY_MISMATCH":  # another reward came first
                raise


def _drawn(shares: Sequence[float], number: float) -> int:
    return int(draw(np.array(shares), number))

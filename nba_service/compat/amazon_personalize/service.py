"""Amazon Personalize's next best action: recommendations, interactions, users; actions are checked only.

A recommendation is a decision whose id is the ``recommendationId``; the campaign's name says where: a
placement or a channel of the journey file. An interaction whose event is an outcome is what came of it; any
other is a touchpoint. Knows calls and names; knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from models.domain.actions import NOTHING
from models.domain.journey import Journey
from nba_service.compat.amazon_personalize.schemas import RecommendCall
from nba_service.compat.features import read_features, shown_channels
from nba_service.compat.names import content_key, slug
from nba_service.customers.events import Events
from nba_service.customers.profiles import Customers
from nba_service.decisions.calls import DecisionCall, InteractionCall, OutcomeCall, Profile
from nba_service.decisions.checks import interaction_problems, latest_time, outcome_problems, profile_problems
from nba_service.decisions.decide import Decisions
from nba_service.engine.source import EngineSource
from nba_service.errors import FieldProblem, Problem, problem_of_fields
from nba_service.http.fields import is_id
from nba_service.resilience.resilient_store import ResilientStore

_MOST: Final = 20

Adapt = Callable[[DecisionCall], DecisionCall]


class Personalize:
    """Answers one application's calls."""

    def __init__(
        self,
        store: ResilientStore,
        source: EngineSource,
        decisions: Decisions,
        events: Events,
        customers: Customers,
        clock: Callable[[], datetime],
        id_maker: Callable[[], str],
        skew_seconds: int,
    ) -> None:
        self._store = store
        self._source = source
        self._decisions = decisions
        self._events = events
        self._customers = customers
        self._clock = clock
        self._id_maker = id_maker
        self._skew_seconds = skew_seconds

    def recommend(self, call: RecommendCall, adapt: Adapt) -> dict[str, Any]:
        """The best actions first, without doing nothing; ``score``: their propensity.

        Raises:
            Problem: ``UNKNOWN_PLACEMENT``, if the campaign is no placement, no channel and not ``default``.
        """
        serving = self._source.current()
        names, where = serving.names, call.campaign
        if where and where not in names.placement | names.channel | {"default"}:
            raise Problem(
                "UNKNOWN_PLACEMENT",
                "Expected campaignArn to end in /default or in a placement or channel of the journey file,"
                f" got {where[:100]!r}.",
            )
        features = read_features(names, {name: _plain(value) for name, value in call.filter_values.items()})
        placed = where in names.placement
        (decision,) = self._decisions.decide(
            [
                adapt(
                    DecisionCall(
                        customer_id=call.user_id,
                        decision_id=self._id_maker()[:40],
                        limit=1 if placed else min(call.number, _MOST),
                        placements=(where,) if placed else None,
                        channels=(where,) if where in names.channel else _channels(serving.journey, placed),
                        phase=features.phase,
                        profile=features.profile,
                        context=features.context,
                    )
                )
            ]
        )
        answer = decision.answer
        chosen = [one for one in answer["actions"] if one["action"] != NOTHING]
        return {
            "actionList": [
                {"actionId": one["action"], "score": one["propensity"]["value"]} for one in chosen
            ],
            "recommendationId": answer["decision_id"],
        }

    def interact(self, told: Sequence[Mapping[str, Any]]) -> None:
        """Store what happened; all of it or, where something is wrong, nothing.

        Raises:
            Problem: an unknown action or event, a time in the future, or nobody is named.
        """
        journey = self._source.current().journey
        outcomes: list[OutcomeCall] = []
        interactions: list[InteractionCall] = []
        problems: list[FieldProblem] = []
        for index, one in enumerate(told):
            path = f"actionInteractions[{index}]."
            made = self._event(journey, one)
            if made is None:
                problems.append(_unknown_event(journey, path, one))
            elif isinstance(made, OutcomeCall):
                outcomes.append(made)
            else:
                interactions.append(made)
        problems += self._problems(interactions, outcomes)
        if problems:
            raise problem_of_fields(problems)
        if interactions:
            self._events.add_interactions(interactions)
        if outcomes:
            self._events.add_outcomes(outcomes)

    def put_users(self, users: Sequence[Mapping[str, Any]]) -> None:
        """Put what the properties say over the stored profiles.

        Raises:
            Problem: an unknown attribute, or a value that it cannot have; then no user is changed.
        """
        names = self._source.current().names
        profiles: dict[str, Profile] = {}
        problems: list[FieldProblem] = []
        for index, user in enumerate(users):
            told = _object(user.get("properties"), f"users[{index}].properties")
            profile = Profile(attributes={_attribute(names.attributes, name): v for name, v in told.items()})
            problems += profile_problems(names, profile, f"users[{index}].properties.")
            profiles[user["user_id"]] = profile
        if problems:
            raise problem_of_fields(problems)
        for user_id, profile in profiles.items():
            self._put(user_id, profile)

    def put_actions(self, actions: Sequence[Mapping[str, Any]]) -> None:
        """Check that the journey file has them: what an action is and costs stands there.

        Raises:
            Problem: ``UNKNOWN_ACTION``.
        """
        journey = self._source.current().journey
        problems = [
            FieldProblem(
                field=f"actions[{index}].actionId",
                code="UNKNOWN_ACTION",
                detail=f"expected an action of the journey file, got {one['action'][:100]!r}. Add it there.",
            )
            for index, one in enumerate(actions)
            if one["action"] not in journey.action_index
        ]
        if problems:
            raise problem_of_fields(problems)

    def _put(self, user_id: str, profile: Profile) -> None:
        person = self._store.persons([user_id])[user_id]
        stored = self._store.customer(person)
        if stored is not None:
            profile = replace(
                profile,
                account_id=stored.account_id,
                attributes={**stored.attributes, **profile.attributes},
                consent=stored.consent,
                locale=stored.locale,
                time_zone=stored.time_zone,
            )
        self._customers.put(person, profile)

    def _event(self, journey: Journey, told: Mapping[str, Any]) -> OutcomeCall | InteractionCall | None:
        """What an interaction is here; None: neither an outcome nor a touchpoint."""
        at = datetime.fromtimestamp(told["at"], UTC)
        name = slug(told["event"])
        outcome = name if name in journey.outcome_index else None
        if outcome is None and name in ("taken", "clicked", "click"):  # Amazon's own words
            outcome = journey.response_outcome(told["action"])
        key = content_key(told)
        if told.get("decision_id") and (outcome or name == "viewed"):
            return OutcomeCall(
                outcome=outcome or "delivered",
                decision_id=told["decision_id"],
                outcome_id=key,
                occurred_at=at,
            )
        if name not in {point.name for point in journey.touchpoints}:
            return None
        customer_id = told.get("user_id") or told["session_id"]
        if not is_id(customer_id):
            raise Problem("FIELD_RANGE", "Expected userId, or else sessionId, to be a customer id.")
        return InteractionCall(
            touchpoint=name,
            customer_id=customer_id,
            interaction_id=key,
            occurred_at=at,
            action=told["action"] if told["action"] in journey.action_index else None,
            properties=_object(told.get("properties"), "properties"),
        )

    def _problems(
        self, interactions: Sequence[InteractionCall], outcomes: Sequence[OutcomeCall]
    ) -> Iterator[FieldProblem]:
        """Looked at before anything is stored: what is told together is stored together."""
        names = self._source.current().names
        latest = latest_time(self._clock(), self._skew_seconds)
        for interaction in interactions:
            yield from interaction_problems(names, interaction, latest, "actionInteractions.")
        for outcome in outcomes:
            yield from outcome_problems(names, outcome, latest, "actionInteractions.")


def _channels(journey: Journey, placed: bool) -> tuple[str, ...] | None:
    return None if placed else shown_channels(journey)


def _unknown_event(journey: Journey, path: str, told: Mapping[str, Any]) -> FieldProblem:
    known = [outcome.name for outcome in journey.outcomes] + [point.name for point in journey.touchpoints]
    return FieldProblem(
        field=f"{path}eventType",
        code="UNKNOWN_OUTCOME",
        detail=f"expected an outcome of a recommendation (with its recommendationId) or a touchpoint, one of"
        f" {', '.join(known)[:500]}, got {told['event'][:60]!r}.",
    )


def _attribute(known: Mapping[str, Any], name: str) -> str:
    """Amazon's ``AGE``, or botocore's ``age``, as the journey file writes it."""
    return name if name in known else slug(name)


def _object(value: Any, path: str) -> dict[str, Any]:
    """botocore sends properties as a text that holds JSON."""
    if value is None:
        return {}
    try:
        found = orjson.loads(value) if isinstance(value, str) else value
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Problem("FIELD_TYPE", f"{path}: expected a text that holds a JSON object, got something else.")
    return found


def _plain(text: str) -> Any:
    """A filter value: botocore takes texts alone, quoted ones for texts, numbers as they are."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return text if isinstance(found, dict | list) else found

"""Amazon Personalize's next best action: recommendations, interactions, users; actions are checked only.

A recommendation is a decision whose id is the ``recommendationId``; the campaign's name says where: a
placement or a channel of the journey file. An interaction whose event is an outcome is what came of it; any
other is a touchpoint. Knows calls and names; knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

from models.domain.actions import NOTHING
from nba_service.clock import Clock, IdMaker
from nba_service.compat.amazon_personalize.events import call_of, object_of, plain_value, unknown_event
from nba_service.compat.amazon_personalize.schemas import ActionEvent, RecommendCall, UserCall
from nba_service.compat.features import Adapt, read_features, shown_channels
from nba_service.compat.names import slug
from nba_service.customers.events import Events
from nba_service.customers.profiles import Customers
from nba_service.decisions.calls import DecisionCall, InteractionCall, OutcomeCall, Profile
from nba_service.decisions.checks import interaction_problems, latest_time, outcome_problems, profile_problems
from nba_service.decisions.decide import Decisions
from nba_service.engine.serving import Serving
from nba_service.engine.source import EngineSource
from nba_service.errors import FieldProblem, Problem, problem_of_fields
from nba_service.resilience.resilient_store import ResilientStore

_MOST: Final = 20


class AmazonPersonalize:
    """Answers one application's calls."""

    def __init__(
        self,
        *,
        store: ResilientStore,
        source: EngineSource,
        decisions: Decisions,
        events: Events,
        customers: Customers,
        clock: Clock,
        id_maker: IdMaker,
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

    def recommend(self, call: RecommendCall, adapt: Adapt) -> dict[str, object]:
        """The best actions first, without doing nothing; ``score``: their propensity.

        Raises:
            Problem: ``UNKNOWN_PLACEMENT``, if the campaign is no placement, no channel and not ``default``.
        """
        (decision,) = self._decisions.decide(
            [adapt(_decision_call(self._source.current(), call, self._id_maker()[:40]))]
        )
        answer = decision.answer
        return {
            "actionList": [
                {"actionId": action["action"], "score": action["propensity"]["value"]}
                for action in answer["actions"]
                if action["action"] != NOTHING
            ],
            "recommendationId": answer["decision_id"],
        }

    def add_events(self, events: Sequence[ActionEvent]) -> None:
        """Store what happened; all of it or, where something is wrong, nothing.

        Raises:
            Problem: an unknown action or event, a time in the future, or nobody is named.
        """
        journey = self._source.current().journey
        calls: list[OutcomeCall | InteractionCall] = []
        problems: list[FieldProblem] = []
        for index, event in enumerate(events):
            path = f"actionInteractions[{index}]."
            try:
                call = call_of(journey, event)
            except Problem as problem:
                problems.append(FieldProblem(field=path[:-1], code=problem.kind, detail=str(problem)))
                continue
            if call is None:
                problems.append(unknown_event(journey, path, event))
            else:
                problems += self._problems(call, path)
                calls.append(call)
        if problems:
            raise problem_of_fields(problems)
        if interactions := [call for call in calls if isinstance(call, InteractionCall)]:
            self._events.add_interactions(interactions)
        if outcomes := [call for call in calls if isinstance(call, OutcomeCall)]:
            self._events.add_outcomes(outcomes)

    def put_users(self, users: Sequence[UserCall]) -> None:
        """Put what the properties say over the stored profiles.

        Raises:
            Problem: an unknown attribute, or a value that it cannot have; then no user is changed.
        """
        names = self._source.current().names
        profiles: dict[str, Profile] = {}
        problems: list[FieldProblem] = []
        for index, user in enumerate(users):
            path = f"users[{index}].properties"
            try:
                values = object_of(user.properties, path)
            except Problem as problem:
                problems.append(FieldProblem(field=path, code=problem.kind, detail=str(problem)))
                continue
            attributes = {_attribute(names.attributes, name): value for name, value in values.items()}
            profiles[user.user_id] = Profile(attributes=attributes)
            problems += profile_problems(names, profiles[user.user_id], f"{path}.")
        if problems:
            raise problem_of_fields(problems)
        for user_id, profile in profiles.items():
            self._put(user_id, profile)

    def check_actions(self, actions: Sequence[str]) -> None:
        """Check that the journey file has them: what an action is and costs stands there.

        Raises:
            Problem: ``UNKNOWN_ACTION``.
        """
        journey = self._source.current().journey
        problems = [
            FieldProblem(
                field=f"actions[{index}].actionId",
                code="UNKNOWN_ACTION",
                detail=f"expected an action of the journey file, got {action[:100]!r}. Add it there.",
            )
            for index, action in enumerate(actions)
            if action not in journey.action_index
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
                locale=stored.locale,
                time_zone=stored.time_zone,
            )
        self._customers.put(person, profile, source="amazon_personalize")

    def _problems(self, call: InteractionCall | OutcomeCall, path: str) -> Iterator[FieldProblem]:
        """Looked at before anything is stored."""
        names = self._source.current().names
        latest = latest_time(self._clock(), self._skew_seconds)
        if isinstance(call, InteractionCall):
            yield from interaction_problems(names, call, latest, path)
        else:
            yield from outcome_problems(names, call, latest, path)


def _decision_call(serving: Serving, call: RecommendCall, decision_id: str) -> DecisionCall:
    names, where = serving.names, call.campaign
    if where and where not in names.placement | names.channel | {"default"}:
        raise Problem(
            "UNKNOWN_PLACEMENT",
            "Expected campaignArn to end in /default or in a placement or channel of the journey file,"
            f" got {where[:100]!r}.",
        )
    values = {name: plain_value(value) for name, value in call.filter_values.items()}
    features = read_features(names, values)
    placed = where in names.placement
    usual = None if placed else shown_channels(serving.journey)
    return DecisionCall(
        customer_id=call.user_id,
        decision_id=decision_id,
        limit=1 if placed else min(call.number, _MOST),
        placements=(where,) if placed else None,
        channels=(where,) if where in names.channel else usual,
        phase=features.phase,
        profile=features.profile,
        context=features.context,
    )


def _attribute(known: Collection[str], name: str) -> str:
    """Amazon's ``AGE``, or botocore's ``age``, as the journey file writes it."""
    return name if name in known else slug(name)

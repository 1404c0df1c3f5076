"""azure-cognitiveservices-personalizer as it comes from PyPI, against the running service."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip(
    "azure.cognitiveservices.personalizer", reason="needs azure-cognitiveservices-personalizer"
)

from azure.cognitiveservices.personalizer import PersonalizerClient
from azure.cognitiveservices.personalizer.models import (
    ErrorResponseException,
    RankableAction,
    RankRequest,
)
from msrest.authentication import CognitiveServicesCredentials
from msrest.exceptions import HttpOperationError


@pytest.fixture
def personalizer(listening: Any) -> PersonalizerClient:
    client = PersonalizerClient(listening.url, CognitiveServicesCredentials(listening.key))
    client.config.retry_policy.retries = 0
    return client


def asked(*names: str, **more: Any) -> RankRequest:
    return RankRequest(actions=[RankableAction(id=name, features=[{"size": 1}]) for name in names], **more)


def probabilities(ranked: Any) -> dict[str, float]:
    return {one.id: one.probability for one in ranked.ranking}


def test_unknown_actions_are_ranked_with_probabilities_that_sum_to_one(personalizer: Any) -> None:
    ranked = personalizer.rank(asked("pasta", "salad", "soup", context_features=[{"day": "mon"}]), raw=True)

    assert ranked.response.status_code == 201
    assert ranked.output.event_id
    assert ranked.output.ranking[0].id == ranked.output.reward_action_id
    assert probabilities(ranked.output) == pytest.approx({"pasta": 1 / 3, "salad": 1 / 3, "soup": 1 / 3})


def test_the_event_id_is_the_seed_and_makes_a_repeat_harmless(personalizer: Any, listening: Any) -> None:
    first = personalizer.rank(asked("a", "b", "c", event_id="e-1"))
    again = personalizer.rank(asked("a", "b", "c", event_id="e-1"))

    assert again.as_dict() == first.as_dict()
    assert listening.parts.store.choices.evidence([first.reward_action_id])[first.reward_action_id].shown == 1
    with pytest.raises(ErrorResponseException) as refused:
        personalizer.rank(asked("a", "b", event_id="e-1"))
    assert refused.value.response.status_code == 400
    assert refused.value.error.error.code == "BadRequest"
    assert "IDEMPOTENCY_MISMATCH" in refused.value.error.error.message


def test_rewards_move_the_probabilities_and_count_once(personalizer: Any) -> None:
    for number in range(20):
        chosen = personalizer.rank(asked("good", "bad", event_id=f"e-{number}")).reward_action_id
        for _ in range(2):
            personalizer.events.reward(f"e-{number}", 1.0 if chosen == "good" else 0.0)

    ranked = probabilities(personalizer.rank(asked("bad", "good")))

    assert ranked["good"] > 0.7
    assert sum(ranked.values()) == pytest.approx(1)


def test_excluded_actions_keep_their_place_and_are_never_chosen(personalizer: Any) -> None:
    for number in range(10):
        ranked = personalizer.rank(asked("x", "a", "b", excluded_actions=["x"], event_id=f"e-{number}"))

        assert ranked.ranking[0].id == "x"
        assert ranked.ranking[0].probability == 0
        assert ranked.ranking[1].id == ranked.reward_action_id != "x"


def test_a_deferred_event_counts_from_its_activation(personalizer: Any, listening: Any) -> None:
    chosen = personalizer.rank(asked("a", "b", event_id="e-1", defer_activation=True)).reward_action_id
    assert listening.parts.store.choices.evidence(["a", "b"]) == {}

    for _ in range(2):
        answer = personalizer.events.activate("e-1", raw=True)

    assert answer.response.status_code == 204
    assert listening.parts.store.choices.evidence(["a", "b"])[chosen].shown == 1


def test_actions_of_the_catalogue_are_decided_by_the_engine_and_its_rules(
    personalizer: Any, listening: Any
) -> None:
    """``offer`` is for phase interested and goes by e-mail; a page can show a stranger the teaser alone."""
    features = [{"user": {"customer_id": "c-1", "age": 40}}, {"phase": "stranger"}]

    ranked = personalizer.rank(
        asked("teaser", "offer", event_id="e-7", context_features=features, defer_activation=True)
    )

    assert probabilities(ranked)["offer"] == 0
    assert ranked.reward_action_id in ("teaser", None)
    row = listening.parts.store.decisions(["e-7"])["e-7"]
    assert row.customer_id == "c-1"
    assert row.delivered_at is None
    assert '"age":40' in row.request


def test_a_reward_of_a_decision_is_its_positive_outcome(personalizer: Any, listening: Any) -> None:
    personalizer.rank(asked("teaser", event_id="e-8", defer_activation=True))
    personalizer.events.activate("e-8")
    for value in (0.7, -1.0):
        personalizer.events.reward("e-8", value)

    outcomes = listening.parts.store.plain.outcomes_of(["e-8"])

    row = listening.parts.store.decisions(["e-8"])["e-8"]
    assert {one.outcome for one in outcomes} == (
        {"delivered", "clicked"} if row.action == "teaser" else {"delivered"}
    )


def test_known_and_unknown_actions_compete_under_the_rules(personalizer: Any, listening: Any) -> None:
    features = [{"customer_id": "c-1", "phase": "stranger"}]
    chosen = []
    for number in range(12):
        ranked = personalizer.rank(
            asked("teaser", "offer", "pasta", event_id=f"e-{number}", context_features=features)
        )
        chosen.append(ranked.reward_action_id)
        assert probabilities(ranked)["offer"] == 0
        assert sum(probabilities(ranked).values()) == pytest.approx(1)
        personalizer.events.reward(ranked.event_id, 0.5)

    assert "pasta" in chosen
    decided = [name for name in chosen if name == "teaser"]
    known = listening.parts.store.known_decisions([f"e-{number}" for number in range(12)])
    assert len(known) >= len(decided)


@pytest.mark.parametrize("call", ["reward", "activate"])
def test_an_event_that_nobody_ranked_is_not_found(personalizer: Any, call: str) -> None:
    arguments = (0.5,) if call == "reward" else ()

    with pytest.raises(HttpOperationError) as refused:
        getattr(personalizer.events, call)("nobody", *arguments)

    assert refused.value.response.status_code == 404
    assert refused.value.response.json()["error"]["code"] == "ResourceNotFound"


def test_what_is_wrong_is_told_in_the_clients_own_error(personalizer: Any, listening: Any) -> None:
    with pytest.raises(ErrorResponseException) as refused:
        personalizer.rank(asked("a", "a"))

    assert refused.value.response.status_code == 400
    assert refused.value.error.error.target == "actions"

    stranger = PersonalizerClient(listening.url, CognitiveServicesCredentials("wrong"))
    with pytest.raises(ErrorResponseException) as refused:
        stranger.rank(asked("a"))
    assert refused.value.response.status_code == 401
    assert refused.value.error.error.code == "Unauthorized"

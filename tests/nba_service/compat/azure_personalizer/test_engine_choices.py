"""What our engine chooses among listed actions: the probability of each, and nothing that is not listed."""

from __future__ import annotations

import pytest

from nba_service.compat.azure_personalizer.engine_choices import EngineChoices
from nba_service.compat.azure_personalizer.schemas import RankCall
from nba_service.decisions.calls import DecisionCall
from nba_service.services import Services

SEEN = RankCall(
    actions=("teaser", "offer"), features=({"user": {"customer_id": "c-1", "phase": "stranger"}},)
)


def unchanged(call: DecisionCall) -> DecisionCall:
    return call


@pytest.fixture
def choices(parts: Services) -> EngineChoices:
    return EngineChoices(store=parts.store, source=parts.source, decisions=parts.decisions)


def test_a_preview_gives_every_listed_action_a_probability_and_stores_nothing(
    choices: EngineChoices, parts: Services
) -> None:
    found = choices.preview(SEEN, "e-1", ["teaser", "offer"], unchanged)

    assert found.action in ("teaser", "nothing")
    assert found.probability["teaser"] > 0
    assert found.probability["offer"] == 0, "an offer is for the interested, and goes by e-mail"
    assert sum(found.probability.values()) <= 1 + 1e-12
    assert parts.store.decisions(["e-1"]) == {}


def test_what_is_chosen_is_stored_under_the_event_with_the_probabilities_of_the_preview(
    choices: EngineChoices, parts: Services
) -> None:
    preview = choices.preview(SEEN, "e-1", ["teaser", "offer"], unchanged)

    found = choices.choose(SEEN, "e-1", ["teaser", "offer"], unchanged)

    assert found == preview
    row = parts.store.decisions(["e-1"])["e-1"]
    assert (row.customer_id, row.phase, row.action) == ("c-1", "stranger", found.action)


def test_an_action_that_is_not_listed_is_never_chosen(choices: EngineChoices) -> None:
    found = choices.preview(SEEN, "e-1", ["offer"], unchanged)

    assert found.action == "nothing"
    assert found.probability == {"offer": 0.0}


def test_somebody_who_is_not_named_is_a_customer_of_their_own(
    choices: EngineChoices, parts: Services
) -> None:
    choices.choose(RankCall(actions=("teaser",)), "e-1", ["teaser"], unchanged)

    assert parts.store.decisions(["e-1"])["e-1"].customer_id == "personalizer/e-1"


def test_headers_may_change_the_call(choices: EngineChoices) -> None:
    calls: list[DecisionCall] = []

    def adapt(call: DecisionCall) -> DecisionCall:
        calls.append(call)
        return call

    choices.preview(RankCall(actions=("teaser",), deferred=True), "e-1", ["teaser"], adapt)

    (call,) = calls
    assert (call.decision_id, call.deferred, call.channels) == ("e-1", True, ("web",))
    assert "teaser" not in call.exclude
    assert set(call.exclude) >= {"offer", "care"}


def test_without_the_store_the_chosen_action_has_its_probability(
    choices: EngineChoices, parts: Services
) -> None:
    parts.store.breaker.trip()

    found = choices.choose(SEEN, "e-1", ["teaser", "offer"], unchanged)

    assert set(found.probability) == {"teaser", "offer"}
    assert found.action == "nothing" or found.probability[found.action] > 0

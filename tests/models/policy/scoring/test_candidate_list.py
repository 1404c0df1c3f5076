"""Candidates are a sequence that is made when it is read, and always the same."""

from __future__ import annotations

import pytest

from models.bundle import Models
from models.domain.decision import Decision
from models.domain.journey import Journey
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.scoring.candidate_list import CandidateList
from tests.models.policy.deciding import Ask


@pytest.fixture
def decision(tiny_journey: Journey, learned: Models, ask: Ask) -> Decision:
    return decide(Engine(tiny_journey, learned, "b"), ask(stated_phase="interested"))


def test_one_candidate_is_the_same_alone_and_among_all(decision: Decision) -> None:
    alone = [decision.candidates[index] for index in range(len(decision.candidates))]

    assert alone == list(decision.candidates)
    assert decision.candidates[-1] == alone[-1]
    assert decision.candidates[1:] == tuple(alone[1:])
    assert decision.candidates == alone
    assert repr(decision.candidates) == repr(tuple(alone))


def test_doing_nothing_comes_first_and_then_names(decision: Decision) -> None:
    assert [(c.action, c.channel) for c in decision.candidates] == [
        ("nothing", None),
        ("offer", "email"),
        ("teaser", "email"),
        ("teaser", "web"),
    ]


def test_records_are_the_candidates_as_plain_values(decision: Decision) -> None:
    candidates = decision.candidates
    assert isinstance(candidates, CandidateList)

    for record, candidate in zip(candidates.records(), candidates, strict=True):
        assert record["action"] == candidate.action
        assert record["action_probability"] == candidate.action_probability
        assert record["propensity"]["low"] == candidate.propensity.low
        assert record["value"]["over_nothing"] == candidate.value.over_nothing
        assert record["value"]["over_nothing_low"] == candidate.value.over_nothing_low
        assert record["leads_to"] == dict(candidate.leads_to)


def test_every_gain_has_an_interval_around_it_and_doing_nothing_gains_exactly_nothing(
    decision: Decision,
) -> None:
    nothing, *others = (candidate.value for candidate in decision.candidates)

    assert (nothing.over_nothing_low, nothing.over_nothing, nothing.over_nothing_high) == (0.0, 0.0, 0.0)
    for value in others:
        assert value.over_nothing_low < value.over_nothing < value.over_nothing_high
        middle = (value.over_nothing_low + value.over_nothing_high) / 2
        assert middle == pytest.approx(value.over_nothing)


def test_an_index_beyond_the_end_is_an_error(decision: Decision) -> None:
    with pytest.raises(IndexError):
        decision.candidates[4]

"""Candidates as the log keeps them: probabilities exact, figures to seven digits, names apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.actions import NOTHING, Treatment
from models.policy.scoring.candidate_list import CandidateList
from models.policy.scoring.candidate_record import (
    MOST_WITH_FIGURES,
    CandidateLayout,
    CandidateRecordError,
    layout_of,
    unpack,
)
from models.policy.scoring.scoring import Scores

PHASES = ("stranger", "interested", "customer")


def catalogue(size: int) -> tuple[Treatment, ...]:
    others = (Treatment(action=f"offer_{n:04}", channel="email" if n % 2 else None) for n in range(size - 1))
    return (Treatment(action=NOTHING, channel=None), *others)


def candidates(size: int, seed: int = 0, catalogue_size: int | None = None) -> CandidateList:
    """So many candidates of a catalogue, with figures as they come."""
    rng = np.random.default_rng(seed)
    treatments = catalogue(catalogue_size or size)
    codes = np.append(0, np.sort(rng.choice(np.arange(1, len(treatments)), size - 1, replace=False)))
    low, middle, high = np.sort(rng.random((3, size)), axis=0)
    immediate, journey, cost = rng.random(size) * 50, 15_000 + rng.random(size) * 100, rng.random(size)
    priority = immediate + journey - cost
    after = rng.random((size, len(PHASES)))
    chances = rng.random(size)
    return CandidateList(
        treatments,
        PHASES,
        codes.astype(np.int64),
        chances / chances.sum(),
        Scores(
            propensity=middle,
            low=low,
            high=high,
            evidence=rng.random(size) * 1e6,
            immediate=immediate,
            journey=journey,
            cost=cost,
            priority=priority,
            over_nothing=priority - priority[0],
            deviation=rng.random(size) * 10,
            leads_to=after / after.sum(axis=1, keepdims=True),
        ),
    )


def close(found: object, exact: object, *, relative: float = 2e-6) -> bool:
    if isinstance(exact, dict) and isinstance(found, dict):
        return found.keys() == exact.keys() and all(close(found[k], exact[k]) for k in exact)
    if isinstance(exact, float) and isinstance(found, float):
        return math.isclose(found, exact, rel_tol=relative, abs_tol=1e-5)
    return found == exact


@given(st.integers(1, MOST_WITH_FIGURES), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_every_candidate_comes_back(size: int, seed: int) -> None:
    given_candidates = candidates(size, seed, catalogue_size=size + 5)
    packed = given_candidates.packed()
    exact = given_candidates.records()

    found = unpack(packed.record, packed.layout.text)

    assert layout_of(packed.record) == packed.layout.name
    assert [one["action_probability"] for one in found] == [one["action_probability"] for one in exact]
    assert all(close(one, other) for one, other in zip(found, exact, strict=True))


def test_of_very_many_the_best_keep_their_figures_and_all_their_probabilities() -> None:
    many = candidates(1_000)
    packed = many.packed()
    exact = many.records()

    found = unpack(packed.record, packed.layout.text)

    assert len(packed.record) <= 16_000
    with_figures = [n for n, one in enumerate(found) if "value" in one]
    best = sorted(range(1, 1_000), key=lambda n: -exact[n]["value"]["priority"])[: MOST_WITH_FIGURES - 1]
    assert with_figures == sorted([0, *best])
    assert [one["action_probability"] for one in found] == [one["action_probability"] for one in exact]
    assert [(one["action"], one["channel"]) for one in found] == [
        (one["action"], one["channel"]) for one in exact
    ]


def test_twenty_candidates_are_small() -> None:
    assert len(candidates(20).packed().record) < 1_300


def test_a_layout_is_named_by_its_names_alone() -> None:
    one, same = CandidateLayout.of(catalogue(5), PHASES), CandidateLayout.of(catalogue(5), PHASES)

    assert one == same
    assert CandidateLayout.of(catalogue(6), PHASES).name != one.name
    assert CandidateLayout.of(catalogue(5), PHASES[::-1]).name != one.name


@pytest.mark.parametrize("damaged", [b"", b"\x02" + b"0" * 100, None])
def test_what_cannot_be_read_is_named(damaged: bytes | None) -> None:
    packed = candidates(5).packed()

    with pytest.raises(CandidateRecordError, match="Expected"):
        unpack(packed.record[:-40] if damaged is None else damaged, packed.layout.text)

"""Shares of variants follow what came of them, and none ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.domain.actions import Content
from models.domain.journey import Journey
from models.policy.scoring.response_delays import ResponseCount
from models.policy.scoring.updates import make_update, read_update
from models.policy.scoring.variant_shares import LEAST_SHARE, chance_of_best, variant_shares

OLD = 24 * 8  # hours; the tiny journey's window is 7 days
KEY = ("offer", "email")


@pytest.fixture(scope="module")
def journey(tiny_journey: Journey) -> Journey:
    """The tiny journey with three variants of the offer's mail."""
    texts = {name: {"email": {"en": Content(title=name, body="x")}} for name in ("a", "b", "c")}
    actions = tuple(
        replace(one, variants=texts) if one.name == "offer" else one for one in tiny_journey.actions
    )
    return replace(tiny_journey, actions=actions)


def counted(variant: str | None, number: int, positives: int, age_hours: int = OLD) -> list[ResponseCount]:
    """``number`` decisions with a variant, of which ``positives`` were answered at once."""
    return [
        ResponseCount(
            phase="interested", action="offer", channel="email", ours=True, age_hours=age_hours,
            delay_hours=delay, number=some, propensity=0.1 * some, variant=variant,
        )
        for delay, some in ((None, number - positives), (0, positives))
    ]  # fmt: skip


def test_the_chance_of_being_best_is_that_of_draws_from_the_posteriors() -> None:
    decisions, responses = np.array([200.0, 150.0, 40.0]), np.array([10.0, 9.0, 4.0])
    rate, rng = 24.0 / 392.0, np.random.default_rng(5)
    draws = rng.beta(1 + responses, (1 - rate) / rate + decisions - responses, size=(200_000, 3))

    found = chance_of_best(decisions, responses)

    assert found.sum() == pytest.approx(1.0)
    assert found == pytest.approx(np.bincount(draws.argmax(axis=1)) / 200_000, abs=0.005)


def test_alike_variants_have_the_same_chance_and_much_evidence_settles_it() -> None:
    assert chance_of_best(np.full(4, 50.0), np.full(4, 3.0)) == pytest.approx(np.full(4, 0.25))
    assert chance_of_best(np.array([1e6, 1e6]), np.array([50_000.0, 52_000.0])) == pytest.approx(
        [0.0, 1.0], abs=1e-9
    )


def test_the_best_is_shown_most_and_none_ends(journey: Journey) -> None:
    shares = variant_shares(journey, [*counted("a", 500, 5), *counted("b", 500, 60), *counted("c", 500, 10)])

    assert shares == {KEY: {"a": LEAST_SHARE, "b": 0.9, "c": LEAST_SHARE}}


def test_without_evidence_there_are_no_shares(journey: Journey) -> None:
    assert variant_shares(journey, counted(None, 500, 50)) == {}
    assert variant_shares(journey, counted("a", 500, 0, age_hours=3)) == {}  # nobody could answer yet
    assert variant_shares(journey, counted("gone", 500, 50)) == {}


def test_old_responses_are_forgotten(journey: Journey) -> None:
    old = [*counted("a", 400, 80, age_hours=24 * 200), *counted("b", 400, 4, age_hours=24 * 200)]
    new = [*counted("a", 400, 4), *counted("b", 400, 60), *counted("c", 400, 4)]

    assert variant_shares(journey, [*old, *new])[KEY]["b"] > 0.85


def test_an_update_keeps_its_shares_and_is_the_same_without_them(journey: Journey) -> None:
    evidence = np.full((len(journey.phases), len(journey.treatments)), 100.0)
    plain = make_update(journey, counted(None, 100, 10), evidence)
    update = make_update(journey, counted("a", 100, 10), evidence)

    assert read_update(journey, update.content).variants == update.variants != {}
    assert plain.variants == {}
    assert update.content.startswith(plain.content[:-1])
    assert (update.shift == plain.shift).all()

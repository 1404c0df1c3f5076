"""The verdict: every question is asked, the lower bound decides, and what nobody can tell is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from models.arrays import Floats, Ints
from models.bundle import Models
from models.bundle.gate import GateCheck, Verdict
from models.domain.objective import Unknown
from training.evaluation.figures.predictions import Predictions, predict
from training.evaluation.figures.scored_rows import score_rows
from training.fit.prepared import Prepared
from training.gate.contest import Choices, Contest, choose_all, contestants
from training.gate.judge import judge

Ask = Callable[..., Verdict]
TEASER = 1
UNTOLD = {"ours_minus": {}, "ours_minus_ahead": {}, "policies": {}, "balance": None}
"""Values of policies from a log that cannot tell any."""


@pytest.fixture(scope="module")
def predictions(trained: tuple[Prepared, Models]) -> Predictions:
    return predict(*trained)


@pytest.fixture(scope="module")
def choices(trained: tuple[Prepared, Models]) -> Choices:
    scored = score_rows(*trained, None, np.random.default_rng(1))
    return choose_all(_contest(trained), scored, np.random.default_rng(1))


@pytest.fixture
def ask(trained: tuple[Prepared, Models], predictions: Predictions, choices: Choices) -> Ask:
    """The verdict on one teaser against doing nothing where the log says what each later decision brought."""
    prepared, models = trained

    def ask(
        reward: Floats, *, told: bool = True, predicted: Predictions = predictions, **gate: object
    ) -> Verdict:
        rewards = prepared.rows.reward.astype(np.float64)
        rewards[choices.rows] = reward
        journey = replace(prepared.journey, gate=replace(prepared.journey.gate, **gate))  # type: ignore[arg-type]
        seen = replace(
            prepared,
            journey=journey,
            split=replace(prepared.split, rows=replace(prepared.rows, reward=rewards)),
        )
        n = len(choices.rows)
        facing = replace(
            choices,
            ours=np.full(n, TEASER),
            theirs=np.zeros(n, dtype=np.int64) if told else None,
            expected=np.zeros((n, len(journey.treatments))),
        )
        contest = replace(_contest(trained), champion="champion", problem=None if told else "it is blind")
        return judge(seen, models, predicted, contest, facing, UNTOLD, 200, np.random.default_rng(3))

    return ask


@pytest.fixture
def treatment(trained: tuple[Prepared, Models], choices: Choices) -> Ints:
    return np.asarray(trained[0].rows.treatment[choices.rows], dtype=np.int64)


@pytest.fixture
def phase(trained: tuple[Prepared, Models], choices: Choices) -> Ints:
    return np.asarray(trained[0].situations.phase[choices.rows], dtype=np.int64)


def _contest(trained: tuple[Prepared, Models]) -> Contest:
    return contestants(*trained, None, None)  # type: ignore[arg-type]


def check(verdict: Verdict, name: str) -> GateCheck:
    (only,) = (each for each in verdict.checks if each.name == name)
    return only


def test_a_gain_that_may_be_luck_is_refused_though_its_mean_is_above_nothing(
    ask: Ask, treatment: Ints
) -> None:
    """Rewards scatter by 4 EUR around a difference of 0.2: more rows would be needed to tell."""
    reward = np.where(treatment == TEASER, 0.2, 0.0) + np.random.default_rng(5).normal(0, 4, len(treatment))
    gain = check(ask(reward), "gain_over_champion")

    assert gain.value is not None
    assert gain.value < 0, "the lower bound is what counts"
    mean = float(gain.sentence.split("earns ")[1].split()[0])
    assert mean > 0
    assert not gain.passed


def test_a_gain_that_is_sure_passes_and_its_value_is_the_lower_bound(ask: Ask, treatment: Ints) -> None:
    gain = check(ask(np.where(treatment == TEASER, 5.0, 1.0)), "gain_over_champion")

    assert gain.passed
    assert gain.value is not None
    assert 0 < gain.value < 4.0 < gain.value + 2.0, "it earns 4 EUR more; the bound lies below"


def test_the_tolerance_is_measured_at_the_lower_bound(ask: Ask, treatment: Ints) -> None:
    reward = np.where(treatment == TEASER, 0.0, np.where(treatment == 0, 0.1, 0.0))

    assert not check(ask(reward), "gain_over_champion").passed
    assert check(ask(reward, gain_tolerance=1.0), "gain_over_champion").passed


def test_one_phase_that_surely_loses_refuses_what_gains_as_a_whole(
    ask: Ask, treatment: Ints, phase: Ints
) -> None:
    counts = np.bincount(phase)
    smallest = int(np.flatnonzero(counts)[np.argmin(counts[counts > 0])])
    assert counts[smallest] >= 30
    reward = np.where(treatment == TEASER, np.where(phase == smallest, -3.0, 20.0), 0.0)
    verdict = ask(reward, phase_rows=30)

    assert check(verdict, "gain_over_champion").passed, "more than half of the rows gain"
    worst = check(verdict, "worst_phase_gain")
    assert not worst.passed
    assert worst.value is not None
    assert worst.value < 0, "even the upper bound of that phase is below nothing"


def test_phases_that_all_gain_pass(ask: Ask, treatment: Ints) -> None:
    assert check(ask(np.where(treatment == TEASER, 5.0, 0.0), phase_rows=30), "worst_phase_gain").passed


def test_phases_too_small_to_judge_refuse_nothing(ask: Ask, treatment: Ints, phase: Ints) -> None:
    reward = np.where(treatment == TEASER, np.where(phase == phase.min(), -20.0, 20.0), 0.0)
    worst = check(ask(reward, phase_rows=10**9), "worst_phase_gain")

    assert (worst.passed, worst.value) == (True, None)


def test_worse_predictions_than_a_phases_own_rate_refuse_the_bundle(
    ask: Ask, treatment: Ints, predictions: Predictions
) -> None:
    """The question is not only answered rightly but also asked."""
    upside_down = replace(predictions, propensity=np.clip(1.0 - predictions.propensity, 0.01, 0.99))
    reward = np.where(treatment == TEASER, 5.0, 0.0)

    assert check(ask(reward, phase_rows=30), "worst_phase").passed
    refused = ask(reward, phase_rows=30, predicted=upside_down)
    assert not check(refused, "worst_phase").passed
    assert not refused.passed


@pytest.mark.parametrize(
    ("when_unknown", "passes", "said"),
    [
        (Unknown.REFUSE, False, "so a person must decide (--force)"),
        (Unknown.PASS, True, "the journey file lets that pass"),
    ],
)
def test_what_the_log_cannot_tell_is_as_the_journey_file_says(
    ask: Ask, treatment: Ints, when_unknown: Unknown, passes: bool, said: str
) -> None:
    gain = check(ask(np.zeros(len(treatment)), told=False, when_unknown=when_unknown), "gain_over_champion")

    assert gain.passed is passes
    assert gain.value is None
    assert said in gain.sentence
    assert "it is blind" in gain.sentence


def test_a_journey_file_that_says_nothing_refuses_what_is_unknown(ask: Ask, treatment: Ints) -> None:
    assert not check(ask(np.zeros(len(treatment)), told=False), "gain_over_champion").passed


def test_without_a_champion_nothing_is_compared(
    trained: tuple[Prepared, Models], predictions: Predictions, choices: Choices
) -> None:
    verdict = judge(*trained, predictions, _contest(trained), choices, UNTOLD, 50, np.random.default_rng(3))

    assert verdict.champion is None
    assert not any(each.comparative for each in verdict.checks)

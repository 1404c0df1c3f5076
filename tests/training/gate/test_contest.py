"""What both bundles would have done is worked out once, from the same candidates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.bundle import Bundle, Models
from models.bundle.load import load_bundle
from training.evaluation.figures.scored_rows import ScoredRows, score_rows
from training.fit.prepared import Prepared
from training.gate.contest import choose_all, contestants


@pytest.fixture(scope="module")
def scored(trained: tuple[Prepared, Models]) -> ScoredRows:
    return score_rows(*trained, None, np.random.default_rng(1))


@pytest.fixture(scope="module")
def champion(
    trained: tuple[Prepared, Models], save_tiny_bundle: Any, tmp_path_factory: pytest.TempPathFactory
) -> Bundle:
    """A bundle of the same journey with other models."""
    folder: Path = tmp_path_factory.mktemp("registry") / "champion"
    save_tiny_bundle(folder)
    return load_bundle(folder)


def test_without_a_champion_there_is_one_choice(trained: tuple[Prepared, Models], scored: ScoredRows) -> None:
    prepared, models = trained
    contest = contestants(prepared, models, None, None)  # type: ignore[arg-type]
    choices = choose_all(contest, scored, np.random.default_rng(1))

    assert (contest.theirs, choices.theirs) == (None, None)
    assert (choices.over_nothing >= 0).all(), "doing nothing is always a candidate"


def test_the_choice_is_the_candidate_of_most_worth(
    trained: tuple[Prepared, Models], scored: ScoredRows
) -> None:
    prepared, models = trained
    contest = contestants(prepared, models, None, None)  # type: ignore[arg-type]
    choices = choose_all(contest, scored, np.random.default_rng(1))
    at = np.searchsorted(scored.rows, choices.rows)
    mask = scored.mask[at].copy()
    mask[:, 0] = True
    best = np.where(mask, scored.priority[at], -np.inf)

    assert choices.ours.tolist() == best.argmax(axis=1).tolist()


def test_a_champion_with_the_same_journey_file_chooses_among_the_same_candidates(
    trained: tuple[Prepared, Models], champion: Bundle, scored: ScoredRows
) -> None:
    prepared, models = trained
    contest = contestants(prepared, models, champion, None)  # type: ignore[arg-type]
    choices = choose_all(contest, scored, np.random.default_rng(1))
    at = np.searchsorted(scored.rows, choices.rows)
    mask = scored.mask[at].copy()
    mask[:, 0] = True

    assert contest.champion == champion.manifest.bundle_id
    assert choices.theirs is not None
    assert mask[np.arange(len(at)), choices.theirs].all()

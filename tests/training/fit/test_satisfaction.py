"""What treatments change in the next score: which scores count, and what is learned of few or none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.satisfaction import Truth, journey_text, simulate
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.journey_file import parse_journey
from training.api import tables_from_frames
from training.fit.prepared import Prepared
from training.fit.satisfaction import LearnedSatisfaction, learn_satisfaction, next_scores
from training.rows.split import Part, without_test
from training.run.learning import Task, prepare_task
from training.run.progress import Progress

TEXT = journey_text("largest_loss: 0.1")
WEEK_MS = 7 * DAY_MS


@pytest.fixture(scope="module")
def journey() -> Journey:
    return parse_journey(TEXT.encode(), "journey.yaml")


@pytest.fixture(scope="module")
def truth(journey: Journey) -> Truth:
    return Truth.draw(journey, np.random.default_rng(4))


def prepared_of(frames: dict[str, Any], folder: Path) -> Prepared:
    path = folder / "journey.yaml"
    path.write_text(TEXT)
    return prepare_task(Task(dataset=tables_from_frames(path, **frames), seed=1, progress=Progress()))


def learned_of(prepared: Prepared) -> LearnedSatisfaction:
    asked = prepared.journey.objective.satisfaction
    assert asked is not None
    return learn_satisfaction(prepared, asked)


@pytest.fixture(scope="module")
def frames(journey: Journey, truth: Truth) -> dict[str, Any]:
    return simulate(truth, journey, customers=500, weeks=8, seed=5)


@pytest.fixture(scope="module")
def prepared(frames: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepared_of(frames, tmp_path_factory.mktemp("scores"))


def test_a_score_counts_for_the_decision_before_it_within_the_window(prepared: Prepared) -> None:
    asked = prepared.journey.objective.satisfaction
    assert asked is not None
    (fact,) = prepared.journey.facts
    rows, score, share, at = next_scores(prepared, fact, asked)
    decided = prepared.rows.decided_at[rows]

    assert ((at > decided) & (at <= decided + WEEK_MS)).all()
    assert len(rows) == len(_told(prepared))
    assert (share == 1.0).all()
    assert (score >= 0).all()
    assert not len(next_scores(prepared, fact, replace(asked, window_days=3.0))[0]), "told after four days"


def test_a_score_that_several_decisions_lead_to_counts_once_altogether(prepared: Prepared) -> None:
    asked = prepared.journey.objective.satisfaction
    assert asked is not None
    (fact,) = prepared.journey.facts
    rows, _, share, at = next_scores(prepared, fact, replace(asked, window_days=21.0))
    whose = np.unique(np.column_stack([prepared.rows.customer[rows], at]), axis=0)

    assert len(rows) > len(whose)
    assert share.sum() == pytest.approx(len(whose))


def test_a_treatment_without_scores_does_what_like_ones_do(
    journey: Journey, truth: Truth, frames: dict[str, Any], tmp_path: Path
) -> None:
    """All decisions for a call by phone are left out: a call by sms and others of its group remain."""
    gone = "sales_call", "phone"
    own = frames["decisions"].to_pylist()
    kept = [row for row in own if (row["action"], row["channel"]) != gone]
    table = frames["decisions"].from_pylist(kept, frames["decisions"].schema)
    ids = {row["decision_id"] for row in kept}
    outcomes = [row for row in frames["outcomes"].to_pylist() if row["decision_id"] in ids]
    changed = {
        **frames,
        "decisions": table,
        "outcomes": frames["outcomes"].from_pylist(outcomes, frames["outcomes"].schema),
    }
    found = learned_of(prepared_of(changed, tmp_path))
    assert found.model is not None
    index = journey.treatment_index
    unseen, like, news = index[gone], index["sales_call", "sms"], index["news", "app"]
    effect, error = found.model.effect.mean(axis=0), found.model.error.mean(axis=0)

    assert effect[unseen] < -0.1 < effect[news]
    assert effect[unseen] == pytest.approx(effect[like], abs=0.15)
    assert error[unseen] > error[like]


def test_what_was_told_after_the_test_began_is_not_learned_from(prepared: Prepared) -> None:
    found = learned_of(prepared)
    again = learned_of(replace(prepared, split=without_test(prepared.split, purge=True)))
    assert found.model is not None
    assert again.model is not None
    test = prepared.split.part[found.rows] == Part.TEST

    assert found.model.scores < round(float(found.share[~test].sum())) + 1
    assert again.model.scores == round(float(found.share.sum())), "once the test is over all are"


def test_of_too_few_scores_nothing_is_learned(frames: dict[str, Any], tmp_path: Path) -> None:
    few = [row for row in frames["interactions"].to_pylist() if row["touchpoint"] != "csat"]
    some = [row for row in frames["interactions"].to_pylist() if row["touchpoint"] == "csat"][:50]
    table = frames["interactions"].from_pylist([*few, *some], frames["interactions"].schema)
    found = learned_of(prepared_of({**frames, "interactions": table}, tmp_path))

    assert found.model is None
    assert len(found.rows) == 50


def test_what_was_learned_is_read_from_its_files(prepared: Prepared) -> None:
    """A training that resumes has the same table, and the same rows to judge it by."""
    found = learned_of(prepared)
    for learned in (found, replace(found, model=None)):
        again = LearnedSatisfaction.from_files(learned.to_files())
        assert again.to_files() == learned.to_files()
        assert (again.model is None) == (learned.model is None)
        assert again.fact == "csat"


def _told(prepared: Prepared) -> list[Any]:
    return [each for each in prepared.log.history.properties or [] if each]

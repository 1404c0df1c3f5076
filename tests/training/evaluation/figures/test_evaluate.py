"""Every figure of a training: which rows it is of, and what the log cannot tell."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.bundle import Models
from models.learned.trees.parameters import TreeParameters
from training.config import EvaluationRules, Subset
from training.evaluation.figures.evaluate import evaluate_models
from training.evaluation.figures.scored_rows import ScoredRows, score_rows
from training.fit.prepared import Prepared
from training.rows.rows import UNKNOWN, RowSource
from training.rows.split import Part

SUBSETS = (
    Subset(name="teasers", actions=("teaser",)),
    Subset(name="awareness", groups=("awareness",)),
    Subset(name="decided", sources=("decision",)),
    Subset(name="quiet", sources=("quiet",)),
)
SMALL = TreeParameters(response_iterations=5, num_threads=1)


@pytest.fixture(scope="module")
def scored(trained: tuple[Prepared, Models]) -> ScoredRows:
    return score_rows(*trained, None, np.random.default_rng(1))


def evaluate(
    prepared: Prepared, models: Models, scored: ScoredRows, stated: bool = False, **rules: Any
) -> dict[str, Any]:
    asked = EvaluationRules(bootstrap=20, journey_decisions=0, **rules)
    return evaluate_models(prepared, models, SMALL, asked, scored, stated, np.random.default_rng(2))


@pytest.fixture(scope="module")
def figures(trained: tuple[Prepared, Models], scored: ScoredRows) -> dict[str, Any]:
    return evaluate(*trained, scored, subsets=SUBSETS)


def test_parts_are_of_the_later_contacts_and_add_up(
    figures: dict[str, Any], trained: tuple[Prepared, Models]
) -> None:
    prepared, _ = trained
    rows, response = prepared.rows, figures["response"]
    contacts = int(
        ((prepared.split.part == Part.TEST) & (rows.response != UNKNOWN) & (rows.treatment > 0)).sum()
    )

    assert response["overall"]["rows"] == contacts
    for parts in ("by_action", "by_phase"):
        assert sum(each["rows"] for each in response[parts].values()) == contacts
    assert {*response["by_action"]} == {"teaser", "care"}
    assert response["subsets"]["teasers"]["rows"] == response["by_action"]["teaser"]["rows"]
    assert response["subsets"]["awareness"] == response["subsets"]["teasers"]
    assert response["subsets"]["decided"]["rows"] == contacts
    assert "quiet" not in response["subsets"]  # without rows there are no figures


def test_next_phases_are_compared_with_the_chain_also_by_source(figures: dict[str, Any]) -> None:
    overall, subsets = figures["transition"]["overall"], figures["transition"]["subsets"]

    assert overall["log_loss"] <= overall["chain_log_loss"] + 0.01
    assert {*subsets} == {"decided", "quiet"}
    assert subsets["decided"]["rows"] == overall["rows"]
    assert (subsets["quiet"]["rows"], subsets["quiet"]["top_1"]) == (0, None)


def test_figures_are_numbers_that_a_file_can_hold(figures: dict[str, Any]) -> None:
    json.dumps(figures, allow_nan=False)
    assert "random_split" not in figures["response"]
    assert figures["journey_value"] is None
    assert figures["policy_value"]["unit"] == "EUR per decision"
    assert figures["policy_value"]["measured"].startswith("value of the response")


def test_rewards_of_the_source_are_called_so(trained: tuple[Prepared, Models], scored: ScoredRows) -> None:
    found = evaluate(*trained, scored, stated=True, random_split=True)

    assert found["policy_value"]["measured"] == "reward as the source states it"
    assert found["response"]["random_split"]["overall"]["rows"] > 0


def test_notes_say_what_the_log_cannot_tell(trained: tuple[Prepared, Models], scored: ScoredRows) -> None:
    prepared, models = trained
    exposed = replace(
        prepared.rows,
        source=np.full(len(prepared.rows), RowSource.EXPOSURE, dtype=np.int8),
        treatment=np.maximum(prepared.rows.treatment, 1),
    )
    log = replace(prepared, split=replace(prepared.split, rows=exposed))

    notes = evaluate(log, models, replace(scored, expected=None))["notes"]

    assert notes[0].startswith("not identifiable")
    assert any(note.startswith("there is no decision log") for note in notes)
    assert any(note.startswith("nobody was left alone") for note in notes)


def test_it_is_said_where_trees_added_nothing(trained: tuple[Prepared, Models], scored: ScoredRows) -> None:
    prepared, models = trained
    bare = replace(models, response=replace(models.response, trees_text=None))

    said = [
        any("trees added nothing over the table of phase and action" in note for note in found["notes"])
        for found in (evaluate(prepared, bare, scored), evaluate(prepared, models, scored))
    ]

    assert said == [True, models.response.trees_text is None]

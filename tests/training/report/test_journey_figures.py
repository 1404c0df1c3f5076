"""Figures of the journey add up, and their sentences say what the rows say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.domain.journey import Journey
from training.report.figure import Figure
from training.report.findings import Findings
from training.report.journey_figures import FEWEST_ROWS, effect_rows, journey_figures, treatment_label


@pytest.fixture(scope="module")
def figures(findings: Findings) -> dict[str, Figure]:
    return {figure.name: figure for figure in journey_figures(findings)}


def test_they_come_in_the_order_in_which_they_are_read(figures: dict[str, Figure]) -> None:
    assert [*figures] == ["phases", "flow", "effects", "choices"]


def test_shares_of_phases_add_up_and_the_largest_is_named(figures: dict[str, Figure]) -> None:
    rows = figures["phases"].rows

    assert sum(row["share"] for row in rows) == pytest.approx(1.0, abs=0.001)
    largest = max(rows, key=lambda row: row["share"])
    assert f"in {largest['share']:.0%} of the later decisions, the customer is in {largest['phase']}" in (
        figures["phases"].sentence
    )


def test_the_difference_of_a_move_is_ours_minus_nothing(figures: dict[str, Figure]) -> None:
    for row in figures["flow"].rows:
        assert row["from"] != row["to"]
        assert row["difference"] == pytest.approx(row["ours"] - row["nothing"], abs=0.011)


def test_actions_as_chosen_as_logged_and_by_the_champion(
    figures: dict[str, Figure], findings: Findings
) -> None:
    rows = figures["choices"].rows

    assert {*rows[0]} == {"action", "ours", "log", "champion"}
    for key in ("ours", "log", "champion"):
        assert sum(row[key] for row in rows) == pytest.approx(1.0, abs=0.03)
    assert f"{len(findings.choices.rows):,} later situations" in figures["choices"].sentence


def test_the_odds_of_an_effect_and_their_interval(findings: Findings) -> None:
    """An offset of ln 2 with no error doubles the odds; it is the clearest and comes first."""
    prepared, model = findings.prepared, findings.models.transition
    teaser = prepared.journey.treatment_index["teaser", "email"]
    effects, errors = np.zeros_like(model.effects), np.full_like(model.effects, 1.0)
    effects[0, teaser, 1], errors[0, teaser] = np.log(2), 0.0

    rows = effect_rows(prepared, replace(model, effects=effects, standard_errors=errors))

    first = rows[0]
    assert (first["value"], first["low"], first["high"]) == (2.0, 2.0, 2.0)
    assert first["step"].endswith(prepared.journey.phases[1].label)
    assert all(row["decisions"] >= FEWEST_ROWS for row in rows)
    assert all(row["low"] < 1 < row["high"] for row in rows[1:])


def test_a_treatment_is_called_as_people_call_it(tiny_journey: Journey) -> None:
    assert treatment_label(tiny_journey, 0) == "Doing nothing"
    label = treatment_label(tiny_journey, tiny_journey.treatment_index["teaser", "email"])
    assert label == ", ".join((tiny_journey.actions[0].label, tiny_journey.channels[1].label))

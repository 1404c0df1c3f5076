"""What later scores say of stated effects, and what points cost in money."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.satisfaction import LARGEST_LOSS, Truth, journey_text, simulate
from models.journey_file import parse_journey
from training.api import fit, tables_from_frames


def measured_of(folder: Path, customers: int) -> dict[str, Any]:
    """What the training measures of satisfaction, where the truth is that of the benchmark."""
    text = journey_text(f"largest_loss: {LARGEST_LOSS}")
    journey = parse_journey(text.encode(), "journey.yaml")
    truth = Truth.draw(journey, np.random.default_rng(4))
    path = folder / "journey.yaml"
    path.write_text(text)
    frames = simulate(truth, journey, customers, weeks=8, seed=5)
    _, evaluation = fit(tables_from_frames(path, **frames), seed=1)
    return dict(evaluation.metrics["satisfaction"])


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return measured_of(tmp_path_factory.mktemp("world"), 1_000)


def test_later_scores_are_as_stated_and_the_frontier_falls(measured: dict[str, Any]) -> None:
    weights = [row for row in measured["frontier"] if row["kind"] == "weight"]
    losses = [row for row in measured["frontier"] if row["kind"] == "largest loss"]
    (ours,) = [row for row in measured["frontier"] if row["kind"] == "journey file"]

    assert 0.4 < measured["later"]["slope"] < 1.6, "of 2,400 scores"
    for rows in (weights, losses):
        gains, points = [row["gain"] for row in rows], [row["points"] for row in rows]
        assert gains == sorted(gains, reverse=True)
        assert points == sorted(points)
    assert ours["worst"] >= -LARGEST_LOSS
    assert 0.0 < ours["gain"] <= losses[1]["gain"], "what is not known well enough is not done either"
    assert {row["action"] for row in measured["effects"] if row["refused"]} >= {"sales_call"}


def test_of_too_few_scores_the_figures_say_why(tmp_path: Path) -> None:
    found = measured_of(tmp_path, 25)

    assert found["known"] is False
    assert "at least 100 are needed" in found["reason"]

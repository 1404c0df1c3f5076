"""The largest loss of satisfaction holds where the truth is known, and money alone does not keep it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.satisfaction import LARGEST_LOSS, Truth, got, journey_text, simulate
from models.journey_file import parse_journey
from models.policy.engine import Engine
from training.api import fit, tables_from_frames
from training.report.drawings import draw
from training.report.satisfaction_figures import satisfaction_figures

World = tuple[Truth, Engine, dict[str, Any]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The truth, the engine that a log teaches, and what the training measured of satisfaction."""
    journey = parse_journey(journey_text().encode(), "journey.yaml")
    truth = Truth.draw(journey, np.random.default_rng(4))
    frames = simulate(truth, journey, customers=1_200, weeks=10, seed=5)
    path = tmp_path_factory.mktemp("world") / "journey.yaml"
    path.write_text(journey_text(f"largest_loss: {LARGEST_LOSS}"))
    policy, evaluation = fit(tables_from_frames(path, **frames), seed=1)
    return truth, policy.engine(), dict(evaluation.metrics["satisfaction"])


def test_effects_on_scores_are_learned_as_they_are(world: World) -> None:
    truth, engine, _ = world
    own = engine.satisfaction
    assert own is not None
    error = own.effect[:, 1:] - truth.points[:, 1:]

    assert np.sqrt(np.mean(error**2)) < 0.6 * np.std(truth.points[:, 1:])
    assert np.mean(np.abs(error) < 1.645 * own.error[:, 1:]) > 0.75
    assert not own.effect[:, 0].any()


def test_the_largest_loss_holds_in_truth(world: World) -> None:
    """By money alone most of what is chosen costs 0.2 points and more."""
    truth, engine, _ = world
    money = truth.money.argmax(axis=1)
    found = got(engine, truth)

    assert truth.points[np.arange(3), money].mean() < -2 * LARGEST_LOSS
    assert found.beyond < 0.01
    assert found.money > 0


def test_later_scores_are_as_stated_and_the_frontier_falls(world: World) -> None:
    _, _, measured = world
    weights = [row for row in measured["frontier"] if row["kind"] == "weight"]
    losses = [row for row in measured["frontier"] if row["kind"] == "largest loss"]
    (ours,) = [row for row in measured["frontier"] if row["kind"] == "journey file"]

    assert 0.7 < measured["later"]["slope"] < 1.6
    for rows in (weights, losses):
        gains, points = [row["gain"] for row in rows], [row["points"] for row in rows]
        assert gains == sorted(gains, reverse=True)
        assert points == sorted(points)
    assert ours["worst"] >= -LARGEST_LOSS
    assert 0.0 < ours["gain"] <= losses[1]["gain"], "what is not known well enough is not done either"
    assert {row["action"] for row in measured["effects"] if row["refused"]} >= {"sales_call"}


def test_the_report_shows_what_a_point_costs(world: World) -> None:
    _, engine, measured = world
    findings: Any = SimpleNamespace(
        manifest=SimpleNamespace(provenance=SimpleNamespace(metrics={"satisfaction": measured})),
        prepared=SimpleNamespace(journey=engine.journey),
    )
    frontier, effects = satisfaction_figures(findings)

    assert "as the journey file has it" in str([row["label"] for row in frontier.rows])
    assert draw(frontier).count("<circle") == len(frontier.rows)
    assert "are not done" in effects.sentence
    assert draw(effects)
    findings.manifest.provenance.metrics = {"satisfaction": {"fact": "csat", "known": False}}
    assert not list(satisfaction_figures(findings))

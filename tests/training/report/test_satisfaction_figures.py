"""The report shows what a point of satisfaction costs, where there is anything to show."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from models.domain.journey import Journey
from training.report.drawings import draw
from training.report.satisfaction_figures import satisfaction_figures

ROW = {"gain": 2.0, "points": -0.1, "worst": -0.3, "nothing": 0.1}
MEASURED = {
    "fact": "csat",
    "known": True,
    "largest_loss": 0.1,
    "later": {"slope": 0.9, "low": 0.7, "high": 1.1, "scores": 400},
    "effects": [
        {"action": "offer", "channel": "email", "phase": "customer", "value": value, "low": value - 0.1,
         "high": value + 0.1, "refused": value < -0.1}
        for value in (-0.3, 0.0, 0.2)
    ],
    "frontier": [
        {"kind": "weight", "weight": 0.0, "largest_loss": None, **ROW},
        {"kind": "weight", "weight": 5.0, "largest_loss": None, **ROW, "gain": 1.5, "points": 0.05},
        {"kind": "largest loss", "weight": 0.0, "largest_loss": 0.1, **ROW, "gain": 1.8, "points": -0.05},
        {"kind": "journey file", "weight": 0.0, "largest_loss": 0.1, **ROW, "gain": 1.7, "points": -0.04},
    ],
}  # fmt: skip


def findings(journey: Journey, measured: dict[str, Any] | None) -> Any:
    metrics = {} if measured is None else {"satisfaction": measured}
    return SimpleNamespace(
        manifest=SimpleNamespace(provenance=SimpleNamespace(metrics=metrics)),
        prepared=SimpleNamespace(journey=journey),
    )


def test_the_report_shows_what_a_point_costs(tiny_journey: Journey) -> None:
    frontier, effects = satisfaction_figures(findings(tiny_journey, MEASURED))

    assert "gain 1.70 EUR and change the next csat by -0.040" in frontier.sentence
    assert "0.30 EUR a decision are given" in frontier.sentence
    assert draw(frontier).count("<circle") == len(frontier.rows)
    assert "1 cost more than 0.1 points and are not done" in effects.sentence
    assert draw(effects)


def test_a_point_alone_can_be_drawn(tiny_journey: Journey) -> None:
    """All policies are one where scores cost nothing."""
    one = MEASURED | {"frontier": MEASURED["frontier"][:1]}  # type: ignore[index]
    frontier, _ = satisfaction_figures(findings(tiny_journey, one))

    assert "nan" not in draw(frontier)


def test_nothing_is_shown_where_nothing_is_known(tiny_journey: Journey) -> None:
    assert not list(satisfaction_figures(findings(tiny_journey, None)))
    assert not list(satisfaction_figures(findings(tiny_journey, {"fact": "csat", "known": False})))

"""Made-up customers fit the journey that they are made for."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from models.domain.journey import Journey
from training.starter.stand_in import COLUMNS, DECISIONS, write_stand_in

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def test_rows_speak_of_the_journeys_own_actions_and_values(tiny_journey: Journey, tmp_path: Path) -> None:
    counts = write_stand_in(tiny_journey, tmp_path, customers=50, ends_at=NOW, rng=np.random.default_rng(1))

    rows = {name: list(csv.DictReader((tmp_path / f"{name}.csv").open())) for name in COLUMNS}
    assert {name: len(found) for name, found in rows.items()} == counts
    assert (counts["customers"], counts["decisions"]) == (50, 50 * DECISIONS)
    treatments = {(action.name, channel) for action in tiny_journey.actions for channel in action.channels}
    assert {(d["action"], d["channel"]) for d in rows["decisions"]} == {*treatments, ("nothing", "")}
    assert {float(d["action_probability"]) for d in rows["decisions"]} == {
        round(1 / (len(treatments) + 1), 6)
    }
    assert all(d["decided_at"] < "2026-11-20" for d in rows["decisions"])
    known = {name for c in rows["customers"] for name in json.loads(c["attributes"])}
    assert known <= {attribute.name for attribute in tiny_journey.attributes}


def test_the_same_draws_give_the_same_files(tiny_journey: Journey, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_stand_in(
            tiny_journey, tmp_path / folder, customers=9, ends_at=NOW, rng=np.random.default_rng(2)
        )

    assert (tmp_path / "one/decisions.csv").read_text() == (tmp_path / "two/decisions.csv").read_text()

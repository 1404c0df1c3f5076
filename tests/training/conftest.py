"""A small log of the tiny journey, as files and as tables, and where the real data lies."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.bundle import Models
from models.domain.journey import Journey
from models.journey_file import parse_journey
from tests.account_journey import ACCOUNT_JOURNEY
from training import api
from training.api.data import EXPORTED
from training.config import read_config
from training.data.tables import write_tables
from training.data.validate import validate_tables
from training.fit.fit import fit_models, tree_parameters
from training.fit.prepared import Prepared
from training.run.inputs import prepare_rows, read_tables
from training.run.progress import Progress

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2026, 1, 1, tzinfo=UTC)
TREATMENTS = ((None, "nothing"), ("email", "teaser"), ("web", "teaser"), ("web", "care"))


def at(days: float) -> datetime:
    """A moment, in days from the start of the log."""
    return START + timedelta(days=days)


@pytest.fixture(scope="session")
def moment() -> Callable[[float], datetime]:
    return at


@pytest.fixture(scope="session")
def make_raw() -> Callable[..., dict[str, Any]]:
    """Tables as SQL would give them, from lists of rows."""

    def make(**tables: list[dict[str, Any]]) -> dict[str, Any]:
        return {name: _table(rows) for name, rows in tables.items() if rows}

    return make


def _table(rows: list[dict[str, Any]]) -> Any:
    columns = {name: None for row in rows for name in row}
    return pa.table({name: [row.get(name) for row in rows] for name in columns})


@pytest.fixture(scope="session")
def make_tables(tiny_journey: Journey, make_raw: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    """Validated tables from lists of rows; nothing may be rejected."""

    def make(**tables: list[dict[str, Any]]) -> Any:
        validated = validate_tables(make_raw(**tables), tiny_journey)
        assert not validated.rejects
        return validated.tables

    return make


@pytest.fixture(scope="session")
def log_folder(tmp_path_factory: pytest.TempPathFactory, tiny_journey_text: str) -> Path:
    """600 customers over 120 days: decisions drawn evenly from four treatments, teasers by mail work best."""
    folder = tmp_path_factory.mktemp("log")
    rng = np.random.default_rng(5)
    lines: dict[str, list[dict[str, Any]]] = {"interactions": [], "decisions": [], "outcomes": []}
    for customer in range(600):
        for number, day in enumerate(np.sort(rng.uniform(0, 120, 6))):
            _visit(lines, rng, customer, number, float(day))
    for name, rows in lines.items():
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    (folder / "journey.yaml").write_text(tiny_journey_text)
    (folder / "training.yaml").write_text(TRAINING_YAML)
    return folder


def _visit(lines: Any, rng: np.random.Generator, customer: int, number: int, day: float) -> None:
    key, who = f"{customer}-{number}", f"c{customer}"
    name = "quote" if rng.random() < 0.2 else "visit"
    lines["interactions"].append(
        {
            "interaction_id": f"i{key}",
            "customer_id": who,
            "occurred_at": at(day).isoformat(),
            "channel": "web",
            "touchpoint": name,
        }
    )
    channel, action = TREATMENTS[rng.integers(4)]
    decided = at(day + 0.5)
    lines["decisions"].append(
        {
            "decision_id": f"d{key}",
            "customer_id": who,
            "decided_at": decided.isoformat(),
            "action": action,
            "channel": channel,
            "action_probability": 0.25,
            "delivered_at": None if action == "nothing" else decided.isoformat(),
        }
    )
    chance = {"nothing": 0.0, "teaser": 0.5 if channel == "email" else 0.2, "care": 0.1}[action]
    if rng.random() < chance:
        lines["outcomes"].append(
            {
                "outcome_id": f"o{key}",
                "decision_id": f"d{key}",
                "outcome": "clicked",
                "occurred_at": at(day + 1).isoformat(),
            }
        )


TRAINING_YAML = """\
journey: journey.yaml
seed: 3
sources:
  interactions: {file: interactions.jsonl}
  decisions: {file: decisions.jsonl}
  outcomes: {file: outcomes.jsonl}
tables:
  interactions: >
    SELECT * REPLACE (CAST(occurred_at AS TIMESTAMPTZ) AS occurred_at) FROM interactions
  decisions: >
    SELECT * REPLACE (CAST(decided_at AS TIMESTAMPTZ) AS decided_at, CAST(delivered_at AS TIMESTAMPTZ)
    AS delivered_at) FROM decisions
  outcomes: >
    SELECT * REPLACE (CAST(occurred_at AS TIMESTAMPTZ) AS occurred_at) FROM outcomes
trees: {response_iterations: 20, baseline_iterations: 8}
evaluation: {bootstrap: 50, random_split: true}
"""


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The public data sets, which no licence lets us copy here."""
    folder = Path(os.environ.get("NBA_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no public data sets at {folder}; set NBA_TEST_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def examples() -> Path:
    return ROOT / "examples"


@pytest.fixture(scope="session")
def trained(log_folder: Path) -> tuple[Prepared, Models]:
    """Rows and models of the small log."""
    config = read_config(log_folder / "training.yaml")
    journey, _, validated = read_tables(config, log_folder, Progress())
    prepared = prepare_rows(config, journey, validated, 3, Progress())
    return prepared, fit_models(prepared, tree_parameters(config), np.random.default_rng(0))


BATCH_ROOM = 40


@pytest.fixture(scope="session")
def batch_folder(log_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small log as tables, and a bundle whose channel ``email`` has room for 40 a day."""
    folder = tmp_path_factory.mktemp("batch")
    config = read_config(log_folder / "training.yaml")
    text = (log_folder / "journey.yaml").read_text()
    scarce = text.replace("  email:\n    cost", f"  email:\n    daily_capacity: {BATCH_ROOM}\n    cost", 1)
    assert scarce != text
    (folder / "journey.yaml").write_text(scarce)
    _, _, validated = read_tables(config.with_journey(folder / "journey.yaml"), log_folder, Progress())
    customers = validated.tables.customers
    consent = customers.schema.get_field_index("consent")
    given = customers.set_column(consent, "consent", pa.array(['{"email": true}'] * len(customers)))
    write_tables(replace(validated.tables, customers=given), folder / "tables")
    dataset = api.load_tables(log_folder, config, journey=folder / "journey.yaml")
    api.train(dataset, folder / "registry", now=datetime(2026, 5, 1, tzinfo=UTC))
    return folder


PEOPLE_OF_ACCOUNTS = ("user", "technical", "decider")
ACCOUNTS = {f"a{n}": f'{{"employees": {n}, "partner": {"true" if n % 3 else "false"}}}' for n in range(1, 90)}


@pytest.fixture(scope="session")
def account_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 accounts of three people and 40 people of none: tables, their journey file, and a bundle."""
    folder = tmp_path_factory.mktemp("accounts")
    (folder / "journey.yaml").write_text(ACCOUNT_JOURNEY)
    rng = np.random.default_rng(7)
    frames: dict[str, list[dict[str, Any]]] = {name: [] for name in ("customers", *_LINES)}
    for number in range(400):
        account = f"a{number % 120}" if number < 360 else None
        frames["customers"].append(
            {
                "customer_id": f"p{number}",
                "account_id": account,
                "role": None if account is None else PEOPLE_OF_ACCOUNTS[number // 120],
                "account_attributes": ACCOUNTS.get(account or ""),
                "consent": '{"email": true}' if number % 9 else '{"email": true, "personalization": false}',
            }
        )
        for visit, day in enumerate(np.sort(rng.uniform(0, 120, 6))):
            _account_visit(frames, rng, number, visit, float(day))
    journey = folder / "journey.yaml"
    tables = {name: pa.Table.from_pylist(rows) for name, rows in frames.items()}
    validated = validate_tables(tables, parse_journey(journey.read_bytes(), "accounts"))
    assert not validated.rejects
    write_tables(validated.tables, folder / "tables")
    known = {"account_id": [*ACCOUNTS], "attributes": [*ACCOUNTS.values()]}
    pq.write_table(pa.table(known), folder / "tables/accounts.parquet")
    (folder / "training.yaml").write_text(
        f"{EXPORTED.read_text()}journey: journey.yaml\n"
        "trees: {response_iterations: 8, baseline_iterations: 4}\nevaluation: {bootstrap: 20}\n"
    )
    dataset = api.load_tables(folder / "tables", folder / "training.yaml", seed=3)
    api.train(dataset, folder / "registry", now=datetime(2026, 5, 1, tzinfo=UTC), seed=3, promote=True)
    return folder


_LINES = ("interactions", "decisions", "outcomes")


def _account_visit(frames: Any, rng: np.random.Generator, number: int, visit: int, day: float) -> None:
    key, who = f"{number}-{visit}", f"p{number}"
    name = ("trial_started", "quote_requested", "mail_sent")[int(rng.choice(3, p=[0.2, 0.3, 0.5]))]
    frames["interactions"].append(
        {"interaction_id": f"i{key}", "customer_id": who, "occurred_at": at(day), "touchpoint": name}
    )
    action = ("nothing", "newsletter", "datasheet")[rng.integers(3)]
    decided = at(day + 0.5)
    frames["decisions"].append(
        {
            "decision_id": f"d{key}", "customer_id": who, "decided_at": decided, "action": action,
            "channel": None if action == "nothing" else "email", "action_probability": 1 / 3,
            "delivered_at": None if action == "nothing" else decided,
        }
    )  # fmt: skip
    if action != "nothing" and rng.random() < 0.3:
        frames["outcomes"].append(
            {
                "outcome_id": f"o{key}", "decision_id": f"d{key}", "outcome": "yes_please",
                "occurred_at": at(day + 1),
            }
        )  # fmt: skip

"""The examples with real data: every row fits, and small trainings run through.

Full figures: ``python -m benchmarks.real_data``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest

from models.journey_file import lint_journey, parse_journey
from training.config import TrainingConfig, read_config
from training.data.load import load_tables
from training.data.validate import Validated, validate_tables
from training.rows.split import Part
from training.run.inputs import prepare_rows
from training.run.progress import Progress

FOLDERS = {
    "starbucks": "starbucks",
    "bank": "bank_marketing",
    "loan": "bpic2012",
    "hillstrom": "hillstrom",
    "crm": "crm_opportunities",
}
_READ: dict[str, tuple[TrainingConfig, Validated]] = {}


def read(example: str, examples: Path, real_data: Path) -> tuple[TrainingConfig, Validated]:
    if example not in _READ:
        config = read_config(examples / example / "training.yaml")
        journey = parse_journey(config.journey_path.read_bytes(), str(config.journey_path))
        raw = load_tables(config, real_data / FOLDERS[example])
        _READ[example] = config, validate_tables(raw, journey, config.time_zone, config.reject_share)
    return _READ[example]


@pytest.mark.parametrize("example", [*FOLDERS])
def test_the_journey_file_has_no_warning_but_these(example: str, examples: Path) -> None:
    path = examples / example / "journey.yaml"
    journey = parse_journey(path.read_bytes(), str(path))

    warnings = {found.code for found in lint_journey(journey, str(path), path.read_bytes())}

    # Views in the app are what an informational offer is for; most loan states belong to the bank alone.
    assert warnings <= {"OPEN_AS_REWARD", "PHASE_UNCOVERED"}


@pytest.mark.parametrize(
    ("example", "counts"),
    [
        ("starbucks", {"customers": 17_000, "interactions": 230_257, "decisions": 102_000}),
        ("bank", {"customers": 41_188, "decisions": 41_188, "outcomes": 41_188}),
        ("loan", {"customers": 13_087, "decisions": 0}),
        ("hillstrom", {"customers": 64_000, "interactions": 73_395, "decisions": 64_000}),
        ("crm", {"customers": 6_711, "interactions": 6_711, "decisions": 6_711, "outcomes": 6_711}),
    ],
)
def test_every_row_of_the_source_fits(
    example: str, counts: dict[str, int], examples: Path, real_data: Path
) -> None:
    _, validated = read(example, examples, real_data)

    assert validated.rejects == ()
    assert {name: validated.tables.counts[name] for name in counts} == counts


def test_completions_of_the_coffee_offers_are_those_of_the_published_table(
    examples: Path, real_data: Path
) -> None:
    """Completed (viewed, for information) in time, by offer: the data set's own description."""
    published = (0.482, 0.439, 0.500, 0.567, 0.449, 0.676, 0.702, 0.808, 0.567, 0.527)
    _, validated = read("starbucks", examples, real_data)
    decisions = validated.tables.decisions
    ids = validated.tables.outcomes.column("decision_id").combine_chunks()
    done = pc.is_in(decisions.column("decision_id"), value_set=ids).to_numpy()
    action = decisions.column("action").to_numpy(zero_copy_only=False)

    rates = [done[action == f"offer_{number}"].mean() for number in range(10)]

    np.testing.assert_allclose(rates, published, atol=0.0006)


def test_loan_states_are_predicted_from_every_state_entered(examples: Path, real_data: Path) -> None:
    config, validated = read("loan", examples, real_data)
    journey = parse_journey(config.journey_path.read_bytes(), str(config.journey_path))

    prepared = prepare_rows(config, journey, validated, 1, Progress())

    rows, phase = prepared.rows, prepared.situations.phase
    quiet = rows.source == 2
    assert int((quiet & (phase != journey.phase_index["closed"])).sum()) == 92_093  # all A_ and O_ events
    assert (rows.next_phase[quiet] != phase[quiet]).all()  # the next state is another one
    assert set(prepared.split.part[rows.customer == 0]) == {Part.TRAIN}  # whole cases


def test_visits_of_the_email_experiment_are_those_of_the_published_table(
    examples: Path, real_data: Path
) -> None:
    _, validated = read("hillstrom", examples, real_data)
    decisions = validated.tables.decisions
    action = decisions.column("action").to_numpy(zero_copy_only=False)
    visited = validated.tables.reward.to_numpy()

    rates = [visited[action == name].mean() for name in ("mens_email", "womens_email", "nothing")]

    np.testing.assert_allclose(rates, (0.1828, 0.1514, 0.1062), atol=0.0001)


def test_no_deal_without_an_account_is_learned_from(examples: Path, real_data: Path) -> None:
    """Only open deals have none: with them among the rows, its absence would tell the future."""
    _, validated = read("crm", examples, real_data)

    assert all('"employees":null' not in text for text in _attributes(validated))


def test_deals_are_people_of_their_accounts(examples: Path, real_data: Path) -> None:
    _, validated = read("crm", examples, real_data)
    customers = validated.tables.customers

    assert len(set(customers.column("account_id").to_pylist())) == 85
    assert set(customers.column("role").to_pylist()) == {"deal"}


def _attributes(validated: Validated) -> list[str]:
    texts: list[str] = validated.tables.customers.column("attributes").to_pylist()
    assert any('"employees":' in text for text in texts)
    return texts

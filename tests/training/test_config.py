"""A training.yaml is right, or says where it is wrong and what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import TrainingConfigError
from training.config import parse_config, read_config
from training.fit.fit import tree_parameters

SMALL = """\
journey: journey.yaml
sources:
  events: {file: events.csv}
tables:
  interactions: SELECT * FROM events
"""


def parse(text: str) -> object:
    return parse_config(text.encode(), "training.yaml", Path())


def test_what_is_not_said_has_a_default() -> None:
    config = parse_config(SMALL.encode(), "training.yaml", Path("here"))

    assert config.journey_path == Path("here/journey.yaml")
    assert config.sources["events"].files == ("events.csv",)
    assert (config.split.calibrate_from, config.split.test_from) == (0.6, 0.8)
    assert config.rows.purge
    assert config.time_zone is None


def test_a_split_may_be_instants() -> None:
    text = SMALL + "split: {calibrate_from: 2026-01-02T00:00:00Z, test_from: 2026-01-03T00:00:00Z}\n"

    config = parse_config(text.encode(), "training.yaml", Path())

    assert config.split.test_from == datetime(2026, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "line", "field", "says"),
    [
        (SMALL.replace("events.csv", "/etc/passwd"), 3, "sources.events.file", "inside the data folder"),
        (SMALL.replace("events.csv", "../x.csv"), 3, "sources.events.file", "inside the data folder"),
        (SMALL.replace("events:", "a b:"), 3, "sources.a b", "letters, digits and underscores"),
        (SMALL.replace("  interactions", "  interaction"), 4, "tables.interaction", "Missing data"),
        (SMALL + "colour: red\n", 6, "colour", "Unknown field"),
        (SMALL + "split: {calibrate_from: 0.9, test_from: 0.2}\n", 6, "split.test_from", "after"),
        (SMALL + "split: {test_from: 2026-01-02T00:00:00}\n", 6, "split.test_from", "zone"),
        (SMALL + "time_zone: Mars/North\n", 6, "time_zone", "Europe/Vienna"),
        (SMALL + "rows: {immature: guess}\n", 6, "rows.immature", "drop, keep"),
        (SMALL + "rows: {early_labels: keep}\n", 6, "rows.early_labels", "drop, weigh"),
        (SMALL + "rows: {early_labels: weigh, purge: false}\n", 6, "rows.early_labels", "purge: false"),
    ],
)
def test_a_problem_names_line_and_field(text: str, line: int, field: str, says: str) -> None:
    with pytest.raises(TrainingConfigError) as caught:
        parse(text)

    problem = str(caught.value)
    assert f"training.yaml:{line}: " in problem
    assert field in problem
    assert says in problem


@pytest.mark.parametrize("text", ["", "- a list\n", "a: [", "a: &x 1\nb: *x\n"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(TrainingConfigError):
        parse(text)


def test_a_missing_file_says_which_option_to_pass(tmp_path: Path) -> None:
    with pytest.raises(TrainingConfigError, match="--config"):
        read_config(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("trees", "says"), [("{leafs: 3}", "leafs"), ("{response_leaves: many}", "expected a int")]
)
def test_tree_parameters_are_checked(trees: str, says: str) -> None:
    config = parse_config(f"{SMALL}trees: {trees}\n".encode(), "training.yaml", Path())

    with pytest.raises(TrainingConfigError, match=says):
        tree_parameters(config)


def test_a_model_names_its_estimator_and_its_options() -> None:
    config = parse_config(
        (SMALL + "models: {response: {estimator: a.B, depth: 3}}\n").encode(), "training.yaml", Path()
    )

    assert (config.models["response"].estimator, config.models["response"].options) == ("a.B", {"depth": 3})


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("{value: {estimator: a.B}}", "models"),
        ("{response: {depth: 3}}", "models.response.estimator"),
    ],
)
def test_a_model_that_is_not_there_or_has_no_estimator_is_told(section: str, told: str) -> None:
    with pytest.raises(TrainingConfigError, match=told):
        parse(SMALL + f"models: {section}\n")

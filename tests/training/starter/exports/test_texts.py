"""From an export to tables: people's clicks are outcomes, machines' are counted and left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from models.journey_file import parse_journey
from tests.training.starter.exports.made_up import LOGS, MAILS
from training.config import read_config
from training.data.load import load_tables
from training.starter.cli import init
from training.starter.exports.texts import Contents

FILTERED = {
    "filtered: click by a machine, all links at once: 6 rows",
    "filtered: click by a machine, hidden link: 2 rows",
    "filtered: click by a machine, seconds after sending: 1 rows",
}


def begun(name: str, folder: Path) -> str:
    {**MAILS, **LOGS}[name](folder / "data")
    done = CliRunner().invoke(init, [str(folder / "out"), "--data", str(folder / "data"), "--yes"])
    assert done.exit_code == 0, f"{done.output}{done.exception}"
    return done.output


@pytest.mark.parametrize("name", sorted(MAILS))
def test_a_mail_tool_gives_decisions_and_the_clicks_of_people(name: str, tmp_path: Path) -> None:
    output = begun(name, tmp_path)

    assert set(output.splitlines()) >= FILTERED
    found = load_tables(read_config(tmp_path / "out" / "training.yaml"), tmp_path / "data")
    decisions, outcomes = found["decisions"].to_pylist(), found["outcomes"].to_pylist()
    assert len(decisions) == 6
    assert len({row["action"] for row in decisions}) == 2
    people = {row["decision_id"]: row["customer_id"].partition("@")[0] for row in decisions}
    clicks = [row for row in outcomes if row["outcome"] == "responded"]
    assert sorted(people[row["decision_id"]] for row in clicks) == ["ada", "ada", "cy"]
    first = min(row["occurred_at"] for row in clicks)
    assert first.isoformat() == "2026-03-02T09:00:00+00:00"
    touchpoints = [row["touchpoint"] for row in found["interactions"].to_pylist()]
    assert touchpoints.count("click") == 3


def test_what_the_tool_itself_calls_a_machine_is_filtered(tmp_path: Path) -> None:
    for name in ("braze_currents", "hubspot", "klaviyo"):
        assert "filtered: open by a machine, said by the tool: 1 rows" in begun(name, tmp_path / name)


@pytest.mark.parametrize("name", sorted(LOGS))
def test_a_log_of_visits_gives_interactions_once_and_says_that_nothing_was_done(
    name: str, tmp_path: Path
) -> None:
    output = begun(name, tmp_path)

    rows = load_tables(read_config(tmp_path / "out" / "training.yaml"), tmp_path / "data")[
        "interactions"
    ].to_pylist()
    assert [row["touchpoint"] for row in rows] == ["product_viewed", "order_completed", "product_viewed"]
    assert [row["occurred_at"].isoformat()[:16] for row in rows] == [
        "2026-03-02T08:00",
        "2026-03-02T09:00",
        "2026-03-03T08:00",
    ]
    assert "nothing of what you did" in output
    assert ("told twice: 1 rows" in output) == (name == "segment")


@pytest.mark.parametrize("name", [*MAILS, *LOGS])
def test_the_journey_file_is_valid(name: str, tmp_path: Path) -> None:
    begun(name, tmp_path)

    journey = parse_journey((tmp_path / "out" / "journey.yaml").read_bytes(), "journey.yaml")
    assert len(journey.actions) == (2 if name in MAILS else 0)


def test_two_campaigns_of_one_name_are_one_action_and_many_have_one_in_common() -> None:
    contents = Contents(campaigns=("Sale!", "sale", "1. May"), kinds=("sent", "Page View"), more=3)

    assert contents.actions() == {"Sale!": "sale", "sale": "sale", "1. May": "x_1_may"}
    assert contents.touchpoints() == {"Page View": "page_view"}


def test_columns_alone_are_looked_at_where_that_is_asked_for(tmp_path: Path) -> None:
    MAILS["hubspot"](tmp_path / "data")

    done = CliRunner().invoke(
        init, [str(tmp_path / "out"), "--data", str(tmp_path / "data"), "--export", "none", "--yes"]
    )

    assert "an export of" not in done.output

"""Each tool's export is recognised by its files and columns, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import TrainingDataError
from tests.training.starter.exports.made_up import LOGS, MAILS, lines
from training.starter.exports.known import NAMES, load_export, recognise

MAKERS = {**MAILS, **LOGS}


def test_there_is_a_made_up_export_of_every_tool() -> None:
    assert sorted(MAKERS) == sorted(NAMES)
    assert {name for name in NAMES if load_export(name).mail} == set(MAILS)


@pytest.mark.parametrize("name", NAMES)
def test_an_export_is_recognised_as_that_of_its_tool(name: str, tmp_path: Path) -> None:
    MAKERS[name](tmp_path)

    found = recognise(tmp_path)

    assert found is not None
    assert found.export.name == name
    assert all(list(tmp_path.glob(pattern)) for pattern in found.files.values())


def test_other_files_are_of_no_known_tool(tmp_path: Path) -> None:
    (tmp_path / "mailings.csv").write_text("customer,campaign,sent\n1,a,2026-01-01\n")
    lines(tmp_path / "events.jsonl", [{"id": 1, "what": "x"}])

    assert recognise(tmp_path) is None


def test_a_tool_that_is_named_says_what_is_not_there(tmp_path: Path) -> None:
    MAILS["klaviyo"](tmp_path)
    (tmp_path / "metrics.jsonl").unlink()

    with pytest.raises(TrainingDataError) as raised:
        recognise(tmp_path, ["klaviyo"])
    assert "Klaviyo" in str(raised.value)
    assert "*metrics*.json*" in str(raised.value)


def test_what_may_be_missing_may_be_missing(tmp_path: Path) -> None:
    MAILS["salesforce_marketing_cloud"](tmp_path)
    (tmp_path / "Opens.csv").unlink()

    found = recognise(tmp_path)

    assert found is not None
    assert "opens" not in found.files
    assert "FROM opens" not in found.sql

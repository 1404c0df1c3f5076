"""Campaigns and kinds of events, the commonest first, and no more than can be listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.starter.exports.made_up import MAILS, lines
from training.starter.exports import reading
from training.starter.exports.known import recognise


def test_the_commonest_come_first_and_the_rest_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_CAMPAIGNS", 1)
    MAILS["hubspot"](tmp_path)
    found = recognise(tmp_path)
    assert found is not None

    contents = reading.read_contents(found, tmp_path)

    assert (list(contents.campaigns), contents.more) == (["campaign 501"], 1)
    assert list(contents.kinds) == ["click", "sent", "open", "unsubscribe"]


def test_a_log_has_no_campaigns(tmp_path: Path) -> None:
    row = {"event_date": "20260302", "event_timestamp": 1_772_000_000_000_000, "event_name": "sent"}
    lines(tmp_path / "e.json", [{**row, "user_pseudo_id": "a"}])
    found = recognise(tmp_path)
    assert found is not None

    assert list(reading.read_contents(found, tmp_path).campaigns) == []

"""Cells by hour: they add up, and those of few customers are hidden."""

from __future__ import annotations

import pytest

from nba_service.errors import Problem
from nba_service.measures import cells as module
from nba_service.measures.cells import cells
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading


def test_cells_add_up(reading: Reading) -> None:
    found = cells(reading, Question(hide_below=0))["cells"]

    assert sum(cell["decisions"] for cell in found) == 800
    assert {cell["arm"] for cell in found} == {"treatment", "random"}
    assert found[0]["hour"].endswith(":00:00Z")
    assert {(cell["action"], cell["channel"], cell["drop_out"]) for cell in found} == {
        ("teaser", "email", None)
    }
    one = cells(reading, Question(hide_below=0, phase="customer"))["cells"]
    assert one == []


def test_cells_of_few_customers_are_hidden(reading: Reading) -> None:
    shown = cells(reading, Question(hide_below=0))["cells"]
    hidden = cells(reading, Question(hide_below=20))["cells"]

    for open_cell, cell in zip(shown, hidden, strict=True):
        assert cell["hidden"] == (open_cell["customers"] < 20)
        assert cell["customers"] == (None if cell["hidden"] else open_cell["customers"])


def test_too_many_cells_are_refused(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CELLS", 3)
    with pytest.raises(Problem, match="fewer days"):
        cells(reading, Question())

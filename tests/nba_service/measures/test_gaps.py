"""The matrix of theirs and ours: shares between 0 and 1, findings with numbers, few people hidden."""

from __future__ import annotations

from models.domain.journey import Journey
from nba_service.measures.gaps import LISTS, gap
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading


def test_cells_are_shares_and_findings_name_their_cells(reading: Reading, armed: Journey) -> None:
    """All 400 quote; half a year of contacts by e-mail goes where nobody answers by it."""
    answer = gap(reading, armed, Question())

    cells = {(cell["touchpoint"], cell["phase"]): cell for cell in answer["cells"]}
    assert len(cells) == (2 + 3) * 3
    assert cells["quote", "stranger"]["theirs"] == 1.0
    assert cells["email", "interested"]["ours"] == 1.0
    assert cells["email", "interested"]["customers"] == 0
    assert cells["web", "stranger"]["customers"] == 0
    (found,) = answer["idle"]
    assert (found["touchpoint"], found["phase"]) == ("email", "interested")
    assert found["eur_month"]["value"] < 0
    assert found["basis"] == "cost"
    assert cells["email", "interested"]["list"] == found["number"]
    assert [row["cells"][0]["phase"] for row in answer["rows"]] == ["stranger"] * 5
    assert {size["phase"]: size["contacts"] for size in answer["phases"]}["interested"] == 800
    assert set(LISTS) <= set(answer)


def test_filters_and_hidden_cells(reading: Reading, armed: Journey) -> None:
    asked = gap(reading, armed, Question(phase="interested", channel="email"))
    few = gap(reading, armed, Question(hide_below=500))

    assert [(cell["touchpoint"], cell["phase"]) for cell in asked["cells"]] == [("email", "interested")]
    hidden = {(cell["touchpoint"], cell["phase"]): cell for cell in few["cells"]}
    assert hidden["quote", "stranger"]["theirs"] is None
    assert hidden["quote", "stranger"]["hidden"]
    assert few["idle"] == []

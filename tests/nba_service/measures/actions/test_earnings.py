"""Actions: their figures add up with all decisions, and those of few customers are hidden."""

from __future__ import annotations

from models.domain.journey import Journey
from nba_service.measures.actions.earnings import actions
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading


def test_actions_add_up(reading: Reading, armed: Journey) -> None:
    answer = actions(reading, armed, Question(hide_below=0))
    rows = {one["action"]: one for one in answer["actions"]}

    assert {action.name for action in armed.actions} <= set(rows)
    assert sum(one["decisions"] for one in rows.values()) + answer["nothing"] == answer["decisions"] == 800
    assert sum(rows["teaser"]["days"]) == 800
    assert len(answer["days"]) == len(rows["teaser"]["days"]) == 28
    assert sum(one["decisions"] for one in rows["teaser"]["phases"]) <= 800
    assert rows["teaser"]["gain"] is None  # nothing never came first
    assert not rows["teaser"]["new"]  # there is no time before to tell by
    assert actions(reading, armed, Question(phase="customer"))["decisions"] == 0


def test_actions_of_few_customers_are_hidden(reading: Reading, armed: Journey) -> None:
    answer = actions(reading, armed, Question(hide_below=1_000))
    (teaser,) = [one for one in answer["actions"] if one["action"] == "teaser"]

    assert (teaser["hidden"], teaser["decisions"], teaser["cost_eur"]) == (True, None, None)
    assert set(teaser["days"]) <= {None, 0}

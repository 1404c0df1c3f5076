"""What the log keeps of candidates is what explanations show of them."""

from __future__ import annotations

from collections.abc import Callable

import flask

from models.policy.decide import decide
from nba_service.decisions.answers import candidate_answer, candidate_answers
from nba_service.decisions.calls import DecisionCall
from nba_service.http.json_body import dump_json
from nba_service.settings import Settings


def test_candidates_are_logged_as_they_are_explained(
    make_app: Callable[[Settings], flask.Flask], settings: Settings
) -> None:
    made = make_app(settings).extensions["nba"].decisions.hypothetical(DecisionCall(customer_id="c-1"))
    candidates = decide(made.serving.engine, made.request).candidates
    one_by_one = [candidate_answer(candidate) for candidate in candidates]

    assert len(one_by_one) > 1
    assert dump_json(candidate_answers(candidates)) == dump_json(one_by_one)
    assert dump_json(candidate_answers(list(candidates))) == dump_json(one_by_one)

"""What the log keeps of candidates is what explanations show of them."""

from __future__ import annotations

from collections.abc import Callable

import flask

from models.policy.decide import decide
from nba_service.decisions.answers import candidate_answer, candidate_answers
from nba_service.decisions.calls import DecisionCall
from nba_service.http.json_body import dump_json
from nba_service.services import Services
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


def test_an_answer_that_is_nothing_says_what_kept_how_many_treatments_out(parts: Services) -> None:
    """By e-mail: a teaser and an offer. What is not asked for (the website) counts nowhere."""
    asked = {"customer_id": "c-1", "channels": ("email",)}
    refused = parts.decisions.hypothetical(DecisionCall(**asked, phase="interested")).answer
    elsewhere = parts.decisions.hypothetical(DecisionCall(**asked, phase="customer")).answer
    shown = parts.decisions.hypothetical(DecisionCall(customer_id="c-1", channels=("web",))).answer

    assert (refused["actions"][0]["action"], refused["blocked"]) == ("nothing", {"CONSENT_MISSING": 2})
    assert elsewhere["blocked"] == {"PHASE": 2}
    assert (shown["actions"][0]["action"], "blocked" in shown) == ("teaser", False)


def test_a_stored_decision_keeps_its_reason_and_refusals(parts: Services) -> None:
    parts.decisions.decide([DecisionCall(customer_id="c-1", channels=("email",), decision_id="d")])
    row = parts.store.plain.decisions(["d"])["d"]

    assert row.reason == "NOTHING_ELIGIBLE"
    assert '["consent","CONSENT_MISSING",1]' in (row.refusals or "")

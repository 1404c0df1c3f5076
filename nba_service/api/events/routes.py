"""What happened, over HTTP: interactions of customers and outcomes of decisions."""

from __future__ import annotations

from dataclasses import asdict

import flask

from nba_service.access.guard import Guard
from nba_service.access.pages import Pages
from nba_service.api.events.schemas import InteractionsSchema, OutcomesAnswer, OutcomesSchema, WrittenAnswer
from nba_service.customers.events import Accepted, Events
from nba_service.decisions.calls import InteractionCall, OutcomeCall
from nba_service.http.batches import Batch
from nba_service.http.current import current
from nba_service.http.routing import Routes, json_answer
from nba_service.keys.scopes import Scope

routes = Routes("events", "What happened: interactions and outcomes.")


@routes.add(
    "POST",
    "/v1/outcomes",
    Scope.TRACK,
    takes=OutcomesSchema,
    gives={200: OutcomesAnswer, 202: OutcomesAnswer},
    problems=[422],
    publishable=True,
)
def add_outcomes(batch: Batch[OutcomeCall]) -> flask.Response:
    """Say what came of decisions

    One outcome, or `{"outcomes": [...]}` with up to 1,000. Idempotent by `outcome_id`; without one the
    content is the id. One that is wrong is in `refused` and stops no other; where all are wrong the answer
    is a problem. The reserved outcome `delivered` says that a deferred decision reached the customer.
    An outcome of an unknown decision is kept, answered with 202, and joined when the decision arrives.
    A source that does not know the decision names `customer_id`, `action` and `channel` instead: the outcome
    belongs to the last one delivered within the response window, and is marked as such. A publishable key
    reports outcomes of decisions whose ids nobody can guess, or of the customer in `NBA-Identity`: without a
    time, each outcome of a decision once, of at most `NBA_PAGE_VALUE_MAXIMUM`; each counts as a call.
    """
    current(Guard).count_elements(len(batch.elements))

    def add(calls: list[OutcomeCall]) -> Accepted:
        return current(Events).add_outcomes(current(Pages).outcomes(calls))

    taken = batch.take(add)
    accepted = taken.result
    answer = {**asdict(accepted), "ids": taken.in_order(accepted.ids), **taken.said}
    return json_answer(answer, 202 if accepted.pending or accepted.unattributed else 200)


@routes.add(
    "POST",
    "/v1/interactions",
    Scope.TRACK,
    takes=InteractionsSchema,
    gives={200: WrittenAnswer},
    problems=[422],
)
def add_interactions(batch: Batch[InteractionCall]) -> flask.Response:
    """Say what customers did

    One interaction, or `{"interactions": [...]}` with up to 1,000. Idempotent by `interaction_id`; without
    one the content is the id, if it states a time. One that is wrong is in `refused` and stops no other;
    where all are wrong the answer is a problem.
    """
    taken = batch.take(current(Events).add_interactions)
    accepted = taken.result
    ids = taken.in_order(accepted.ids)
    return json_answer({"new": accepted.new, "known": accepted.known, "ids": ids, **taken.said})

"""Decisions over HTTP: make, batch, read, explain, replay, what-if."""

from __future__ import annotations

from typing import Final

import flask

from nba_service.access.global_privacy_control import hear_gpc, honour_gpc
from nba_service.access.guard import Guard
from nba_service.access.pages import Pages
from nba_service.api.decisions.batch import decide_batch as decide_each
from nba_service.api.decisions.fast_path import accept_decision
from nba_service.api.decisions.requests import DecisionBatchSchema, DecisionSchema, ExplanationSchema
from nba_service.api.decisions.responses import (
    DecisionAnswer,
    DecisionBatchAnswer,
    ExplainedAnswer,
    PageDecisionAnswer,
    ReplayAnswer,
    WhatIfAnswer,
)
from nba_service.decisions.calls import DecisionCall, ExplanationCall
from nba_service.decisions.decide import Decisions
from nba_service.decisions.what_if import WhatIf
from nba_service.http.batches import Batch
from nba_service.http.current import current
from nba_service.http.deadlines import asked_seconds
from nba_service.http.json_body import dump_json
from nba_service.http.precision import shown
from nba_service.http.routing import Routes, json_answer
from nba_service.keys.scopes import Scope

FAILED: Final = "nba.failed"
"""In the environment of a request: why it could not be answered on its way to Flask."""

routes = Routes("decisions", "What next for a customer, and why.")


@routes.add(
    "POST",
    "/v1/decisions",
    Scope.DECIDE,
    takes=DecisionSchema,
    accept=accept_decision,
    gives={200: {"anyOf": [DecisionAnswer, PageDecisionAnswer]}},
    problems=[422],
    publishable=True,
)
def decide(call: DecisionCall) -> flask.Response:
    """Decide for one customer

    The decision is stored before it is answered. The same `decision_id` with the same body gives the same
    answer again; with another body it is refused. Every field but `customer_id` may be left out. With a
    publishable key `customer_id` is a visitor's (`v-` and 32 hexadecimal digits), or the header
    `NBA-Identity` has a token of `POST /v1/identities` for the customer, and the answer is what to show,
    without figures and reasons (`PageDecisionAnswer`).
    """
    if (failure := flask.request.environ.get(FAILED)) is not None:
        raise failure
    current(Pages).check_decision(call)
    (decision,) = current(Decisions).decide([honour_gpc(call)], seconds=asked_seconds())
    return json_answer(current(Pages).visible(decision))


@routes.add(
    "POST",
    "/v1/decisions/batch",
    Scope.DECIDE,
    takes=DecisionBatchSchema,
    gives={200: DecisionBatchAnswer},
    problems=[422],
)
def decide_batch(batch: Batch[DecisionCall]) -> flask.Response:
    """Decide for up to 1,000 customers

    Answers come in the order of the requests. One that cannot be decided is null there and named in
    `refused`; it stops no other. The decisions of one batch about one customer see each other, in their
    order.
    """
    seconds = asked_seconds()
    taken = batch.take(
        lambda calls: decide_each(current(Decisions), [hear_gpc(call) for call in calls], seconds)
    )
    answers = [
        b"null" if answer is None else answer for answer in taken.in_order(d.to_json() for d in taken.result)
    ]
    refused = b',"refused":' + dump_json(taken.refused) if taken.refused else b""
    return json_answer(b'{"decisions":[' + b",".join(answers) + b"]" + refused + b"}")


@routes.add(
    "GET", "/v1/decisions/<path:decision_id>", Scope.READ, gives={200: DecisionAnswer}, problems=[404]
)
def get_decision(decision_id: str) -> flask.Response:
    """A stored decision, byte for byte as it was answered

    The id may contain `/`, as it is or as `%2F`.
    """
    return json_answer(current(Decisions).recorded.get(decision_id).to_json())


@routes.add(
    "GET",
    "/v1/decisions/<path:decision_id>/explanation",
    Scope.READ,
    gives={200: ExplainedAnswer},
    problems=[404, 409],
)
def explain_decision(decision_id: str) -> flask.Response:
    """A stored decision with every candidate and every drop-out

    Worked out anew by the bundle that made the decision, from what was known then. With `?text=en` or
    `?text=de` it comes with a text for the customer (art. 15 (1) (h) and 22 GDPR). Treatments whose channel
    or placement was not asked for are a number, `not_asked`; `?detail=full` lists them among the drop-outs.
    """
    explained = current(WhatIf).of_stored(
        decision_id, flask.request.args.get("text"), flask.request.args.get("detail")
    )
    return json_answer(shown(explained))


@routes.add(
    "GET",
    "/v1/decisions/<path:decision_id>/replay",
    Scope.READ,
    gives={200: ReplayAnswer},
    problems=[404, 409],
)
def replay_decision(decision_id: str) -> flask.Response:
    """Decide again from what was known then, and compare with what was decided

    `recorded` and `replayed` have every digit that the store keeps; other answers have six.
    """
    return json_answer(current(Decisions).recorded.replay(decision_id))


@routes.add(
    "POST",
    "/v1/explanations",
    Scope.READ,
    takes=ExplanationSchema,
    gives={200: WhatIfAnswer},
    problems=[404, 409, 422],
)
def what_if(call: ExplanationCall) -> flask.Response:
    """What would be decided, and why; and with other facts

    Takes what `POST /v1/decisions` takes, or `of`: the id of a stored decision. `changes` gives the answer
    with other facts, rules or another bundle next to it. Nothing is stored or counted. Rules of the caller's
    own need the scope `rules`: they are run, and what they answer tells a lot about customers.
    """
    if call.changes is not None and call.changes.rules is not None:
        current(Guard).require(Scope.RULES)
    return json_answer(shown(current(WhatIf).answer(call)))

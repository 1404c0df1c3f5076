"""Customers over HTTP: profile, access, erasure."""

from __future__ import annotations

from typing import Final

import flask

from nba_service.api.customers.schemas import (
    AliasesSchema,
    CustomerAnswer,
    ErasureWaitsAnswer,
    PartedAnswer,
    PutProfileSchema,
    StoredProfileAnswer,
)
from nba_service.customers.profiles import Customers
from nba_service.decisions.calls import AliasesCall, Profile
from nba_service.http.current import current
from nba_service.http.routing import Routes, json_answer
from nba_service.keys.scopes import Scope

routes = Routes("customers", "Profiles and consent.")

_WAITS: Final = (
    "The store does not answer, so what it holds is not erased yet. The erasure is on disk and is done as"
    " soon as the store answers; until then this host decides nothing with it. Ask again to be told 204."
)


@routes.add(
    "PUT",
    "/v1/customers/<path:customer_id>",
    Scope.TRACK,
    takes=PutProfileSchema,
    gives={200: StoredProfileAnswer},
    problems=[409, 422],
)
def put_customer(profile: Profile, customer_id: str) -> flask.Response:
    """Create or replace a profile

    What is left out is gone, but for consents: a flag that is not mentioned stays as it was last told. A
    refusal ends by a later grant of the same flag, for which this is the place. Objection to profiling:
    `{"consent": {"personalization": false}}`. `aliases` are merged into the customer; those merged before
    stay.
    """
    return json_answer(current(Customers).put(customer_id, profile))


@routes.add(
    "POST",
    "/v1/customers/<path:customer_id>/aliases",
    Scope.TRACK,
    takes=AliasesSchema,
    gives={200: StoredProfileAnswer},
    problems=[409, 422],
)
def add_aliases(call: AliasesCall, customer_id: str) -> flask.Response:
    """Say that other ids are this customer, too

    An anonymous visitor becomes a known customer: history, limits, decisions and profile become one, audited.
    Repeating it changes nothing. An alias of another customer is refused, and nothing is changed.
    """
    return json_answer(current(Customers).add_aliases(customer_id, call.aliases))


@routes.add(
    "GET", "/v1/customers/<path:customer_id>", Scope.READ, gives={200: CustomerAnswer}, problems=[404]
)
def get_customer(customer_id: str) -> flask.Response:
    """Everything that is held about a customer (art. 15 GDPR)"""
    return json_answer(current(Customers).get(customer_id))


@routes.add(
    "DELETE",
    "/v1/customers/<path:customer_id>/aliases/<path:alias>",
    Scope.ADMIN,
    gives={200: PartedAnswer},
    problems=[404],
)
def part_customers(customer_id: str, alias: str) -> flask.Response:
    """Part two people who were joined by mistake

    What came in with the alias, or with ids that were said to be it, is its own again: interactions,
    decisions with their outcomes, consents, profile. A refusal of unknown origin holds for both.
    Audited. Once they are parted, asking again is `ALIAS_UNKNOWN`.
    """
    return json_answer(current(Customers).part(customer_id, alias))


@routes.add(
    "DELETE", "/v1/customers/<path:customer_id>", Scope.ADMIN, gives={204: None, 202: ErasureWaitsAnswer}
)
def erase_customer(customer_id: str) -> flask.Response:
    """Erase a customer (art. 17 GDPR)

    Profile and interactions go; decisions and outcomes stay for statistics under other ids, without what
    could tell who it was. Harmless when nothing is held. 204: it is done. 202: the store does not answer; the
    erasure is on disk and is done as soon as the store does.
    """
    if current(Customers).erase(customer_id):
        return flask.Response(status=204)
    return json_answer({"status": "waiting", "detail": _WAITS}, 202)

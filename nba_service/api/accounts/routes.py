"""Accounts over HTTP: put, read, delete, and who is in them."""

from __future__ import annotations

import flask

from nba_service.api.accounts.schemas import AccountAnswer, AccountSchema, MemberSchema
from nba_service.customers.accounts import Accounts
from nba_service.decisions.calls import AccountCall, MemberCall
from nba_service.http.current import current
from nba_service.http.routing import Routes, json_answer
from nba_service.keys.scopes import Scope

routes = Routes("accounts", "Accounts and the roles of their people.")


@routes.add(
    "PUT",
    "/v1/accounts/<path:account_id>",
    Scope.TRACK,
    takes=AccountSchema,
    gives={200: AccountAnswer},
    problems=[409, 422],
)
def put_account(call: AccountCall, account_id: str) -> flask.Response:
    """Create or replace an account

    Attributes that are left out are gone; its people stay. Repeating it changes nothing. Audited.
    """
    return json_answer(current(Accounts).put(account_id, call))


@routes.add("GET", "/v1/accounts/<path:account_id>", Scope.READ, gives={200: AccountAnswer}, problems=[404])
def get_account(account_id: str) -> flask.Response:
    """An account, its phase, and its people with their roles"""
    return json_answer(current(Accounts).get(account_id))


@routes.add("DELETE", "/v1/accounts/<path:account_id>", Scope.ADMIN, gives={204: None})
def delete_account(account_id: str) -> flask.Response:
    """Delete an account

    Its people stay, without an account. Harmless when there is none. Audited.
    """
    current(Accounts).delete(account_id)
    return flask.Response(status=204)


@routes.add(
    "PUT",
    "/v1/accounts/<path:account_id>/people/<path:customer_id>",
    Scope.TRACK,
    takes=MemberSchema,
    gives={200: AccountAnswer},
    problems=[409, 422],
)
def put_member(call: MemberCall, account_id: str, customer_id: str) -> flask.Response:
    """Put somebody into an account, with a role

    Moves them if they are in another one, and changes their role if they are in this one; the rest of their
    profile stays. Repeating it changes nothing. Audited.
    """
    return json_answer(current(Accounts).put_member(account_id, customer_id, call))


@routes.add(
    "DELETE",
    "/v1/accounts/<path:account_id>/people/<path:customer_id>",
    Scope.TRACK,
    gives={204: None},
)
def remove_member(account_id: str, customer_id: str) -> flask.Response:
    """Take somebody out of an account

    Harmless when they are not in it. Audited.
    """
    current(Accounts).remove_member(account_id, customer_id)
    return flask.Response(status=204)

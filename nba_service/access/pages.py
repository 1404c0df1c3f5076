"""What a key that stands in a page may ask about.

Known once the body is read; a secret key may ask about all. The key is public, so every reader of the page
may use it. It therefore opens its own placements, and only what nobody else can name: visitors whose ids a
browser drew, customers that a signed token proves, decisions with ids that cannot be guessed. Knows keys,
headers and ids; how tokens are signed is the business of ``Identities``. Why:
docs/adr/0015-pages-prove-who-they-ask-for.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

import flask

from nba_service.access.page_answers import page_answer
from nba_service.decisions.calls import DecisionCall, OutcomeCall
from nba_service.decisions.made import AnsweredDecision
from nba_service.errors import FieldProblem, Problem, problem_of_fields
from nba_service.http.json_body import dump_json
from nba_service.keys.key import Key
from nba_service.keys.visitor_ids import VISITOR
from nba_service.store.interface import RequestStore

IDENTITY_HEADER: Final = "NBA-Identity"

_RANDOM: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OF_VISITOR: Final = re.compile(rf"(.+/)?{VISITOR.pattern}(/.+)?")


class Proofs(Protocol):
    """Tokens that say who a customer is."""

    def customer_of(self, token: str) -> str: ...


class Pages:
    """Checks what the current request asks about, if its key is publishable.

    ``most_value``: the highest value that a page may report of one event.
    """

    def __init__(self, proofs: Proofs, store: RequestStore, most_value: float) -> None:
        self._proofs = proofs
        self._store = store
        self._most_value = most_value

    def check_decision(self, call: DecisionCall) -> None:
        """Refuse a decision that the request's key may not ask for.

        Raises:
            Problem: ``PLACEMENT_REFUSED``, if it asks for other placements than the key's, for none (which
                would be every channel), or for an explanation; ``SCOPE_MISSING``, if it sets weights or the
                time of the decision; ``ID_REFUSED``, if the decision is named by
                an id that others could name, too; else as ``check_customer``.
        """
        key = _page_key()
        if key is None:
            return
        _check_placements(key, call)
        self.check_customer(call.customer_id)
        if call.decision_id is not None and not _is_own(call.decision_id):
            raise _guessable("decision_id", call.decision_id)

    def visible(self, decision: AnsweredDecision) -> bytes:
        """The answer as the caller may see it, as JSON."""
        return decision.to_json() if _page_key() is None else dump_json(page_answer(decision.answer))

    @property
    def most_value(self) -> float | None:
        """The highest value that the caller may report of one event; None: any."""
        return None if _page_key() is None else self._most_value

    def check_customer(self, customer_id: str) -> None:
        """Refuse a customer that the page has not proved to ask for.

        Raises:
            Problem: ``IDENTITY_REQUIRED`` (an id that could be guessed, without a token),
                ``IDENTITY_INVALID`` (the token is another customer's, changed, or too old), ``IDENTITY_OFF``.
        """
        if _page_key() is None or VISITOR.fullmatch(customer_id):
            return
        proved = self._proved()
        if proved is None:
            raise Problem(
                "IDENTITY_REQUIRED",
                f"Expected the id of a visitor (v- and 32 hexadecimal digits, drawn by the browser), or a"
                f" token for this customer in the header {IDENTITY_HEADER}, got neither. Have the server of"
                " the page ask for one after the log-in (POST /v1/identities), or decide there, with a secret"
                " key.",
            )
        if proved != customer_id:
            raise Problem(
                "IDENTITY_INVALID",
                f"Expected a token for the customer that is asked about, got another customer's in the header"
                f" {IDENTITY_HEADER}.",
            )

    def outcomes(self, told: Sequence[OutcomeCall]) -> Sequence[OutcomeCall]:
        """The outcomes as the caller may report them; of a page, each outcome of a decision counts once.

        Raises:
            Problem: ``SCOPE_MISSING``, for an outcome that names a customer instead of a decision, or a
                time; ``FIELD_RANGE``, for a value beyond what a page may report; ``ID_REFUSED``, for a
                ``decision_id`` that others could name and that is not known to be of the customer whose token
                comes with it, or for such an ``outcome_id``.
            StoreError: it does not answer, and has to be asked whose a decision is.
        """
        if _page_key() is None:
            return told
        _check_values(told, self._most_value)
        for call in told:
            if call.decision_id is None:
                raise Problem(
                    "SCOPE_MISSING",
                    "Expected a decision_id with every outcome from a publishable key, got outcomes that name"
                    " a customer instead. Report those from your server, with a secret key.",
                )
            if call.occurred_at is not None:
                raise Problem(
                    "SCOPE_MISSING",
                    "Expected outcomes without occurred_at from a publishable key, got one with it: they"
                    " happen when they are reported. Report others from your server, with a secret key.",
                )
            named = call.outcome_id
            if named is not None and not _is_own(named) and not named.startswith(f"{call.decision_id}/"):
                raise _guessable("outcome_id", named)
        self._check_decided(list(dict.fromkeys(call.decision_id for call in told if call.decision_id)))
        return [replace(call, outcome_id=page_outcome_id(call.decision_id, call.outcome)) for call in told]

    def _check_decided(self, decision_ids: Sequence[str]) -> None:
        open_ids = [decision_id for decision_id in decision_ids if not _is_own(decision_id)]
        if not open_ids:
            return
        proved = self._proved()
        if proved is None:
            raise _guessable("decision_id", open_ids[0])
        found = self._store.decisions(open_ids)
        person = self._store.persons([proved, *(row.customer_id for row in found.values())])
        for decision_id in open_ids:
            row = found.get(decision_id)
            if row is None or person[row.customer_id] != person[proved]:
                raise _guessable("decision_id", decision_id)

    def _proved(self) -> str | None:
        """The customer of the token that the request shows; None: it shows none."""
        token = flask.request.headers.get(IDENTITY_HEADER)
        return None if token is None else self._proofs.customer_of(token)


def page_outcome_id(decision_id: str | None, outcome: str) -> str:
    """The id of an outcome that a page reports: one for each outcome of a decision, however it is sent."""
    return f"{decision_id}/{outcome}"


def exceeds(value: float | None, most: float | None) -> bool:
    """Whether a value is beyond what the caller may report (``Pages.most_value``)."""
    return value is not None and most is not None and not 0 <= value <= most


def placements_of_key() -> frozenset[str] | None:
    """The placements that the request's key is for; None: all."""
    key = _page_key()
    return None if key is None else frozenset(key.placements)


def _page_key() -> Key | None:
    """The publishable key of the current request; None: it has another, which is not held to this."""
    key: Key | None = flask.g.get("key")
    return key if key is not None and key.publishable else None


def _check_values(told: Sequence[OutcomeCall], most: float) -> None:
    problems = [
        FieldProblem(
            field=f"outcomes[{index}].value",
            code="FIELD_RANGE",
            detail=f"expected a value from 0 to {most:g} with a publishable key, got {call.value:g}."
            " NBA_PAGE_VALUE_MAXIMUM sets the limit; report more from your server, with a secret key.",
        )
        for index, call in enumerate(told)
        if call.value is not None and exceeds(call.value, most)
    ]
    if problems:
        raise problem_of_fields(problems)


def _check_placements(key: Key, call: DecisionCall) -> None:
    if not call.placements or not set(call.placements) <= set(key.placements):
        asked = ", ".join(call.placements or ()) or "none"
        raise Problem(
            "PLACEMENT_REFUSED",
            f"Expected some of the key's placements ({', '.join(key.placements)}), got {asked}."
            " Name them in `placements`, or create a key that has them.",
        )
    if call.explain:
        raise Problem(
            "PLACEMENT_REFUSED",
            "Expected a decision without `explain` with a publishable key, got one with it."
            " Explanations need a secret key: they hold what a page must not show.",
        )
    if call.decided_at is not None or "weights" in call.context:
        raise Problem(
            "SCOPE_MISSING",
            "Expected a decision without context.time and context.weights with a publishable key, got one"
            " with them. Anybody who reads the page could set them, too: decide on your server, with a secret"
            " key.",
        )


def _is_own(name: str) -> bool:
    """Whether nobody else can name it: random, as the service makes ids, or with a visitor's id in it."""
    return bool(_RANDOM.fullmatch(name) or _OF_VISITOR.fullmatch(name))


def _guessable(field: str, got: str) -> Problem:
    return Problem(
        "ID_REFUSED",
        f"Expected {field} to be one that others cannot guess (32 hexadecimal digits or a UUID, drawn at"
        " random, or with the visitor's id as one of its parts between slashes), or that of a decision for"
        f" the customer of the token in {IDENTITY_HEADER}, got {got[:100]!r}. Use the one that the service"
        " answered, or do this on your server, with a secret key.",
    )

"""Problems as clients see them.

One shape (RFC 9457), one stable ``code`` per failure. Knows which code has which HTTP status and title; knows
nothing of how a failure came about. The shape carries no stack trace and no data of a customer. Every code is
explained in docs/reference/errors.md, which a test keeps complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models.errors import NBAError

PROBLEM_TYPE: Final = "application/problem+json"
DOCS: Final = "urn:nba:error:"  # an identifier, not an address; docs/reference/errors.md explains each


class SettingsError(NBAError):
    """The environment holds settings that cannot be; one line per problem."""

    code = "SETTINGS_INVALID"


class FactsError(NBAError):
    """Computed facts cannot be used.

    Their module cannot be imported, or offers what are no facts.
    """

    code = "FACTS_INVALID"


class PicturesError(NBAError):
    """The module that paints pictures cannot be imported, or Pillow is missing."""

    code = "PICTURES_INVALID"


class AudienceError(NBAError):
    """A list of customers cannot be read or written."""

    code = "AUDIENCE_INVALID"


class StoreError(NBAError):
    """The store cannot be opened, or its schema is of another version."""

    code = "STORE_UNAVAILABLE"


class ContentionError(StoreError):
    """Others kept writing about the same customer; the store itself is well."""


class StoreRefusalError(StoreError):
    """The store is well and cannot hold what it was given.

    A value, or a relation between two.
    """

    code = "DATA_REFUSED"


class DiskFullError(NBAError):
    """A disk that the service writes to has no room."""

    code = "DISK_FULL"


class TransferError(NBAError):
    """A table cannot be imported or exported.

    A missing file, column or type.
    """

    code = "TRANSFER_INVALID"


class RetentionError(NBAError):
    """Something that is still needed would be deleted."""

    code = "RETENTION_REFUSED"


@dataclass(frozen=True, slots=True)
class Kind:
    """What all problems of one code share."""

    status: int
    title: str


KINDS: Final[Mapping[str, Kind]] = {
    # the body as a whole
    "BODY_NOT_JSON": Kind(400, "The body is not JSON"),
    "BODY_TOO_DEEP": Kind(400, "The JSON is nested too deeply"),
    "DUPLICATE_KEY": Kind(400, "The JSON has the same key twice"),
    "BODY_TOO_LARGE": Kind(413, "The body is too large"),
    "CONTENT_TYPE": Kind(415, "The body must be JSON"),
    # the request does not fit the schema
    "REQUEST_INVALID": Kind(422, "The request has several problems"),
    "FIELD_REQUIRED": Kind(422, "A field is missing"),
    "FIELD_TYPE": Kind(422, "A field has the wrong type"),
    "FIELD_RANGE": Kind(422, "A field is outside its bounds"),
    "ID_PLACEHOLDER": Kind(422, "The id is a placeholder"),
    "TEXT_INVALID": Kind(422, "A text is not Unicode"),
    "UNKNOWN_FIELD": Kind(422, "There is no such field"),
    "TIME_INVALID": Kind(422, "A time cannot be read"),
    "TIME_ZONE_MISSING": Kind(422, "A time has no time zone"),
    "TIME_IN_FUTURE": Kind(422, "A time is in the future"),
    # the request does not fit the journey file
    "UNKNOWN_PHASE": Kind(422, "The journey file has no such phase"),
    "UNKNOWN_CHANNEL": Kind(422, "The journey file has no such channel"),
    "UNKNOWN_PLACEMENT": Kind(422, "The journey file has no such placement"),
    "UNKNOWN_ACTION": Kind(422, "The journey file has no such action"),
    "UNKNOWN_OUTCOME": Kind(422, "The journey file has no such outcome"),
    "UNKNOWN_ATTRIBUTE": Kind(422, "The journey file has no such attribute"),
    "ATTRIBUTE_VALUE": Kind(422, "An attribute has a value that the journey file does not allow"),
    "PROPERTY_VALUE": Kind(422, "A property of an event has a value that the journey file does not allow"),
    "UNKNOWN_ROLE": Kind(422, "The journey file has no such role"),
    "UNKNOWN_NAME": Kind(422, "The journey file has no such name"),
    "DATA_REFUSED": Kind(422, "The store cannot hold this"),
    "HISTORY_INVALID": Kind(422, "The interactions cannot be a history"),
    # the request does not fit what is stored
    "IDEMPOTENCY_MISMATCH": Kind(422, "The id is taken by another content"),
    "IDEMPOTENCY_IN_FLIGHT": Kind(409, "The first request with this key still runs"),
    "IDEMPOTENCY_KEY_INVALID": Kind(400, "The Idempotency-Key cannot be used"),
    "DECISION_UNKNOWN": Kind(404, "There is no such decision"),
    "CUSTOMER_UNKNOWN": Kind(404, "There is no such customer"),
    "ACCOUNT_UNKNOWN": Kind(404, "There is no such account"),
    "ACCOUNT_FULL": Kind(409, "The account has too many people"),
    "WORKLIST_UNKNOWN": Kind(404, "There is no such list"),
    "WORKLIST_RUNNING": Kind(409, "Another list is being made"),
    "WORKLIST_UNFINISHED": Kind(409, "The list is not done"),
    "ALIAS_TAKEN": Kind(409, "The id stands for another customer"),
    "ALIAS_UNKNOWN": Kind(404, "The id is no alias of the customer"),
    "BUNDLE_UNKNOWN": Kind(404, "There is no such bundle"),
    "BUNDLE_REFUSED": Kind(409, "The bundle may not take this role"),
    "BUNDLE_GONE": Kind(409, "The bundle of this decision is no longer there"),
    "REPLAY_IMPOSSIBLE": Kind(409, "The decision can no longer be replayed"),
    # who asks
    "KEY_MISSING": Kind(401, "An API key is needed"),
    "KEY_INVALID": Kind(401, "The API key opens nothing"),
    "SCOPE_MISSING": Kind(403, "The API key may not do this"),
    "ORIGIN_REFUSED": Kind(403, "The API key is for other pages"),
    "PLACEMENT_REFUSED": Kind(403, "The API key is for other placements"),
    "ID_REFUSED": Kind(403, "The id could be somebody else's"),
    "SESSION_NEEDED": Kind(401, "The console asks you to sign in"),
    "FORM_EXPIRED": Kind(403, "The form is not one of this session"),
    "SECOND_PERSON": Kind(403, "A second person has to agree"),
    "RATE_LIMITED": Kind(429, "Too many requests"),
    # who a visitor of a page is
    "IDENTITY_REQUIRED": Kind(403, "A page must prove who the customer is"),
    "IDENTITY_INVALID": Kind(403, "The token says nothing"),
    "IDENTITY_OFF": Kind(409, "Pages cannot say who their visitor is"),
    # the address or the method
    "BAD_REQUEST": Kind(400, "The request cannot be understood"),
    "NOT_FOUND": Kind(404, "There is nothing at this address"),
    "METHOD_NOT_ALLOWED": Kind(405, "This address does not take that method"),
    "REQUEST_TIMEOUT": Kind(408, "The request did not come in time"),
    "ADDRESS_TOO_LONG": Kind(414, "The address is too long"),
    "EXPECTATION_UNKNOWN": Kind(417, "The header Expect asks for something unknown"),
    "HEADERS_TOO_LARGE": Kind(431, "The headers are too many or too long"),
    "TRANSFER_CODING": Kind(501, "The body's transfer coding is not known"),
    # us
    "OVERLOADED": Kind(503, "More requests come than can be answered in time"),
    "STORE_UNAVAILABLE": Kind(503, "The store is not available"),
    "JOURNAL_UNAVAILABLE": Kind(503, "Neither the store nor the journal can take it"),
    "NOT_READY": Kind(503, "The service is not ready"),
    "INTERNAL": Kind(500, "Something went wrong on our side"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """One problem of one field; ``field`` is a path such as ``interactions[0].occurred_at``."""

    field: str
    code: str
    detail: str

    def to_json(self) -> dict[str, str]:
        return {"field": self.field, "code": self.code, "detail": self.detail}


class Problem(NBAError):  # noqa: N818 - the word of RFC 9457
    """A failure on its way to a client.

    ``detail`` says what was expected, what came, what to do.
    """

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.code = kind  # type: ignore[misc]  # one class for all codes of the edge
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        return KINDS[self.kind].status

    def to_json(self, instance: str | None = None) -> dict[str, Any]:
        """The problem as RFC 9457 has it, with ``code`` and ``errors`` of our own."""
        body: dict[str, Any] = {
            "type": DOCS + self.kind,
            "title": KINDS[self.kind].title,
            "status": self.status,
            "detail": str(self),
            "code": self.kind,
        }
        if instance is not None:
            body["instance"] = instance
        if self.errors:
            body["errors"] = [error.to_json() for error in self.errors]
        return body


class DecisionIdTakenError(Problem):
    """The id of a decision holds another request already."""

    def __init__(self, decision_id: str) -> None:
        super().__init__(
            "IDEMPOTENCY_MISMATCH",
            f"Expected the same request as before for decision_id {decision_id!r}, got another one."
            " Use a new decision_id for a new decision.",
        )
        self.decision_id = decision_id


def problem_of_fields(errors: Sequence[FieldProblem]) -> Problem:
    """One problem out of one or many: the code they share, else ``REQUEST_INVALID``."""
    codes = {error.code for error in errors}
    kind = codes.pop() if len(codes) == 1 else "REQUEST_INVALID"
    first = errors[0]
    detail = f"{first.field}: {first.detail}" if first.field else first.detail
    if len(errors) > 1:
        detail += f" (and {len(errors) - 1} more, see errors)"
    return Problem(kind, detail, errors=errors)

"""A request with ``Idempotency-Key`` gets one answer.

Sent again, it gets the answer of the first, byte for byte. After the IETF draft "The Idempotency-Key HTTP
Header Field". Another body under the same key is refused, a request whose twin is still being answered is
told to wait. Answers below 500 are kept; a request that failed on our side may be tried again. Knows requests
and answers; knows nothing of what they mean. Where the store does not answer the request goes on without: a
decision is worth more than its repetition.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import flask
import structlog

from nba_service.access.pages import IDENTITY_HEADER
from nba_service.access.request_names import names_in_request
from nba_service.errors import Problem, StoreError
from nba_service.http.application import the_globals, the_request
from nba_service.keys.key import Key
from nba_service.store.records.idempotency_keys import KeptRequest, RequestTable

log = structlog.get_logger(__name__)

HEADER: Final = "Idempotency-Key"
MOST_NAMES: Final = 50_000
"""Ids that a kept answer may be about: each costs a row, for erasure."""
_KEY: Final = re.compile(r'"?([\x21\x23-\x7e]{1,255})"?')
_METHODS: Final = ("POST", "PUT")
_STUCK_MS: Final = 60_000  # a request that is not answered after a minute never will be
_CLEAN_EVERY: Final = 500


@dataclass(frozen=True, slots=True)
class _Claim:
    key: str
    at: int


class Idempotency:
    """Watches one application's requests.

    Args:
        ask: runs something with the store, for a bounded time; raises ``StoreError`` after it.
        now_ms: the present, milliseconds since 1970 UTC.
    """

    def __init__(
        self,
        table: RequestTable,
        *,
        ask: Callable[[Callable[[], Any]], Any],
        now_ms: Callable[[], int],
        hours: float,
    ) -> None:
        self._table = table
        self._ask = ask
        self._now_ms = now_ms
        self._kept_ms = int(hours * 3_600_000)
        self._claims = 0

    def watch(self, app: flask.Flask) -> None:
        app.before_request(self.claim)
        app.after_request(self.keep)

    def claim(self) -> flask.Response | None:
        """Claim the current request's key, or answer what its twin was answered.

        Raises:
            Problem: ``IDEMPOTENCY_KEY_INVALID``, ``IDEMPOTENCY_MISMATCH`` or ``IDEMPOTENCY_IN_FLIGHT``.
        """
        request = the_request()
        given = request.headers.get(HEADER)
        caller = None if given is None else the_globals().get("key")
        if given is None or caller is None or request.method not in _METHODS:
            return None
        body = request.get_data(cache=True)
        claim = _Claim(_request_key(caller, given), self._now_ms())
        fingerprint = hashlib.sha256(b"\0".join((_address(), body, *_proof()))).hexdigest()
        about = names_in_request(request, body)
        if len(about) > MOST_NAMES:
            raise Problem(
                "IDEMPOTENCY_KEY_INVALID",
                f"Expected a request that names at most {MOST_NAMES} ids with an {HEADER}, got {len(about)}."
                " Send it in parts, each with a key of its own.",
            )
        try:
            self._clean(claim.at)
            kept_request = self._ask(lambda: self._claimed(claim, fingerprint, about))
        except StoreError as error:
            log.warning("idempotency_key_not_kept", detail=str(error))
            return None
        if kept_request is None:
            flask.g.idempotency_claim = claim
            return None
        return _answer_again(kept_request, fingerprint)

    def _claimed(self, claim: _Claim, fingerprint: str, about: frozenset[str]) -> KeptRequest | None:
        return self._table.claim(
            claim.key,
            fingerprint,
            about,
            at=claim.at,
            kept_since=claim.at - self._kept_ms,
            stuck_since=claim.at - _STUCK_MS,
        )

    def keep(self, answer: flask.Response) -> flask.Response:
        """Keep what a claimed request is answered."""
        claim: _Claim | None = the_globals().get("idempotency_claim")
        if claim is None:
            return answer
        status, kind = answer.status_code, answer.content_type or ""
        try:
            if status >= 500:
                self._ask(lambda: self._table.release(claim.key, claim.at))
            else:
                body = answer.get_data()
                self._ask(lambda: self._table.answer(claim.key, claim.at, status, kind, body))
        except StoreError as error:
            log.warning("idempotency_key_not_kept", detail=str(error))
        return answer

    def _clean(self, now: int) -> None:
        self._claims += 1
        if self._claims % _CLEAN_EVERY == 1:
            self._ask(lambda: self._table.forget_before(now - self._kept_ms))


def _answer_again(first: KeptRequest, fingerprint: str) -> flask.Response:
    if first.fingerprint != fingerprint:
        raise Problem(
            "IDEMPOTENCY_MISMATCH",
            f"Expected the request that first came with this {HEADER}, got another body or address."
            " Use a new key for a new request.",
        )
    if first.status is None:
        raise Problem(
            "IDEMPOTENCY_IN_FLIGHT",
            f"Expected the first request with this {HEADER} to be answered, but it still runs. Ask again.",
            headers={"Retry-After": "1"},
        )
    answer = flask.Response(first.body, status=first.status, content_type=first.content_type)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _request_key(caller: Key, given: str) -> str:
    """Keys of different callers never meet, nor a page's and a server's; no caller's words are stored."""
    match = _KEY.fullmatch(given.strip())
    if match is None:
        raise Problem(
            "IDEMPOTENCY_KEY_INVALID",
            f"Expected {HEADER} to be 1 to 255 printable characters without blanks, got {len(given)} others."
            " A random UUID will do.",
        )
    owner = f"{caller.name}\0page" if caller.publishable else caller.name
    return hashlib.sha256(f"{owner}\0{match[1]}".encode()).hexdigest()


def _address() -> bytes:
    return f"{flask.request.method} {flask.request.full_path}".encode()


def _proof() -> Iterator[bytes]:
    """The token that a page shows: without it nobody gets the answer again."""
    token = flask.request.headers.get(IDENTITY_HEADER)
    if token is not None:
        yield token.encode()

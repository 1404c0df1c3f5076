"""Who a visitor is.

A token that only the site's own server can get, shown by a browser once. A page's key is public, so a page
alone may never say "I am customer c-1042". The server, which has seen the password, asks for a token with its
secret key; the browser shows the token, and its visitor id becomes an alias of the customer, or it asks for a
decision about the customer. Knows signatures and time; merging is the business of ``Customers``.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

from itsdangerous import BadData, URLSafeSerializer

from nba_service.clock import Clock
from nba_service.customers.profiles import Customers
from nba_service.errors import Problem
from nba_service.settings import Settings
from nba_service.web.calls import IdentifyCall, IdentityCall

_SALT: Final = "nba.identity"


class Identities:
    """Makes tokens and takes them back."""

    def __init__(self, settings: Settings, customers: Customers, clock: Clock) -> None:
        self._secret = settings.identity_secret
        self._customers = customers
        self._clock = clock

    def token(self, call: IdentityCall) -> tuple[str, datetime]:
        """A token for a customer, and when it ends.

        Raises:
            Problem: ``IDENTITY_OFF``, if there is no secret to sign with.
        """
        expires_at = self._clock().astimezone(UTC).replace(microsecond=0) + timedelta(minutes=call.minutes)
        value = {"customer": call.customer_id, "until": int(expires_at.timestamp())}
        signed = self._serializer().dumps(value)
        return signed if isinstance(signed, str) else signed.decode(), expires_at

    def identify(self, call: IdentifyCall) -> None:
        """Make the visitor one with the token's customer; harmless when they are one already.

        Raises:
            Problem: ``IDENTITY_INVALID`` (changed, or too old), or ``ALIAS_TAKEN``: this visitor is
                somebody else.
        """
        self._customers.add_aliases(self.customer_of(call.token), [call.visitor])

    def customer_of(self, token: str) -> str:
        """The customer whom a token proves.

        Raises:
            Problem: ``IDENTITY_INVALID`` (changed, or too old), or ``IDENTITY_OFF``.
        """
        try:
            value = self._serializer().loads(token)
            customer, until = str(value["customer"]), int(value["until"])
        except (BadData, KeyError, TypeError, ValueError):
            raise _invalid("got one that was not signed here") from None
        if until < self._clock().timestamp():
            raise _invalid("got one that is too old")
        return customer

    def _serializer(self) -> URLSafeSerializer:
        if self._secret is None:
            raise Problem(
                "IDENTITY_OFF",
                "Expected a secret to sign identities with, got none. Set NBA_IDENTITY_SECRET to 32 random"
                " characters or more, the same for all replicas.",
            )
        return URLSafeSerializer(self._secret, salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256})


def _invalid(got: str) -> Problem:
    return Problem(
        "IDENTITY_INVALID",
        f"Expected a token of POST /v1/identities, {got}. Have the server of the page ask for a new one.",
    )

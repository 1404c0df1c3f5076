"""Addresses in mails.

Tokens that are signed, end, and say nothing about anybody. A token names a decision by an id that was hashed
from the mail and the recipient, and the placement. Two secrets may be set, so that one can be replaced while
mails signed with it are still read: the first signs, both are believed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeSerializer

from nba_service.clock import Clock

_SALT: Final = "nba.mail"
_DAY: Final = 86_400


class LinkStage(StrEnum):
    """When what a link leads to was decided."""

    SENT = "s"
    OPENED = "o"


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """What the token of a link says. ``until``: seconds since 1970."""

    stage: LinkStage
    decision_id: str
    placement: str
    until: int


class SignedLinks:
    """Makes the addresses and reads their tokens."""

    def __init__(self, secrets: Sequence[str], base_url: str | None, days: int, clock: Clock) -> None:
        """``base_url``: where customers reach this service; None, or no secret: there are no such links."""
        self._base = base_url
        self._seconds = days * _DAY
        self._clock = clock
        self._serializer = (
            URLSafeSerializer(
                list(reversed(secrets)), salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256}
            )
            if secrets
            else None
        )

    @property
    def on(self) -> bool:
        return self._serializer is not None and self._base is not None

    def click(self, stage: LinkStage, decision_id: str, placement: str) -> str:
        """Where a click is counted; empty: there are no such links."""
        return f"{self._base}/c/{self._token(stage, decision_id, placement)}" if self.on else ""

    def image(self, decision_id: str, placement: str) -> str:
        """The picture that is decided when it is looked at; empty: there are no such links."""
        return (
            f"{self._base}/i/{self._token(LinkStage.OPENED, decision_id, placement)}.png" if self.on else ""
        )

    def read(self, token: str) -> LinkTarget | None:
        """What a token says; None: it was not signed here."""
        if self._serializer is None or len(token) > 1_000:
            return None
        try:
            stage, decision_id, placement, until = self._serializer.loads(token)
            return LinkTarget(LinkStage(stage), str(decision_id), str(placement), int(until))
        except (BadData, TypeError, ValueError):
            return None

    def is_over(self, target: LinkTarget) -> bool:
        return target.until < self._clock().timestamp()

    def _token(self, stage: LinkStage, decision_id: str, placement: str) -> str:
        if self._serializer is None:
            raise LookupError("there is no secret to sign links with")
        # The same mail gets the same addresses, however often it is fetched on a day.
        until = (int(self._clock().timestamp()) // _DAY + 1) * _DAY + self._seconds
        signed = self._serializer.dumps([stage.value, decision_id, placement, until])
        return signed if isinstance(signed, str) else signed.decode()


def may_lead_to(hosts: Sequence[str], url: str) -> bool:
    """Whether a click may lead to an address: http or https, a host that the journey file allows, no
    user name, and nothing in it that browsers read otherwise than we do."""
    if "\\" in url or any(ord(sign) <= 32 for sign in url):
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "@" not in parts.netloc and port is None and host in hosts

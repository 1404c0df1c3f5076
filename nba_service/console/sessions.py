"""Who has signed in to the console.

A key with the scope ``console`` opens a session: a signed cookie that names the key and ends by itself. The
key is looked up at every request, so one that is revoked opens nothing from then on. Forms carry a token of
their session. Without such a key there is no console at all.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from itsdangerous import BadData, URLSafeSerializer

from nba_service.access.key_ring import KeyRing
from nba_service.access.rates import Rates
from nba_service.errors import Problem
from nba_service.keys.key import Key
from nba_service.keys.scopes import Scope

SIGN_INS_PER_MINUTE: Final = 10
_SALT: Final = "nba console session"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has signed in, and their key.

    ``form``: token of their forms.
    """

    key: Key
    form: str

    def may(self, scope: Scope) -> bool:
        """Whether the key has a scope besides ``console``."""
        return scope in self.key.scopes

    def require(self, scope: Scope) -> None:
        """Refuse what the key may not do.

        Raises:
            Problem: ``SCOPE_MISSING``.
        """
        if not self.may(scope):
            raise Problem(
                "SCOPE_MISSING",
                f"Expected a key with the scope {scope}, got one with {', '.join(sorted(self.key.scopes))}."
                f" Create one: nba keys create NAME --scope console --scope {scope}",
            )


class Sessions:
    """Opens and recognises sessions.

    ``secret`` None: one of this process; ``nba serve`` gives all its workers the same.
    """

    def __init__(
        self, *, secret: str | None, hours: float, ring: KeyRing, rates: Rates, clock: Callable[[], datetime]
    ) -> None:
        self.seconds = round(hours * 3600)
        self._secret = secret or secrets.token_hex(32)
        self._signer = URLSafeSerializer(self._secret, salt=_SALT)
        self._ring = ring
        self._rates = rates
        self.now = clock

    def exist(self) -> bool:
        """Whether there is a console: somebody must be able to sign in."""
        return self._ring.any_with(Scope.CONSOLE)

    def sign_in(self, token: str, address: str) -> str:
        """The cookie of a new session.

        Raises:
            Problem: ``RATE_LIMITED``, ``KEY_INVALID`` or ``SCOPE_MISSING``.
        """
        wait = self._rates.exceeded("sign-in", address, SIGN_INS_PER_MINUTE)
        if wait is not None:
            raise Problem(
                "RATE_LIMITED",
                f"Expected at most {SIGN_INS_PER_MINUTE} sign-ins a minute from one address, got more."
                f" Wait {wait} s.",
                headers={"Retry-After": str(wait)},
            )
        key = self._ring.find(token.strip())
        if key is None or key.publishable:
            raise Problem("KEY_INVALID", "Expected a live secret key (nbask_…), got another text.")
        Session(key, "").require(Scope.CONSOLE)
        ends_at = int(self.now().timestamp()) + self.seconds
        cookie: str = self._signer.dumps([key.key_id, ends_at, secrets.token_hex(8)])
        return cookie

    def find(self, cookie: str) -> Session | None:
        """The session of a cookie; None if it is none, has ended, or its key opens nothing any more."""
        try:
            key_id, ends_at, nonce = self._signer.loads(cookie)
        except (BadData, ValueError, TypeError):
            return None
        if self.now().timestamp() >= ends_at:
            return None
        key = self._ring.by_id(str(key_id))
        if key is None or Scope.CONSOLE not in key.scopes:
            return None
        return Session(key, self._form(str(nonce)))

    def check_form(self, session: Session, token: str) -> None:
        """Refuse a form that does not come from a page of this session.

        Raises:
            Problem: ``FORM_EXPIRED``.
        """
        if not hmac.compare_digest(session.form.encode(), token.encode()):
            raise Problem(
                "FORM_EXPIRED",
                "Expected the token of this session in the form, got another. Load the page again.",
            )

    def _form(self, nonce: str) -> str:
        return hmac.new(self._secret.encode(), nonce.encode(), "sha256").hexdigest()

"""Customers in logs.

A short salted hash, the same for the same customer within one salt.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

_BYTES: Final = 6
MOST_IDS: Final = 20
"""Decision ids that one line of the log names."""


class CustomerRef:
    """Turns customer ids into references that say only "the same".

    Args:
        salt: kept out of logs; None: one of this process's own, so that references of two runs differ.
    """

    def __init__(self, salt: str | None = None) -> None:
        self._key = hashlib.sha256((salt or secrets.token_hex(32)).encode()).digest()

    def __call__(self, customer_id: str) -> str:
        """The reference, such as ``c_9f2c41d07aa3``."""
        return "c_" + hashlib.blake2b(customer_id.encode(), key=self._key, digest_size=_BYTES).hexdigest()

    def in_text(self, text: str, *customer_ids: str) -> str:
        """``text`` with a customer's ids replaced: callers put them into ids of decisions."""
        for one in sorted(set(customer_ids), key=len, reverse=True):
            if one and one in text:
                text = text.replace(one, self(one))
        return text

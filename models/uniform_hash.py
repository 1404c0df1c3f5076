"""A number in [0, 1) from a text.

The same in every process, and like a fair draw over texts.
"""

from __future__ import annotations

import hashlib


def uniform_hash(text: str) -> float:
    """The first 53 bits of the SHA-256 of ``text``, as a fraction.

    Anybody who has the text can compute it again, so that an assignment or a draw needs no record. Texts of
    different purposes must not collide: put a salt, and where it ends, in front.

    Example:
        >>> uniform_hash("0:d-1")
        0.45306036894989254
    """
    digest = hashlib.sha256(text.encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) * 2.0**-53

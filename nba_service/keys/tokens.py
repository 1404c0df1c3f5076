"""The text of an API key.

Made, recognised and hashed; nothing of it is ever stored but the hash. ``nbask_`` (secret) or ``nbapk_``
(publishable), 40 random letters and digits (238 bits), six of checksum. The prefix lets secret scanners find
a leaked key, the checksum lets a typing mistake be refused without a look at the store. SHA-256 is enough for
the hash: a slow one protects what people choose, and nobody can try 2^238 keys. Why:
docs/adr/0008-api-keys.md.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from collections.abc import Callable
from enum import StrEnum
from typing import Final

_ALPHABET: Final = string.ascii_letters + string.digits
_LENGTH: Final = 40
_TOKEN: Final = re.compile(rf"(nbask|nbapk)_([A-Za-z0-9]{{{_LENGTH}}})([A-Za-z0-9]{{6}})")


class KeyKind(StrEnum):
    """A secret key stays on servers.

    A publishable one stands in a page for everybody to read.
    """

    SECRET = "secret"  # noqa: S105 - the name of a kind
    PUBLISHABLE = "publishable"


_PREFIX: Final = {KeyKind.SECRET: "nbask", KeyKind.PUBLISHABLE: "nbapk"}
_KIND: Final = {prefix: kind for kind, prefix in _PREFIX.items()}


def make_token(kind: KeyKind, choose: Callable[[str], str] = secrets.choice) -> str:
    """A new key's text; ``choose`` takes one character of an alphabet."""
    body = f"{_PREFIX[kind]}_" + "".join(choose(_ALPHABET) for _ in range(_LENGTH))
    return body + _checksum(body)


def token_kind(text: str) -> KeyKind | None:
    """The kind of a well-formed key; None for anything else."""
    match = _TOKEN.fullmatch(text)
    if match is None or _checksum(text[:-6]) != match[3]:
        return None
    return _KIND[match[1]]


def token_hash(token: str) -> str:
    """What is stored: SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def _checksum(body: str) -> str:
    rest, digits = zlib.crc32(body.encode()), []
    for _ in range(6):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)

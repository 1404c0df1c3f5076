"""The header ``Content-Encoding``.

Bodies as they were before they were zipped, whole or refused.
"""

from __future__ import annotations

import zlib
from typing import Final

from werkzeug.exceptions import RequestEntityTooLarge

from nba_service.errors import Problem

_GZIP: Final = frozenset({"gzip", "x-gzip"})
_MOST_MEMBERS: Final = 1_000
"""An empty member takes 20 bytes and unzips to nothing, so their number needs a bound of its own."""


def decode(data: bytes, coding: str, limit: int | None) -> bytes:
    """The body behind its coding (RFC 9110, section 8.4).

    Args:
        coding: the header ``Content-Encoding``; empty or ``identity``: as it is.
        limit: most bytes of the result; None: no bound.

    Raises:
        Problem: ``CONTENT_TYPE`` (415) for a coding other than gzip; ``BODY_NOT_JSON`` for what is no gzip,
            a part of one, or has something else behind it.
        RequestEntityTooLarge: it is longer than ``limit``.
    """
    named = coding.strip().lower()
    if named in ("", "identity"):
        return data
    if named not in _GZIP:
        raise Problem(
            "CONTENT_TYPE",
            f"Expected Content-Encoding: gzip, or none, got {coding[:64]!r}. Send the body as it is.",
            headers={"Accept-Encoding": "gzip"},
        )
    return _unzipped(data, limit)


def _unzipped(data: bytes, limit: int | None) -> bytes:
    """All members of a gzip file (RFC 1952, section 2.2), one after the other."""
    parts: list[bytes] = []
    size = 0
    for _ in range(_MOST_MEMBERS):
        part, data = _member(data, None if limit is None else limit - size)
        parts.append(part)
        size += len(part)
        if not data:
            return b"".join(parts)
    raise Problem("BODY_NOT_JSON", f"Expected a body of at most {_MOST_MEMBERS} gzip members, got more.")


def _member(data: bytes, limit: int | None) -> tuple[bytes, bytes]:
    """The first member, unzipped, and the bytes behind it."""
    unzip = zlib.decompressobj(wbits=31)
    try:
        body = unzip.decompress(data, 0 if limit is None else limit + 1)
    except zlib.error:
        raise Problem("BODY_NOT_JSON", "Expected a body zipped by gzip, got something else.") from None
    if limit is not None and len(body) > limit:
        raise RequestEntityTooLarge
    if not unzip.eof:
        raise Problem("BODY_NOT_JSON", "Expected a body zipped by gzip, got a part of one.")
    return body, unzip.unused_data

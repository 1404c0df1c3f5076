"""JSON in, JSON out.

Strict, bounded, and with words for what is wrong. Knows bytes and plain values; knows nothing of schemas.
orjson refuses NaN and Infinity and invalid UTF-8; depth and repeated keys are checked here, because the last
of two equal keys would win silently.
"""

from __future__ import annotations

import json
import re
from typing import Final, TypeAlias

import orjson

from nba_service.errors import Problem

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
"""A JSON value."""

MAX_DEPTH: Final = 16
_CLOSED: Final = re.compile(rb'(?<!\\)"[ \t\r\n]*:')


def parse_json(body: bytes) -> Json:
    """The value that ``body`` holds.

    Raises:
        Problem: ``BODY_NOT_JSON`` (empty, cut, NaN, Infinity, not UTF-8), ``BODY_TOO_DEEP`` (more than
            16 levels) or ``DUPLICATE_KEY``.
    """
    try:
        value: Json = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _not_json(body, error) from None
    if _count_keys(value, 1) != len(_CLOSED.findall(body)) or b'\\\\"' in body:
        _refuse_duplicates(body)
    return value


def dump_json(value: object) -> bytes:
    """Compact UTF-8 JSON; times as RFC 3339 with ``Z``."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY)


def canonical_json(value: object) -> str:
    """The same text for the same value, whatever the order of its keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z).decode()


def _not_json(body: bytes, error: orjson.JSONDecodeError) -> Problem:
    if not body.strip():
        return Problem("BODY_NOT_JSON", "Expected a JSON object, got an empty body. Send at least {}.")
    if "depth limit" in error.msg:
        return _too_deep()
    hint = ""
    if re.search(rb"\b(NaN|-?Infinity)\b", body):
        hint = " NaN and Infinity are not JSON: leave the field out or send null."
    return Problem(
        "BODY_NOT_JSON",
        f"Expected JSON (RFC 8259, UTF-8), got something else at line {error.lineno}, column {error.colno}:"
        f" {error.msg.split(':')[0]}.{hint}",
    )


def _too_deep() -> Problem:
    return Problem(
        "BODY_TOO_DEEP", f"Expected JSON of at most {MAX_DEPTH} levels, got more. Flatten the properties."
    )


def _count_keys(value: object, depth: int) -> int:
    """How many keys the objects in ``value`` have, all levels together."""
    if depth > MAX_DEPTH:
        raise _too_deep()
    if isinstance(value, dict):
        return len(value) + sum(
            _count_keys(item, depth + 1) for item in value.values() if isinstance(item, dict | list)
        )
    if isinstance(value, list):
        return sum(_count_keys(item, depth + 1) for item in value if isinstance(item, dict | list))
    return 0


def _refuse_duplicates(body: bytes) -> None:
    """The slow and exact check, run only when counting says that a key may be there twice."""

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        seen: set[str] = set()
        for key, _ in items:
            if key in seen:
                raise Problem(
                    "DUPLICATE_KEY",
                    f"Expected every key once in an object, got {key[:64]!r} twice. Keep one of them.",
                )
            seen.add(key)
        return dict(items)

    json.loads(body, object_pairs_hook=pairs, parse_int=str, parse_float=str)

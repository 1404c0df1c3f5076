"""JSON in, JSON out.

Strict, bounded, and with words for what is wrong. Knows bytes and plain values; knows nothing of schemas.
orjson refuses NaN and Infinity and invalid UTF-8; depth and repeated keys are checked here, because the last
of two equal keys would win silently.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final, NoReturn, TypeAlias, TypeGuard

import orjson

from nba_service.errors import FieldProblem, Problem, problem_of_fields

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
"""A JSON value."""

MAX_DEPTH: Final = 16
_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_LONE: Final = re.compile("[\ud800-\udfff]")
_CLOSED: Final = re.compile(rb'(?<!\\)"[ \t\r\n]*:')


@dataclass(frozen=True, slots=True)
class HalfText:
    """An element of a batch with a text that is not Unicode.

    Half of a surrogate pair stands at ``path``. ``raw``: the element as it came; its texts
    may not be stored or answered.
    """

    raw: object
    path: str

    def problem(self) -> Problem:
        """What is wrong with it."""
        detail = "expected Unicode, got half of a surrogate pair. Cut texts by code points."
        return problem_of_fields([FieldProblem(field=self.path, code="TEXT_INVALID", detail=detail)])


def parse_json(body: bytes, *, parts: str | None = None) -> Json:
    """The value that ``body`` holds.

    Args:
        parts: the field whose elements stand alone. One of them that holds half of a surrogate pair comes
            as a ``HalfText`` and costs the others nothing.

    Raises:
        Problem: ``BODY_NOT_JSON`` (empty, cut, NaN, Infinity, not UTF-8), ``BODY_TOO_DEEP`` (more than
            16 levels) or ``DUPLICATE_KEY``.
    """
    try:
        value: Json = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if parts is None or not _HALF.search(body):
            raise _not_json(body, error) from None
        value = _parts_alone(body, parts, error)
    if _count_keys(value, 1) != len(_CLOSED.findall(body)) or b'\\\\"' in body:
        _refuse_duplicates(body)
    return value


def dump_json(value: object) -> bytes:
    """Compact UTF-8 JSON; times as RFC 3339 with ``Z``."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY)


def canonical_json(value: object) -> str:
    """The same text for the same value, whatever the order of its keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z).decode()


def plain_numbers(value: object) -> object:
    """The value with whole numbers as integers: ``1.0`` is ``1``, so that both have one hash.

    Only those that JSON is written with here: 64 bits.
    """
    if isinstance(value, float) and value.is_integer() and -(2.0**63) <= value < 2.0**64:
        return int(value)
    if isinstance(value, dict):
        return {name: plain_numbers(item) for name, item in value.items()}
    return [plain_numbers(item) for item in value] if isinstance(value, list | tuple) else value


def half_in(value: object, path: str = "") -> str | None:
    """Where the first text with half of a surrogate pair stands; None: there is none."""
    if isinstance(value, str):
        return path if _LONE.search(value) else None
    items: list[tuple[str, object]] = []
    if isinstance(value, dict):
        if any(_LONE.search(key) for key in value):
            return path or "a name"
        items = [(f"{path}.{key}" if path else str(key), item) for key, item in value.items()]
    elif isinstance(value, list):
        items = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    return next((found for name, item in items if (found := half_in(item, name)) is not None), None)


def can_be_said(value: object) -> TypeGuard[str]:
    """Whether a value is a text that may be stored and answered."""
    return isinstance(value, str) and half_in(value) is None


def _parts_alone(body: bytes, parts: str, error: orjson.JSONDecodeError) -> Json:
    """The body with ``HalfText`` in place of the parts that are not Unicode; only they may be wrong."""
    try:
        value = json.loads(body.decode(), parse_constant=_no_constant, parse_int=_whole)
        _count_keys(value, 1)
    except (ValueError, RecursionError):
        raise _not_json(body, error) from None
    rest = value
    if isinstance(value, dict) and isinstance(value.get(parts), list):
        rest = {name: item for name, item in value.items() if name != parts}
        elements = [(element, half_in(element)) for element in value[parts]]
        value[parts] = [raw if path is None else HalfText(raw, path) for raw, path in elements]
    if half_in(rest) is not None:
        raise _not_json(body, error)
    found: Json = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _whole(digits: str) -> int | float:
    """A whole number as orjson reads it: a fraction where it is longer than 64 bits."""
    if len(digits) > 20:
        return float(digits)
    return whole if -(2**63) <= (whole := int(digits)) < 2**64 else float(digits)


def same_json(one: object, other: object) -> bool:
    """Whether two JSON values are the same: ``1`` is ``1.0``, and neither is ``true``."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    return one == other


def _not_json(body: bytes, error: orjson.JSONDecodeError) -> Problem:
    if not body.strip():
        return Problem("BODY_NOT_JSON", "Expected a JSON object, got an empty body. Send at least {}.")
    if "depth limit" in error.msg:
        return _too_deep()
    hint = ""
    if re.search(rb"\b(NaN|-?Infinity)\b", body):
        hint = " NaN and Infinity are not JSON: leave the field out or send null."
    if "surrogate" in error.msg:
        hint = " It is half of a surrogate pair: cut texts by code points."
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

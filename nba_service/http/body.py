"""A request body becomes a validated call, or a problem.

The problem names every field that is wrong. Knows how marshmallow reports and how a problem reads; knows
nothing of what the calls mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

import flask
import marshmallow as ma
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import RequestEntityTooLarge

from nba_service.errors import FieldProblem, Problem, problem_of_fields
from nba_service.http.application import the_globals
from nba_service.http.content_coding import decode
from nba_service.http.fields import Expected
from nba_service.http.json_body import Json, parse_json

Accept = Callable[[Any], Any]

MAX_PROBLEMS: Final = 50  # in one answer
_PLAIN: Final = re.compile(r"[\w .:@/+-]{0,64}")
_JSON_TYPE: Final = re.compile(r"application/(?:[\w.+-]+\+)?json", re.IGNORECASE)


def body_loader(schema: type[ma.Schema], accept: Accept | None = None) -> Callable[[flask.Request], Any]:
    """What reads and loads the bodies of ``schema``; raises ``Problem`` for what it refuses.

    ``accept``: a quick way in that gives what the schema gives, or None where only the schema can tell.
    """
    loader = schema()
    plain, parts = getattr(schema, "plain_text", False), getattr(schema, "parts", None)

    def load(request: flask.Request) -> Any:
        body = read_body(request, plain=plain, parts=parts)
        loaded = None if accept is None else accept(body)
        if loaded is not None:
            return loaded
        try:
            return loader.load(cast("Mapping[str, object]", body))  # what is no object it refuses
        except ma.ValidationError as error:
            raise problem_of_messages(error.messages, body) from None

    return load


def read_body(request: flask.Request, *, plain: bool = False, parts: str | None = None) -> Json:
    """The JSON value of a request's body; kept for error texts.

    Args:
        plain: whether JSON may call itself ``text/plain``, as browsers send it when they may not ask first.
        parts: the field whose elements stand alone (``parse_json``).

    Raises:
        Problem: not JSON by its content type or coding (415), too large (413), too slow (408), or not
            parseable (400).
    """
    mimetype = request.mimetype
    if not _JSON_TYPE.fullmatch(mimetype) and not (plain and mimetype == "text/plain"):
        raise Problem(
            "CONTENT_TYPE",
            f"Expected Content-Type: application/json, got {mimetype[:64] or 'none'!r}.",
        )
    body = parse_json(received_body(request), parts=parts)
    the_globals().body = body
    return body


def received_body(request: flask.Request) -> bytes:
    """The bytes of a request's body, unzipped.

    Raises:
        Problem: it did not come whole (400, 408), or has another coding than gzip (415).
        RequestEntityTooLarge: it is longer than bodies may be.
    """
    try:
        data = request.get_data(cache=False)
    except TimeoutError:
        raise Problem(
            "REQUEST_TIMEOUT", "Expected the whole body in time, got a part of it. Send it again as a whole."
        ) from None
    except (OSError, ParseException):  # the client has gone, or its chunks or trailers cannot be read
        raise Problem("BAD_REQUEST", "Expected a whole body, got one that cannot be read.") from None
    limit = request.max_content_length
    if request.content_length is None and limit is not None and len(data) >= limit:
        raise RequestEntityTooLarge  # sent in chunks, and cut off at the limit without a word
    coding = request.headers.get("Content-Encoding")
    return data if coding is None else decode(data, coding, limit)


def problem_of_messages(messages: object, body: object) -> Problem:
    """The problem behind marshmallow's nested messages about ``body``."""
    return problem_of_fields(problems_of_messages(messages, body))


def problems_of_messages(messages: object, body: object) -> list[FieldProblem]:
    """What is wrong with ``body`` by marshmallow's nested messages; at most 50."""
    return list(_flatten(messages, "", body))[:MAX_PROBLEMS]


def _flatten(messages: object, path: str, value: object) -> Iterator[FieldProblem]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flatten(inner, *_step(path, key, value))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        yield _problem(path, message, value)


def _step(path: str, key: object, value: object) -> tuple[str, object]:
    """The path and value one level down. A dictionary's entry reports its ``key`` and ``value`` apart."""
    if key == "_schema":
        return path, value
    if isinstance(key, int):
        inside = value[key] if isinstance(value, list) and key < len(value) else None
        return f"{path}[{key}]", inside
    if key in ("key", "value") and not (isinstance(value, dict) and key in value):
        return path, value
    inside = value.get(key, ma.missing) if isinstance(value, dict) else ma.missing
    shown = str(key)[:64]
    return (f"{path}.{shown}" if path else shown), inside


def _problem(path: str, message: object, value: object) -> FieldProblem:
    if not isinstance(message, Expected):  # marshmallow's own words, should one slip through
        return FieldProblem(field=path, code="FIELD_TYPE", detail=str(message))
    detail = f"expected {message}, got {describe(value)}."
    return FieldProblem(field=path, code=message.code, detail=f"{detail} {message.remedy}".rstrip())


def describe(value: object) -> str:
    """A value as an error text may show it: short and plain, or only its kind and size."""
    if value is ma.missing:
        return "nothing"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value!r:.32}"
    if isinstance(value, str):
        return repr(value) if _PLAIN.fullmatch(value) else f"a text of {len(value)} characters"
    if isinstance(value, list):
        return f"a list of {len(value)} entries"
    return f"an object of {len(value)} entries" if isinstance(value, dict) else type(value).__name__

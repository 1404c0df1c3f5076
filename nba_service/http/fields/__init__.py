"""Strict marshmallow fields that say what they expected.

What they expected comes under a stable code. Knows single values: text, numbers, times, names, free JSON;
knows nothing of requests. marshmallow's own fields turn "1" into 1 and 1 into true; these do not, because a
caller who sends the wrong type should hear of it before a model does.
"""

from __future__ import annotations

from nba_service.http.fields.base import Expected, FieldOptions, Given
from nba_service.http.fields.containers import (
    MAX_PROPERTIES_BYTES,
    Listed,
    Mapped,
    Properties,
    RequestContext,
)
from nba_service.http.fields.texts import (
    MAX_NAME,
    MAX_TEXT,
    Document,
    Id,
    Locale,
    Name,
    Text,
    TimeZone,
    Word,
)
from nba_service.http.fields.values import (
    MAX_AMOUNT,
    MAX_NUMBER,
    Flag,
    Instant,
    Number,
    Scalar,
    Whole,
    parse_instant,
)

__all__ = [
    "MAX_AMOUNT",
    "MAX_NAME",
    "MAX_NUMBER",
    "MAX_PROPERTIES_BYTES",
    "MAX_TEXT",
    "Document",
    "Expected",
    "FieldOptions",
    "Flag",
    "Given",
    "Id",
    "Instant",
    "Listed",
    "Locale",
    "Mapped",
    "Name",
    "Number",
    "Properties",
    "RequestContext",
    "Scalar",
    "Text",
    "TimeZone",
    "Whole",
    "Word",
    "parse_instant",
]

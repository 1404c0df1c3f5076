"""Types of plain values, as msgspec reads what ``fields`` accept.

A body that is plainly right needs no schema; these say what plain is. What they let through still needs
``ids.read_id``, ``is_time_zone`` and ``parse_instant``, as noted.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from models.domain.ids import MAX_ID
from nba_service.http.fields import MAX_AMOUNT, MAX_NAME, MAX_NUMBER, MAX_TEXT

PlainId = Annotated[str, Meta(min_length=1, max_length=MAX_ID)]  # and read_id
PlainName = Annotated[str, Meta(max_length=MAX_NAME, pattern=r"\A[\w .:@/-]+\Z")]
PlainNames = Annotated[list[PlainName], Meta(min_length=1, max_length=20)]
PlainLocale = Annotated[str, Meta(max_length=35, pattern=r"\A[A-Za-z]{2,8}([_-][A-Za-z0-9]{1,8})*\Z")]
PlainTimeZone = Annotated[str, Meta(min_length=1, max_length=64)]  # and is_time_zone
PlainNumber = Annotated[float, Meta(ge=-MAX_AMOUNT, le=MAX_AMOUNT)]
PlainScalar = (
    Annotated[str, Meta(max_length=MAX_TEXT)]
    | bool
    | Annotated[int, Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
    | Annotated[float, Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
    | None
)
PlainObject = dict[str, Any]

"""Within what time a request wants its answer.

The header ``X-Deadline-Ms``, never more than the setting.
"""

from __future__ import annotations

from typing import Final

from nba_service.errors import FieldProblem, problem_of_fields
from nba_service.http.application import the_request

HEADER: Final = "X-Deadline-Ms"


def asked_seconds() -> float | None:
    """What the current request asks for; None: it does not.

    Raises:
        Problem: ``FIELD_RANGE``, unless it is a whole number of ms from 1 to 60000.
    """
    return seconds_in(the_request().headers.get(HEADER))


def seconds_in(header: str | None) -> float | None:
    """What the header asks for; None: it is not there.

    Raises:
        Problem: as above.
    """
    if header is None:
        return None
    if header.isascii() and header.isdigit() and len(header) <= 5 and 1 <= int(header) <= 60_000:
        return int(header) / 1000
    detail = f"expected a whole number of milliseconds from 1 to 60000, got {header[:20]!r}"
    raise problem_of_fields([FieldProblem(field=HEADER, code="FIELD_RANGE", detail=detail)])

"""Why a text fell back.

One word for the answer, the counter and the log.
"""

from __future__ import annotations

from enum import StrEnum

from liquid.exceptions import (
    FilterError,
    LiquidError,
    LiquidSyntaxError,
    ResourceLimitError,
    UndefinedError,
    UnknownFilterError,
)

from nba_service.content.limits import RenderTimeoutError


class Fallback(StrEnum):
    """What kept the written text from the customer."""

    NO_CONTENT = "NO_CONTENT"  # nothing is written for the channel
    TEMPLATE_BROKEN = "TEMPLATE_BROKEN"
    VARIABLE_MISSING = "VARIABLE_MISSING"
    FILTER_FAILED = "FILTER_FAILED"
    TOO_LONG = "TOO_LONG"
    TOO_SLOW = "TOO_SLOW"
    EMPTY = "EMPTY"


FAILURES = (LiquidError, ValueError, TypeError, ArithmeticError, RecursionError, AttributeError, KeyError)
"""What rendering a template can raise."""


class TooLongError(ValueError):
    """A rendered text is longer than its channel takes."""


class EmptyTextError(ValueError):
    """A rendered text has no word in it."""


def reason_of(error: Exception) -> Fallback:
    """The word for one of ``FAILURES``."""
    for kinds, reason in _REASONS:
        if isinstance(error, kinds):
            return reason
    return Fallback.FILTER_FAILED


_REASONS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Fallback], ...] = (
    (EmptyTextError, Fallback.EMPTY),
    (RenderTimeoutError, Fallback.TOO_SLOW),
    ((TooLongError, ResourceLimitError), Fallback.TOO_LONG),
    (UndefinedError, Fallback.VARIABLE_MISSING),
    ((UnknownFilterError, LiquidSyntaxError), Fallback.TEMPLATE_BROKEN),
    (FilterError, Fallback.FILTER_FAILED),
    (LiquidError, Fallback.FILTER_FAILED),
)
